"""The resources of FHIR files, each with the line that it starts in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hearth_cli.fhir_files import open_file

LARGEST = 100_000_000
"""Bytes of one resource. Read, it takes ten times as much memory; no server takes a larger one."""


@dataclass(frozen=True, slots=True)
class Document:
    """One resource as text."""

    file: Path
    line: int
    """The line of the file in which it starts, from 1."""
    text: bytes
    complete: bool = True
    """False for one that is too large to be read: `text` is empty then."""


def documents_of(file: Path, largest: int = LARGEST) -> Iterator[Document]:
    """Yield the resources of a file: one of .json, one a line of ndjson.

    A file of ndjson is read line by line, whatever its size; what a resource has beyond `largest`
    bytes is passed over. Raises OSError, EOFError and zlib.error.
    """
    with open_file(file) as content:
        if file.name.removesuffix(".gz").endswith(".json"):
            text = content.read(largest + 1)
            yield _document(file, 1, text, largest)
            return
        number = 0
        while line := content.readline(largest + 1):
            number += 1
            if len(line) > largest:
                _pass_over(content, line, largest)
            if line.strip():
                yield _document(file, number, line.rstrip(b"\r\n"), largest)


def _document(file: Path, line: int, text: bytes, largest: int) -> Document:
    complete = len(text) <= largest
    return Document(file, line, text if complete else b"", complete)


def _pass_over(content: BinaryIO, read: bytes, size: int) -> None:
    """Go to the end of a line of which a part has been read."""
    while read and not read.endswith(b"\n"):
        read = content.readline(size)
