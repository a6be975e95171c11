"""Changes of values: what the tables hold of a resource, and still holds, is not written again."""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from hearth_server.search.engines.sql.connection import Row, Transaction
from hearth_server.search.engines.sql.fragment import Sql, among, every, some, sql
from hearth_server.search.engines.sql.rows import Rows
from hearth_server.search.engines.sql.schema import VALUE_TABLES

FEW = 20
"""Rows of one resource in one table that are deleted each by itself; beyond, all of them are."""


def drop_outdated(transaction: Transaction, rids: Sequence[int], values: Rows) -> None:
    """Delete what tables hold of resources that is not in `values`, and take the rest out of it."""
    for table in VALUE_TABLES:
        held: dict[int, list[Row]] = defaultdict(list)
        statement = sql(f"SELECT * FROM {table} WHERE {{}}", among("rid", rids))
        for row in transaction.query(statement):
            held[row[0]].append(row)
        for rid, present in held.items():
            outdated = [row for row in present if row not in values[table]]
            if len(outdated) > FEW or len(outdated) == len(present):
                transaction.run(Sql(f"DELETE FROM {table} WHERE rid = ?", (rid,)))
                continue
            if outdated:
                condition = some(_is(table, row) for row in outdated)
                transaction.run(sql(f"DELETE FROM {table} WHERE rid = ? AND {{}}", rid, condition))
            for row in present:
                values[table].pop(row, None)


def _is(table: str, row: Row) -> Sql:
    """Return what holds for this row of a resource alone."""
    names = VALUE_TABLES[table].split(", ")
    return every(sql(f"{name} = ?", value) for name, value in zip(names, row[1:], strict=False))
