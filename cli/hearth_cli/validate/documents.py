"""The resources of FHIR files, each with the line that it starts in."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from hearth_cli.errors import CommandError

ENDINGS = (".json", ".ndjson", ".jsonl")


@dataclass(frozen=True, slots=True)
class Document:
    """One resource as text."""

    file: Path
    line: int
    """The line of the file in which it starts, from 1."""
    text: bytes


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Return the FHIR files below `paths`, by name. Raises CommandError if there are none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if _is_fhir(each))
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"{path} does not exist")
    if not found:
        raise CommandError("there is no file to judge", hint=f"files end in {', '.join(ENDINGS)}")
    return found


def documents_of(file: Path) -> Iterator[Document]:
    """Yield the resources of a file: one of .json, one a line of ndjson. Raises OSError."""
    with _open(file) as content:
        if file.name.removesuffix(".gz").endswith(".json"):
            yield Document(file, 1, content.read())
            return
        for number, line in enumerate(content, 1):
            if line.strip():
                yield Document(file, number, line.rstrip(b"\r\n"))


def _is_fhir(path: Path) -> bool:
    return path.is_file() and path.name.removesuffix(".gz").endswith(ENDINGS)


def _open(file: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(file)) if file.suffix == ".gz" else file.open("rb")
