"""The resources of FHIR files, each with the line that it starts in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hearth_cli.fhir_files import open_file


@dataclass(frozen=True, slots=True)
class Document:
    """One resource as text."""

    file: Path
    line: int
    """The line of the file in which it starts, from 1."""
    text: bytes


def documents_of(file: Path) -> Iterator[Document]:
    """Yield the resources of a file: one of .json, one a line of ndjson. Raises OSError."""
    with open_file(file) as content:
        if file.name.removesuffix(".gz").endswith(".json"):
            yield Document(file, 1, content.read())
            return
        for number, line in enumerate(content, 1):
            if line.strip():
                yield Document(file, number, line.rstrip(b"\r\n"))
