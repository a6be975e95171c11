"""Writes a document of more rows than one commit takes, in several.

The resource is hidden until the last of them. What a crash left unfinished counts as not known to
the index, so that the resource is written again; a writer that meets another's half takes it over.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from hearth_server.search.engines.protocol import Document
from hearth_server.search.engines.sql import rows
from hearth_server.search.engines.sql.connection import Answer, Database, Row, Transaction
from hearth_server.search.engines.sql.fragment import Sql, among, sql
from hearth_server.search.engines.sql.schema import STAGED, VALUE_TABLES
from hearth_server.search.engines.sql.writer import LOOKED_UP, known_of, rid_of

_CLAIM = "UPDATE resource SET version = ?, updated = ?, state = ?, contained = ? WHERE rid = ?"
_HOLD = "UPDATE resource SET updated = ? WHERE rid = ? AND state = ? AND updated = ?"
_PUBLISH = "UPDATE resource SET updated = ?, state = ?, contained = ? WHERE rid = ? AND updated = ?"


class _Overtaken(Exception):
    """Another writer has taken the resource over."""


def replace(database: Database, document: Document) -> None:
    """Write a document unless the index has it, or something newer."""
    most = database.dialect.commit_rows
    assert most is not None
    staging = _Staging(database, document, most - 1)
    if not staging.claimed():
        return
    try:
        staging.clear()
        staging.fill()
        staging.publish()
    except _Overtaken:
        return


class _Staging:
    """One document on its way into the index."""

    def __init__(self, database: Database, document: Document, most: int) -> None:
        self._database = database
        self._document = document
        self._most = most
        self._rid = rid_of(document)
        self._gone: list[int] = []
        self._token = -secrets.randbelow(2**62)  # no time of a commit is negative

    def claimed(self) -> bool:
        """Hide the resource, in the version that it is to have; False if that is not needed."""
        return self._database.write(self._claim)

    def clear(self) -> None:
        """Delete the values of the older version."""
        for rid in (self._rid, *self._gone):
            for table, names in VALUE_TABLES.items():
                some = f"SELECT {names} FROM {table} WHERE rid = ? LIMIT {self._most}"
                statement = sql(
                    f"DELETE FROM {table} WHERE rid = ? AND ({names}) IN ({some})", rid, rid
                )
                while self._held(partial(_run, statement)) == self._most:
                    pass
        for numbers in _chunks(self._gone, min(LOOKED_UP, self._most)):
            statement = sql("DELETE FROM resource WHERE {}", among("rid", numbers))
            self._held(partial(_run, statement))

    def fill(self) -> None:
        """Insert the values, and what the resource contains."""
        values: rows.Rows = defaultdict(dict)
        rows.add_values(self._document, values)
        made: dict[str, Sequence[Row]] = {table: list(each) for table, each in values.items()}
        made[rows.RESOURCE] = rows.contained_rows(self._document)
        for table, each in made.items():
            for some in _chunks(each, self._most):
                self._held(partial(_insert, table, some))

    def publish(self) -> None:
        """Let the resource be found."""
        *_, updated, state, contained = rows.resource_row(self._document)
        statement = Sql(_PUBLISH, (updated, state, contained, self._rid, self._token))
        self._database.write(partial(_run, statement))

    def _claim(self, transaction: Transaction) -> bool:
        known = known_of(transaction, {self._rid: self._document}).get(self._rid)
        *first, version, _, _, contained = rows.resource_row(self._document)
        if known is None:
            transaction.insert(rows.RESOURCE, [(*first, version, self._token, STAGED, contained)])
            return True
        if not known.older_than(self._document):
            return False
        both = f"{known.contained} {contained}"  # whoever takes it over must forget all of them
        self._gone = list(set(rows.contained_hashes(self._document.key, both)))
        transaction.run(Sql(_CLAIM, (version, self._token, STAGED, both, self._rid)))
        return True

    def _held(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Do some of the work, and fail if another has claimed the resource meanwhile."""

        def held(transaction: Transaction) -> Answer:
            hold = Sql(_HOLD, (self._token, self._rid, STAGED, self._token))
            if transaction.run(hold) == 0:
                raise _Overtaken
            return work(transaction)

        return self._database.write(held)


def _run(statement: Sql, transaction: Transaction) -> int:
    return transaction.run(statement)


def _insert(table: str, some: Sequence[Row], transaction: Transaction) -> None:
    transaction.insert(table, some)


def _chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
