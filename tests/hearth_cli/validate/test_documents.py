"""Files of any size are read a resource at a time."""

from __future__ import annotations

import gzip

import pytest
from hearth_cli.validate.documents import Document, documents_of


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_line_that_is_too_large_is_passed_over(tmp_path, ending):
    lines = [b'{"a": 1}', b"", b"x" * 5_000, b'{"b": 2}', b"y" * 1_001, b"z" * 1_000]
    file = tmp_path / f"a.ndjson{ending}"
    text = b"\n".join(lines)
    file.write_bytes(gzip.compress(text) if ending else text)

    found = list(documents_of(file, largest=1_000))

    assert found == [
        Document(file, 1, b'{"a": 1}'),
        Document(file, 3, b"", complete=False),
        Document(file, 4, b'{"b": 2}'),
        Document(file, 5, b"", complete=False),
        Document(file, 6, b"z" * 1_000),
    ]


def test_a_file_that_unpacks_to_much_is_not_unpacked_to_its_end(tmp_path):
    file = tmp_path / "bomb.json.gz"
    with gzip.open(file, "wb", compresslevel=1) as packed:
        for _ in range(50):
            packed.write(b" " * 1_000_000)

    assert list(documents_of(file, largest=1_000)) == [Document(file, 1, b"", complete=False)]
