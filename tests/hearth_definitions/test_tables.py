"""The generated tables: the same bytes every time, and those that are committed."""

from __future__ import annotations

import pytest
from hearth_definitions import source, tables
from hearth_definitions.__main__ import RELEASE, release_tables

from tests.services.requirement import missing


@pytest.fixture(scope="module")
def made():
    try:
        return release_tables()
    except source.SourceError as error:
        missing(f"the definitions' source ({error})")


def test_the_committed_tables_are_what_the_definitions_say(made):
    assert tables.differences(tables.TABLES / RELEASE, made) == []


def test_the_tables_are_small_enough_to_ship(made):
    assert max(len(tables.encode(content)) for content in made.values()) < 3_000_000


def test_a_table_has_a_line_per_member():
    assert tables.encode({"b": [1, 2], "a": "ä"}) == '{\n"b":[1,2],\n"a":"ä"\n}\n'.encode()


def test_a_missing_and_a_changed_table_are_told(tmp_path):
    tables.write(tmp_path, {"one.json": [1], "two.json": [2]})
    (tmp_path / "one.json").write_bytes(b"[]")

    assert tables.differences(tmp_path, {"one.json": [1], "types/three.json": [3]}) == [
        "one.json",
        "two.json",
        "types/three.json",
    ]
