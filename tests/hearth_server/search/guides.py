"""Search parameters of guides in a running process; a real one starts with them in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hearth_server.fhir.definitions import release
from hearth_server.rest import capability
from hearth_server.search import definitions, extract, fields, parameters
from hearth_server.search.lowered import lowered_all

_READ_ONCE = (
    definitions.definitions,
    definitions._tables,
    parameters._parameter,
    parameters._all_references,
    parameters.canonical_types,
    parameters.shared,
    fields.field_at,
    extract._tree,
    capability._statement,
)
"""What a process reads once."""


@contextmanager
def guides_in(folder: Path) -> Iterator[None]:
    """Have this process look for guides in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definitions, "GUIDES", folder)
        _forget()
        yield
    _forget()


def install(folder: Path, *custom: dict[str, Any]) -> list[str]:
    """Make a guide of parameters in a folder of guides; return why some are not served."""
    made = lowered_all(custom, release())
    place = folder / "own"
    place.mkdir(exist_ok=True)
    (place / definitions.SEARCH_DEFINITIONS).write_bytes(msgspec.json.encode(made.definitions))
    _forget()
    return made.skipped


def _forget() -> None:
    for each in _READ_ONCE:
        each.cache_clear()
