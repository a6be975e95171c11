"""A store of your own: FHIR records in one SQLite file. See docs/custom-store.md.

Everything that a commit does is one transaction of the database, so there is nothing to repair.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hearth_server.store import cursor
from hearth_server.store.cursor import Place
from hearth_server.store.limits import (
    CLAIM_MILLISECONDS,
    HORIZON_MILLISECONDS,
    now_milliseconds,
)
from hearth_server.store.protocol import (
    Claim,
    ClaimHeld,
    Erasure,
    HistoryPage,
    HistoryQuery,
    Key,
    Receipt,
    ReceiptExists,
    ReceiptRequest,
    Record,
    StaleBase,
    Write,
)
from hearth_server.store.stamp import stamped

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS record (
  tenant TEXT, type TEXT, id TEXT, version INTEGER,
  last_updated INTEGER, method TEXT, body BLOB, void INTEGER DEFAULT 0,
  PRIMARY KEY (tenant, type, id, version)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_time ON record (tenant, last_updated, id, type, version);
CREATE TABLE IF NOT EXISTS claim (
  tenant TEXT, type TEXT, criteria TEXT, holder TEXT, expires INTEGER,
  PRIMARY KEY (tenant, type, criteria)
);
CREATE TABLE IF NOT EXISTS receipt (
  tenant TEXT, key TEXT, fingerprint TEXT, answer BLOB, expires INTEGER,
  PRIMARY KEY (tenant, key)
);
CREATE TABLE IF NOT EXISTS erasure (
  tenant TEXT, type TEXT, id TEXT, at INTEGER, by TEXT, request TEXT
);
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB);
"""

_RECORD = "tenant, type, id, version, last_updated, method, body"
_Row = tuple[Any, ...]


