"""The part of the lock file that the Lambda bundle installs: the `server` extra and below."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def locked_requirements(root: Path) -> str:
    """Return the lines of `requirements.lock`, hashes included, that `server` needs."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(line) for line in project["optional-dependencies"]["server"]]
    entries = _entries((root / "requirements.lock").read_text())
    return "".join(entries[name] for name in sorted(_closure(wanted)))


def _closure(wanted: list[Requirement]) -> set[str]:
    """Return the names of `wanted` and of all that they need, from what is installed here."""
    found: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if name in found:
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                wanted.append(needed)
    return found


def _entries(lock: str) -> dict[str, str]:
    """Return the lock's lines by package name."""
    entries = re.findall(r"^(\S+?)==(.*(?:\n[ ]+--hash.*)+)\n", lock, re.MULTILINE)
    return {canonicalize_name(name): f"{name}=={rest}\n" for name, rest in entries}
