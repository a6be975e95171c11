"""Every statement that the SQL engine emits is within what Aurora DSQL documents.

https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-postgresql-compatibility-unsupported-features.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from hearth_server.errors import RequestError
from hearth_server.search.canonicals import resolved
from hearth_server.search.documents import document
from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.engines.sql import schema
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.connection import Answer, CommitTooLarge, Row, Transaction
from hearth_server.search.engines.sql.dialect import DSQL, POSTGRESQL, SQLITE
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.fragment import Sql, Value
from hearth_server.search.engines.sql.generations import PLACES
from hearth_server.search.engines.sql.index import SqlIndex
from hearth_server.search.engines.sql.plan import Limits
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabases
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.engines.sql.wire import Connection, Result
from hearth_server.search.folding import cut
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.query import Query
from hearth_server.store.protocol import Key, Record
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.services.postgresql import postgresql

CASES = Path(__file__).parents[2] / "conformance" / "search" / "cases"

NOT_IN_DSQL = re.compile(
    r"\b(SAVEPOINT|TRIGGER|SEQUENCE|TEMP|TEMPORARY|VACUUM|TRUNCATE|FOREIGN KEY|REFERENCES|LISTEN"
    r"|NOTIFY|EXTENSION|JSONB|SERIAL|PRAGMA|GLOB|FOR UPDATE|LOCK|USING|PARTITION|MATERIALIZED)\b",
    re.IGNORECASE,
)
OF_DSQL = re.compile(
    r"SELECT |WITH |INSERT INTO |UPDATE |DELETE FROM |BEGIN$|COMMIT$|ROLLBACK$"
    r"|CREATE TABLE IF NOT EXISTS |CREATE INDEX ASYNC IF NOT EXISTS |DROP TABLE IF EXISTS \w+$"
    r"|CREATE SCHEMA IF NOT EXISTS \w+$|SET search_path TO \w+$"
)
"""How a statement begins that Aurora DSQL documents, or AWS's own samples for it run."""

SCHEMAS = 9
"""How many schemas Aurora DSQL takes beside `public`."""

TYPES = {"BIGINT", "SMALLINT", "TEXT", "DOUBLE"}


class Listening:
    """A SQLite database that keeps every statement, and takes few rows a commit if so told."""

    def __init__(self, database: SqliteDatabase, commit_rows: int | None = None) -> None:
        self.dialect = replace(SQLITE, commit_rows=commit_rows)
        self._database = database
        self.statements: set[str] = set()

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Note a statement, and run it."""
        self.statements.add(statement.text)
        return self._database.query(statement)

    def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Note the statements of a transaction, and run them."""
        return self._database.write(lambda inner: work(_ListeningTransaction(inner, self)))

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class _ListeningTransaction:
    def __init__(self, inner: Transaction, heard: Listening) -> None:
        self._inner = inner
        self._heard = heard
        self._rows = 0

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        self._heard.statements.add(statement.text)
        return self._inner.query(statement)

    def run(self, statement: Sql) -> int:
        self._heard.statements.add(statement.text)
        return self._inner.run(statement)

    def insert(self, into: str, rows: Sequence[Row]) -> None:
        self._heard.statements.add(f"INSERT INTO {into} VALUES")
        self._rows += len(rows)
        if self._heard.dialect.commit_rows and self._rows > self._heard.dialect.commit_rows:
            raise CommitTooLarge
        self._inner.insert(into, rows)


class _ListeningConnection(Connection):
    """A connection that keeps what it is told, and has PostgreSQL make indexes at once."""

    told: ClassVar[list[list[str]]] = []

    def execute(
        self,
        statement: str,
        parameters: Sequence[Value] = (),
        seconds: float | None = None,
        *,
        kept: bool = False,
    ) -> Result:
        """Note a statement, and run it."""
        if not hasattr(self, "_mine"):
            self._mine: list[str] = []
            self.told.append(self._mine)
        self._mine.append(statement)
        written = statement.replace("INDEX ASYNC", "INDEX")
        return super().execute(written, parameters, seconds, kept=kept)


@pytest.fixture(scope="module")
def told() -> list[list[str]]:
    """What each connection is told by an index that is built anew more often than there is room."""
    sql = "hearth_server.search.engines.sql"
    with pytest.MonkeyPatch.context() as patch, postgresql() as location:
        patch.setattr(f"{sql}.postgresql.Connection", _ListeningConnection)
        patch.setattr(f"{sql}.index.LEAVING_SECONDS", 0.0)
        address = replace(parse(location, ""), dialect=replace(DSQL, commit_rows=12))
        index = SqlIndex(PostgresqlDatabases(address))
        _rebuild_often(index)
        index.close()
    return _ListeningConnection.told


def _rebuild_often(index: SqlIndex) -> None:
    resource = {
        "resourceType": "Patient",
        "id": "1",
        "name": [{"given": [f"name{number}" for number in range(20)]}],
    }
    record = Record(Key("-", "Patient", "1"), 1, 1, "PUT", msgspec.json.encode(resource))
    for number in range(2 * PLACES + 1):
        index.begin()
        index.fill([document(record)])
        if number % 3 == 1:
            index.abandon()
        else:
            index.swap()
            index.discard()
        index.index([document(structs.replace(record, version=number + 2))])


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """Every statement of every case of the conformance suite."""
    place = tmp_path_factory.mktemp("statements") / "index.sqlite"
    database = Listening(SqliteDatabase(place))
    small = Listening(SqliteDatabase(place.with_name("small.sqlite")), commit_rows=12)
    small.statements = database.statements
    engines = [SqlEngine(database), SqlEngine(database, Limits(rare=-1, common=-1, window=2))]
    for path in sorted(CASES.glob("*.json")):
        table = json.loads(path.read_bytes())
        _index(engines[0], table["resources"])
        _index(SqlEngine(small), table["resources"])
        for _, query, expected in table["cases"]:
            if not isinstance(expected, int):
                for engine in engines:
                    _search(engine, query, table["resources"])
    yield database.statements
    database.close()
    small.close()


