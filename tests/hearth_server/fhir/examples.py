"""The official examples of the release, fetched once, for tests that read them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hearth_definitions import source

from tests.services.requirement import missing


@cache
def example_files() -> list[Path]:
    """Return the file of every official example by name; skips the test without them."""
    try:
        folder = source.EXAMPLES.folder()
    except source.SourceError as error:
        missing(f"the official examples ({error})")
    return sorted(path for path in folder.glob("*.json") if path.name[0].isupper())