class SqliteStore:
    """A `ResourceStore` in a file."""

    def __init__(self, path: Path, clock: Callable[[], int] = now_milliseconds) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def latest(self, key: Key) -> Record | None:
        """Return the newest version, a tombstone included; None if there is none."""
        newest = f"SELECT {_RECORD} FROM record WHERE {_IS_KEY} AND NOT void"  # noqa: S608
        return self._one(f"{newest} ORDER BY version DESC LIMIT 1", _values(key))

    def latest_of(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the newest version of each key that has one."""
        found = ((key, self.latest(key)) for key in keys)
        return {key: record for key, record in found if record is not None}

    def version(self, key: Key, version: int) -> Record | None:
        """Return one version, a tombstone included."""
        if version > _HIGHEST:
            return None
        one = f"SELECT {_RECORD} FROM record WHERE {_IS_KEY} AND version = ? AND NOT void"  # noqa: S608
        return self._one(one, (*_values(key), version))

    def versions(self, wanted: Iterable[tuple[Key, int]]) -> dict[tuple[Key, int], Record]:
        """Return each of the wanted versions that exists."""
        found = ((pair, self.version(*pair)) for pair in wanted)
        return {pair: record for pair, record in found if record is not None}

    def history(self, query: HistoryQuery) -> HistoryPage:
        """Return a page of versions, sorted by time."""
        where, values = _condition(query)
        order = "ASC" if query.oldest_first else "DESC"
        rows = self._rows(
            f"SELECT {_RECORD} FROM record WHERE {where}"  # noqa: S608 - made of constants
            f" ORDER BY last_updated {order}, id {order}, type {order}, version {order} LIMIT ?",
            (*values, query.count + 1),
        )
        records: list[Record] = []
        size = 0
        for record in map(_record, rows):
            size += len(record.body)
            full = query.max_bytes is not None and size > query.max_bytes and records
            if len(records) == query.count or full:
                break
            records.append(record)
        more = len(records) < len(rows)
        total: int | None = None if more or query.after else len(records)
        if not query.count:
            count = f"SELECT count(*) FROM record WHERE {where}"  # noqa: S608 - of constants
            total = self._rows(count, values)[0][0]
        return HistoryPage(
            records=records,
            next=cursor.encode(_place(records[-1])) if more and records else None,
            horizon=self.horizon(query.scope.tenant),
            total=total,
        )

    def horizon(self, tenant: str) -> int:
        """Return the time up to which a client that polls has seen everything."""
        return self._clock() - HORIZON_MILLISECONDS

    def commit(
        self, writes: Sequence[Write], receipt: ReceiptRequest | None = None
    ) -> list[Record]:
        """Write all of `writes` or nothing; return the records in the same order."""
        with self._transaction():
            used = receipt and self.receipt(receipt.tenant, receipt.key)
            if used:
                raise ReceiptExists(used)
            self._take_claims(writes)
            stale = [write.key for write in writes if write.base != self._base(write.key)]
            if stale:
                raise StaleBase(stale)
            records = [self._insert(write) for write in writes]
            if receipt:
                self._database.execute(
                    "REPLACE INTO receipt VALUES (?, ?, ?, ?, ?)",
                    (receipt.tenant, receipt.key, receipt.fingerprint, receipt.answer(records),
                     receipt.expires),
                )  # fmt: skip
            return records

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        """Return the kept answer of an Idempotency-Key that has not expired."""
        rows = self._rows(
            "SELECT * FROM receipt WHERE tenant = ? AND key = ? AND expires * 1000 > ?",
            (tenant, key, self._clock()),
        )
        return Receipt(*rows[0]) if rows else None

    def claim_holder(self, claim: Claim) -> Key | None:
        """Return the resource that holds the claim; None when nobody does or it has expired."""
        rows = self._rows(
            "SELECT tenant, type, holder FROM claim"
            " WHERE tenant = ? AND type = ? AND criteria = ? AND expires > ?",
            (claim.tenant, claim.type, claim.criteria, self._clock()),
        )
        return Key(*rows[0]) if rows else None

    def expunge(
        self, key: Key, by: str = "", request: str = "", *, through: int | None = None
    ) -> int:
        """Remove every body of a resource for good, leave void stubs, return their number."""
        with self._transaction():
            removed = self._database.execute(
                f"UPDATE record SET body = x'', void = 1"  # noqa: S608
                f" WHERE {_IS_KEY} AND NOT void AND version <= ifnull(?, version)",
                (*_values(key), through),
            ).rowcount
            if self._base(key) == 0:
                self._database.execute(
                    "DELETE FROM claim WHERE tenant = ? AND type = ? AND holder = ?", _values(key)
                )
            if removed:
                self._database.execute(
                    "INSERT INTO erasure VALUES (?, ?, ?, ?, ?, ?)",
                    (*_values(key), self._clock(), by, request),
                )
            return removed

    def erasures(self, tenant: str) -> list[Erasure]:
        """Return every expunge, oldest first."""
        rows = self._rows(
            "SELECT type, id, at, by, request FROM erasure WHERE tenant = ? ORDER BY rowid",
            (tenant,),
        )
        return [
            Erasure(Key(tenant, type, id), at, by, request) for type, id, at, by, request in rows
        ]

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under `name`, made at first use."""
        with self._transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, secrets.token_bytes(32))
            )
            value: bytes = self._rows("SELECT value FROM secret WHERE name = ?", (name,))[0][0]
            return value

    def _base(self, key: Key) -> int:
        newest = self.latest(key)
        return newest.version if newest else 0

    def _insert(self, write: Write) -> Record:
        """Write the next version. Its number was never used, not even by an expunged one."""
        highest, newest_time = self._rows(
            f"SELECT ifnull(max(version), 0), ifnull(max(last_updated), 0) FROM record"  # noqa: S608
            f" WHERE {_IS_KEY}",
            _values(write.key),
        )[0]
        version, moment = highest + 1, max(self._clock(), newest_time + 1)
        record = Record(write.key, version, moment, write.method, stamped(write, version, moment))
        self._database.execute(
            f"INSERT INTO record ({_RECORD}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (*_values(write.key), version, moment, write.method, record.body),
        )
        return record

    def _take_claims(self, writes: Sequence[Write]) -> None:
        taken: dict[tuple[str, str, str], Key] = {}
        for claim, key in ((write.claim, write.key) for write in writes if write.claim):
            identity = (claim.tenant, claim.type, claim.criteria)
            holder = self.claim_holder(claim) if identity not in taken else taken[identity]
            allowed = (None, key) if identity in taken else (None, key, claim.replaces)
            if holder is not None and holder not in allowed:
                raise ClaimHeld(claim, holder)
            taken[identity] = key
            self._database.execute(
                "REPLACE INTO claim VALUES (?, ?, ?, ?, ?)",
                (*identity, key.id, self._clock() + CLAIM_MILLISECONDS),
            )

    def _one(self, statement: str, values: Sequence[object]) -> Record | None:
        rows = self._rows(statement, values)
        return _record(rows[0]) if rows else None

    def _rows(self, statement: str, values: Sequence[object]) -> list[_Row]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, one at a time."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


_HIGHEST = 2**63 - 1
"""The highest number that SQLite has."""

_IS_KEY = "tenant = ? AND type = ? AND id = ?"


def _values(key: Key) -> tuple[str, str, str]:
    return key.tenant, key.type, key.id


def _record(row: _Row) -> Record:
    tenant, type_, id_, version, last_updated, method, body = row
    return Record(Key(tenant, type_, id_), version, last_updated, method, body)


def _place(record: Record) -> Place:
    return Place(record.last_updated, record.key.id, record.key.type, record.version)


def _condition(query: HistoryQuery) -> tuple[str, list[object]]:
    """Return which records a history shows, as SQL and its values."""
    scope = query.scope
    parts: list[tuple[str, object]] = [("tenant = ?", scope.tenant)]
    parts += [("type = ?", scope.type)] if scope.type else []
    parts += [("id = ?", scope.id)] if scope.id else []
    if query.types is not None:
        parts += [("type IN (SELECT value FROM json_each(?))", json.dumps(sorted(query.types)))]
    parts += [("last_updated >= ?", query.since)] if query.since is not None else []
    parts += [("last_updated < ?", query.before)] if query.before is not None else []
    where = " AND ".join(["NOT void", *(condition for condition, _ in parts)])
    values = [value for _, value in parts]
    if query.after is not None:
        where += f" AND (last_updated, id, type, version) {'>' if query.oldest_first else '<'}"
        where += " (?, ?, ?, ?)"
        values += cursor.decode(query.after)
    return where, values
