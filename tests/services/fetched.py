"""What the tests fetch or build once: folders in a cache outside the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.services.requirement import missing

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"


def home() -> Path:
    """Return the folder of everything that is kept: `HEARTH_CACHE`, or `~/.cache/hearth`."""
    return Path(os.environ.get("HEARTH_CACHE") or Path.home() / ".cache" / "hearth")


def folder(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of `name` for `key`, which `make` fills if it is not there yet.

    It has its name only when it is complete; of two processes that make it the first one wins.
    """
    kept = home() / name / key
    if not kept.exists():
        made = kept.with_name(f"{key}.{os.getpid()}")
        make(made)
        try:
            made.rename(kept)
        except OSError:  # another process was faster
            shutil.rmtree(made)
    return kept


def key_of(*files: Path) -> str:
    """Return sixteen characters that change with what the files hold."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def program(name: str, service: str) -> str:
    """Return where a program is; skip the test that needs it for `service` where it is missing."""
    return shutil.which(name) or missing(f"{service} (needs {name})")


def copy_dependencies(pom: Path, target: Path, service: str) -> None:
    """Put the jars that a pom names into `target`, by Maven."""
    _maven(service, "-f", str(pom), f"{_PLUGIN}:copy-dependencies", "-DincludeScope=runtime",
           f"-DoutputDirectory={target}")  # fmt: skip


def copy_artifact(artifact: str, target: Path, service: str) -> None:
    """Put one jar, `group:name:version`, into `target`, by Maven."""
    _maven(service, f"{_PLUGIN}:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={target}")


def _maven(service: str, *words: str) -> None:
    maven = shutil.which("mvn") or missing(f"{service} (needs Maven, once)")
    subprocess.run([maven, "-B", "-q", *words], check=True)