def test_no_statement_needs_what_aurora_dsql_lacks(statements: set[str]):
    wrong = [each for each in statements if NOT_IN_DSQL.search(each)]

    assert len(statements) > 200
    assert wrong == []


def test_every_statement_of_a_rebuilt_index_is_of_a_kind_that_aurora_dsql_documents(
    told: list[list[str]],
):
    said = {each for connection in told for each in connection}

    assert [each for each in said if not OF_DSQL.match(each) or NOT_IN_DSQL.search(each)] == []
    assert any(each.startswith("SET search_path") for each in said)
    assert any(each.startswith("DROP TABLE") for each in said)


def test_each_definition_has_a_transaction_of_its_own(told: list[list[str]]):
    """https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-ddl.html"""
    for connection in told:
        within = False
        for statement in connection:
            within = (within or statement == "BEGIN") and statement not in ("COMMIT", "ROLLBACK")
            assert not (within and re.match("CREATE|DROP|SET", statement))


def test_an_index_that_is_built_anew_again_and_again_keeps_within_a_few_schemas(
    told: list[list[str]],
):
    """None is removed, as that is not documented; they serve again."""
    said = {each for connection in told for each in connection}

    assert len([each for each in said if each.startswith("CREATE SCHEMA")]) == PLACES < SCHEMAS


def test_no_statement_holds_a_value(statements: set[str]):
    """Values are bound: texts are nowhere in quotes, but for the empty one."""
    assert [each for each in statements if re.search(r"'[^']+'", each.replace("''", ""))] == []


def test_no_statement_calls_a_function_that_is_not_of_the_standard_or_mathematics(
    statements: set[str],
):
    called = {name.lower() for each in statements for name in re.findall(r"\b(\w+)\(", each)}

    # instr and hearth_distance are what SQLite has for strpos and the formula of the next test.
    assert called <= {"count", "min", "max", "substr", "length", "instr", "hearth_distance"}


def test_a_distance_is_a_formula_over_functions_of_mathematics():
    formula = DSQL.distance("p.latitude", "p.longitude", 1.0, 2.0).text

    called = set(re.findall(r"\b([a-z]+)\(", formula))

    assert called == {"asin", "least", "sqrt", "power", "sin", "cos", "radians"}


def test_indexes_have_at_most_eight_columns_and_do_not_descend():
    for statement in schema.statements(DSQL):
        columns = re.findall(r"(?:PRIMARY KEY|ON \w+) \(([^)]*)\)", statement)

        assert all(len(each.split(",")) <= 8 for each in columns)
        assert not NOT_IN_DSQL.search(statement)
        assert "DESC" not in statement


def test_aurora_dsql_makes_indexes_beside_its_work_and_is_told_nothing_of_collation():
    made = schema.statements(DSQL)

    kinds = {re.match(r"CREATE (?:TABLE|INDEX ASYNC) IF NOT EXISTS (?=\w+)", each) for each in made}
    assert None not in kinds
    assert not [each for each in made if "COLLATE" in each]
    assert [each for each in schema.statements(POSTGRESQL) if "COLLATE" in each]


def test_columns_are_of_types_that_aurora_dsql_has():
    for statement in schema.statements(DSQL):
        found = re.findall(r"\b(BIGINT|SMALLINT|TEXT|DOUBLE|INTEGER|BYTEA|JSON\w*)\b", statement)

        assert set(found) <= TYPES


@given(text=st.text(alphabet="a\u20ac\U0001f600", min_size=190, max_size=260))
def test_a_key_fits_into_an_index_whatever_it_is_written_in(text: str):
    """Aurora DSQL takes 1 KiB for all columns of an index: here one text and four numbers."""
    assert len(cut(text).encode()) + 4 * 8 <= 1024


def _index(engine: SqlEngine, resources: list[dict[str, Any]]) -> None:
    records = [
        Record(Key("-", each["resourceType"], each["id"]), 1, 1, "PUT", msgspec.json.encode(each))
        for each in resources
    ]
    search = IndexedSearch(engine)
    search.index(records)
    search.index([Record(each.key, 2, 2, "PUT", each.body) for each in records])
    search.index([Record(records[-1].key, 3, 3, "DELETE", b"")])


def _search(engine: SqlEngine, query: str, resources: list[dict[str, Any]]) -> None:
    type, _, rest = query.partition("?")
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in rest.split("&"))]
    bodies = {(each["resourceType"], each["id"]): msgspec.json.encode(each) for each in resources}

    def look_up(query: Query, most: int) -> list[bytes]:
        return [bodies[each.key.type, each.key.id] for each in engine.find("-", query, most)]

    try:
        asked = search_request((type,), pairs, Context("https://x"), lenient=False).query
        asked = structs.replace(asked, condition=resolved(asked.condition, look_up))
    except RequestError:  # percent-encoded values, which the interaction decodes
        return
    hits = engine.find("-", asked, 2)
    engine.count("-", asked)
    if hits:
        engine.find("-", asked, 2, Cursor(hits[-1].position))
        engine.find("-", asked, 2, Cursor(hits[-1].position, backwards=True))
