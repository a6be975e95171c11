"""Which text of the server a proof was made of."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def commit() -> str:
    """Return the commit that the checkout is at, and whether the server differs from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--", "lambda_src")
    return f"{head} with changes" if changed else head


def digest_of(folders: Iterable[str]) -> str:
    """Return twelve characters that change with the Python source below the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted((PROJECT / folder).rglob("*.py")):
            digest.update(str(file.relative_to(PROJECT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.strip()
