"""The files of FHIR that a command is given, as files or as folders of them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

from hearth_cli.errors import CommandError

ENDINGS = (".json", ".ndjson", ".jsonl")
"""What their names end in, before a `.gz`."""


def files_below(paths: Iterable[Path]) -> list[Path]:
    """Return the FHIR files in `paths`, each folder's by name. Raises CommandError for none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if _is_fhir(each))
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"{path} does not exist")
    if not found:
        raise CommandError("there is no FHIR file", hint=f"files end in {', '.join(ENDINGS)}")
    return found


def open_file(file: Path) -> BinaryIO:
    """Open a file to read what it holds, unpacked."""
    return cast(BinaryIO, gzip.open(file)) if file.suffix == ".gz" else file.open("rb")


def _is_fhir(path: Path) -> bool:
    return path.is_file() and path.name.removesuffix(".gz").endswith(ENDINGS)
