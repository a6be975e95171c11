"""Builds the Lambda bundle: the server and its locked dependencies, as a plain folder.

The same inputs give the same bytes: dependencies come from the lock file with their hashes
checked, nothing of the installer's own is kept, and compiled files carry no times or paths.
A build is skipped while its inputs are what they were.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hearth_local import own_parameters
from hearth_local.bundle_lock import locked_requirements
from hearth_local.lambda_runtimes import check_runtime

PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
"""Lambda's architectures, and what wheels for them are called."""

_INSTALLER_FILES = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", ".lock"}


class BundleError(Exception):
    """The bundle cannot be built; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a bundle is built for."""

    name: str
    """`local`, or an architecture and a Python version such as `arm64-3.13`."""
    python: str
    platform: str | None
    """None for this machine."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A built bundle."""

    folder: Path
    digest: str
    """SHA-256 over every path and every byte of the folder."""
    compiled: bool
    """Whether it carries .pyc files."""


def parse_target(name: str) -> Target:
    """Return the target called `name`. Raises BundleError, RuntimeNotUsable."""
    if name == "local":
        return Target(name, f"{sys.version_info.major}.{sys.version_info.minor}", None)
    architecture, _, python = name.partition("-")
    if architecture not in PLATFORMS:
        allowed = ", ".join(f"{each}-3.13" for each in PLATFORMS)
        raise BundleError(f"no target is called {name!r}; targets look like: local, {allowed}")
    check_runtime(python, datetime.now(UTC).date())
    return Target(name, python, PLATFORMS[architecture])


def build(root: Path, target_name: str, report: Callable[[str], None]) -> Bundle:
    """Build, unless it is there already, the bundle of `root` for a target.

    It stands in `build/lambda/<target>`, with what it was made from in `<target>.json` beside it.
    Raises BundleError, RuntimeNotUsable.
    """
    target = parse_target(target_name)
    folder = root / "build" / "lambda" / target.name
    record = folder.with_suffix(folder.suffix + ".json")
    requirements = locked_requirements(root)
    searched = _own_parameters(root)
    fingerprint = _fingerprint(root, requirements, target, searched)
    kept = _read_record(record)
    if kept.get("fingerprint") == fingerprint and folder.is_dir():
        return Bundle(folder, str(kept["digest"]), bool(kept["compiled"]))
    report(f"building the Lambda bundle for {target.name}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as scratch:
        tree = Path(scratch) / "tree"
        _install(requirements, target, tree)
        _copy_server(root / "lambda_src", tree)
        if searched is not None:
            table = tree / own_parameters.TABLE
            table.parent.mkdir(parents=True, exist_ok=True)
            table.write_bytes(searched)
        compiled = _compile(tree, target)
        if not compiled:
            report(f"no Python {target.python} is at hand to compile with: the bundle has sources")
        shutil.rmtree(folder, ignore_errors=True)
        tree.rename(folder)
    digest = tree_digest(folder)
    record.write_text(
        json.dumps({"fingerprint": fingerprint, "digest": digest, "compiled": compiled}) + "\n"
    )
    return Bundle(folder, digest, compiled)


def tree_digest(folder: Path) -> str:
    """Return the SHA-256 of every relative path and content below `folder`, in order."""
    return _digest(
        (path.relative_to(folder).as_posix().encode(), path.read_bytes()) for path in _files(folder)
    )


def _own_parameters(root: Path) -> bytes | None:
    try:
        return own_parameters.compiled(root)
    except own_parameters.ParameterError as error:
        raise BundleError(str(error)) from None


def _fingerprint(root: Path, requirements: str, target: Target, searched: bytes | None) -> str:
    source = root / "lambda_src"
    interpreter = _interpreter(target)
    return _digest(
        [
            (target.name.encode(), requirements.encode()),
            (b"compiler", (interpreter or "").encode()),
            (b"search parameters", searched or b""),
            *(
                (path.relative_to(source).as_posix().encode(), path.read_bytes())
                for path in _files(source)
                if path.suffix != ".pyc"
            ),
        ]
    )


def _digest(pieces: Iterable[tuple[bytes, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, content in pieces:
        digest.update(b"%d %s %d " % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path


def _read_record(record: Path) -> dict[str, object]:
    try:
        kept = json.loads(record.read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _install(requirements: str, target: Target, tree: Path) -> None:
    tree.mkdir()
    listed = tree.with_name("requirements.txt")
    listed.write_text(requirements)
    command = [
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(tree), "--no-deps",
        "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy", "-r", str(listed),
    ]  # fmt: skip
    if target.platform is None:
        command += ["--python", sys.executable]
    else:
        command += ["--python-platform", target.platform, "--python-version", target.python]
    # uv comes with a list of authorities of its own, which no company's proxy is on.
    environment = {"UV_SYSTEM_CERTS": "true"} | os.environ
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if outcome.returncode != 0:
        reason = outcome.stderr.strip().splitlines()
        raise BundleError(f"the dependencies do not install: {' '.join(reason[-3:])}")
    for path in list(_files(tree)):
        if path.name in _INSTALLER_FILES:
            path.unlink()
    shutil.rmtree(tree / "bin", ignore_errors=True)


def _copy_server(source: Path, tree: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "py.typed")
    shutil.copytree(source, tree, ignore=ignored, dirs_exist_ok=True)


def _interpreter(target: Target) -> str | None:
    """Return an interpreter of the target's minor version, or None when none is at hand."""
    if target.platform is None:
        return sys.executable
    found = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", "--no-python-downloads", target.python],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.strip() or None


def _compile(tree: Path, target: Target) -> bool:
    """Add .pyc files that are never checked against their sources, as a bundle never changes."""
    interpreter = _interpreter(target)
    if interpreter is None:
        return False
    command = [
        interpreter, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
        "-s", str(tree), "-p", "/var/task", str(tree),
    ]  # fmt: skip
    environment = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if outcome.returncode != 0:
        raise BundleError(f"the bundle does not compile: {outcome.stdout.strip()[:300]}")
    return True
