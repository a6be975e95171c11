"""A PostgreSQL that pauses, moves, forgets and asks for another try, over TLS as on AWS."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hearth_server import deadline
from hearth_server.errors import Unavailable
from hearth_server.search.engines.protocol import Unindexable
from hearth_server.search.engines.sql import prepared, schema
from hearth_server.search.engines.sql.address import SETTINGS, Address, Server
from hearth_server.search.engines.sql.dialect import POSTGRESQL
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabase
from hearth_server.search.engines.sql.scram import Scram
from hearth_server.search.engines.sql.wire import ServerError

from tests.services.postgresql import Guarded, certificate, guarded_postgresql

ONE = Sql("SELECT 1")


@pytest.fixture(scope="module")
def server() -> Iterator[Guarded]:
    with guarded_postgresql() as running:
        yield running


@pytest.fixture
def ask(server: Guarded) -> Callable[[str], None]:
    """Run a statement past all guards."""

    def run(statement: str) -> None:
        with psycopg.connect(server.trusted, autocommit=True) as connection:
            connection.execute(statement.encode())

    return run


def address(server: Guarded, tokens: Iterator[str], **changed: Any) -> Address:
    """Return an address that takes each password from `tokens`, as it would sign it."""
    at = Server("127.0.0.1", server.port, "hearth", "postgres", "localhost", str(server.authority))
    return Address(POSTGRESQL, replace(at, settings=SETTINGS, **changed), lambda: next(tokens))


@contextmanager
def opened(made: Address) -> Iterator[PostgresqlDatabase]:
    database = PostgresqlDatabase(made)
    yield database
    database.close()


def test_each_connection_gets_a_token_of_its_own(server: Guarded, ask: Callable[[str], None]):
    """A token is good for 15 minutes and a connection for an hour; both end unannounced."""
    ask("ALTER USER hearth PASSWORD 'first'")
    with opened(address(server, iter(["first", "second"]))) as database:
        assert database.query(ONE) == [(1,)]
        ask("ALTER USER hearth PASSWORD 'second'")
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND usename = 'hearth'")  # fmt: skip

        assert database.query(ONE) == [(1,)]


def test_a_write_whose_connection_dies_is_done_again(server: Guarded, ask: Callable[[str], None]):
    ask("ALTER USER hearth PASSWORD 'word'")
    ask("CREATE TABLE IF NOT EXISTS kept (n BIGINT PRIMARY KEY)")
    with opened(address(server, iter(["word"] * 5))) as database:
        tries = []

        def work(transaction: object) -> None:
            tries.append(transaction)
            transaction.insert("kept", [(1,)])  # type: ignore[attr-defined]
            if len(tries) == 1:
                ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND usename = 'hearth'")  # fmt: skip

        database.write(work)

        assert len(tries) == 2
        assert database.query(Sql("SELECT n FROM kept")) == [(1,)]


def test_a_server_with_another_authority_is_not_spoken_to(server: Guarded, tmp_path: Path):
    other = certificate(tmp_path, "localhost")
    with (
        opened(address(server, iter(["word"] * 9), trust=str(other))) as database,
        pytest.raises(Unavailable),
    ):
        database.query(ONE)


def test_a_server_of_another_name_is_not_spoken_to(server: Guarded):
    with (
        opened(address(server, iter(["word"] * 9), name="elsewhere.example.org")) as database,
        pytest.raises(Unavailable),
    ):
        database.query(ONE)


def test_a_server_that_is_away_is_said_to_come_back(server: Guarded):
    """Callers get a 503 with Retry-After, and what needs no search is served meanwhile."""
    gone = address(server, iter(["word"] * 9), port=1)
    started = time.monotonic()
    with opened(gone) as database, deadline.within(5), pytest.raises(Unavailable) as raised:
        database.query(ONE)

    assert raised.value.retry_after == 10
    assert "word" not in str(raised.value)
    assert time.monotonic() - started < 5


def test_a_transaction_that_others_get_in_the_way_of_is_run_again(
    server: Guarded, ask: Callable[[str], None]
):
    """SQLSTATE 40001: that of PostgreSQL, and of Aurora DSQL's OC000 and OC001."""
    ask("ALTER USER hearth PASSWORD 'word'")
    ask("CREATE TABLE IF NOT EXISTS counted (n BIGINT)")
    ask("INSERT INTO counted VALUES (0)")
    with opened(address(server, iter(["word"] * 20))) as database:

        def add(_: int) -> None:
            def work(transaction: object) -> None:
                transaction.query(Sql("SELECT n FROM counted"))  # type: ignore[attr-defined]
                transaction.run(Sql("UPDATE counted SET n = n + 1"))  # type: ignore[attr-defined]

            database.write(work)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(8)))

        assert database.query(Sql("SELECT n FROM counted")) == [(8,)]


@pytest.mark.parametrize("state", ["40001", "53100", "58030"], ids=["raced", "disk-full", "io"])
def test_work_is_tried_again_only_while_the_request_has_time(
    server: Guarded, ask: Callable[[str], None], state: str
):
    ask("ALTER USER hearth PASSWORD 'word'")
    with opened(address(server, iter(["word"] * 20))) as database:
        database.query(ONE)

        def busy(_: object) -> None:
            raise ServerError(state)

        started = time.monotonic()
        with deadline.within(2.5), pytest.raises(Unavailable):
            database.write(busy)

        assert 0.5 < time.monotonic() - started < 2.5


def test_tables_are_made_once_and_their_version_is_kept(
    server: Guarded, ask: Callable[[str], None]
):
    """Several functions that start at once make them between them."""
    ask("ALTER USER hearth PASSWORD 'word'")
    ask("DROP TABLE IF EXISTS index_schema")
    databases = [PostgresqlDatabase(address(server, iter(["word"] * 20))) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda each: each.query(ONE), databases)) == [[(1,)]] * 4

    found = databases[0].query(Sql("SELECT version FROM index_schema"))
    for database in databases:
        database.close()

    assert found == [(schema.VERSION,)]


def test_a_password_is_proved_without_being_said(server: Guarded, ask: Callable[[str], None]):
    ask("CREATE USER secretive PASSWORD 'never said' IN ROLE hearth SUPERUSER")
    with opened(address(server, iter(["never said"] * 2), user="secretive")) as database:
        assert database.query(ONE) == [(1,)]
    with (
        opened(address(server, iter(["guessed"] * 9), user="secretive")) as database,
        pytest.raises(Unavailable),
    ):
        database.query(ONE)


def test_a_proof_is_that_of_the_standards_example():
    """RFC 7677, section 3; its user is in the exchange, where PostgreSQL leaves the name out."""
    scram = Scram("pencil", "rOprNGfwEbeRWgbNEkqO")
    scram._bare = lambda: "n=user,r=rOprNGfwEbeRWgbNEkqO"  # type: ignore[method-assign]
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

    said = scram.final(f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")

    assert said == f"c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert scram.genuine("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert not scram.genuine("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_values_come_back_as_they_were_sent(server: Guarded, ask: Callable[[str], None]):
    ask("ALTER USER hearth PASSWORD 'word'")
    values = (2**63 - 1, -1.5e300, "\u20ac'; DROP \\ \n\U0001f600", None, -(2**63))
    with opened(address(server, iter(["word"] * 5))) as database:
        statement = Sql("SELECT ?, ?, ?, CAST(? AS BIGINT), ?", values)

        assert database.query(statement) == [values]


def test_a_statement_is_prepared_once_for_its_text_and_the_types_of_its_values(
    server: Guarded, ask: Callable[[str], None]
):
    """No statement is planned twice, and the last `KEPT` of them are kept."""
    ask("ALTER USER hearth PASSWORD 'word'")
    plans = Sql(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
        " WHERE statement = 'SELECT $1'"
    )
    count = Sql("SELECT count(*) FROM pg_prepared_statements")
    with opened(address(server, iter(["word"]))) as database:
        for value in (1, 2, "three", "four"):
            assert database.query(Sql("SELECT ?", (value,))) == [(value,)]
        planned = database.query(plans)
        for number in range(prepared.KEPT):
            database.query(Sql(f"SELECT {number}"))

        assert planned == [(2, 0), (2, 0)]
        assert database.query(plans) == []
        assert database.query(count) == [(prepared.KEPT,)]


def test_a_statement_that_was_refused_can_be_asked_again(
    server: Guarded, ask: Callable[[str], None]
):
    """The table that it names is there by then, and its name for the server is another."""
    ask("ALTER USER hearth PASSWORD 'word'")
    ask("DROP TABLE IF EXISTS late")
    with opened(address(server, iter(["word"]))) as database:
        for statement in (Sql("SELECT 1 / ?", (0,)), Sql("SELECT n FROM late")):
            for _ in range(2):
                with pytest.raises((ServerError, Unindexable)):
                    database.query(statement)
        ask("CREATE TABLE late (n BIGINT)")

        assert database.query(Sql("SELECT n FROM late")) == []
        assert database.query(Sql("SELECT 1 / ?", (1,))) == [(1,)]


def test_a_statement_that_the_server_has_forgotten_is_prepared_again(
    server: Guarded, ask: Callable[[str], None]
):
    """As when a proxy between the two has moved the session to another connection."""
    ask("ALTER USER hearth PASSWORD 'word'")
    with opened(address(server, iter(["word"]))) as database:
        assert database.query(ONE) == [(1,)]
        database.query(Sql("DEALLOCATE ALL"))

        assert database.query(ONE) == [(1,)]


def test_a_statement_of_great_length_is_not_kept(server: Guarded, ask: Callable[[str], None]):
    ask("ALTER USER hearth PASSWORD 'word'")
    values = tuple(range(2_000))
    marks = ", ".join("?" * len(values))
    with opened(address(server, iter(["word"]))) as database:
        statement = Sql(f"SELECT 7 WHERE 5 IN ({marks})", values)

        assert [database.query(statement) for _ in range(2)] == [[(7,)]] * 2
        found = database.query(Sql("SELECT max(length(statement)) FROM pg_prepared_statements"))

    assert found[0][0] < prepared.LONGEST


def test_a_server_that_says_nothing_is_given_up_within_the_requests_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = Server("127.0.0.1", silent.getsockname()[1], "u", "d", "localhost", None)
        started = time.monotonic()
        with (
            opened(Address(POSTGRESQL, at, lambda: "word")) as database,
            deadline.within(2),
            pytest.raises(Unavailable),
        ):
            database.query(ONE)

        assert time.monotonic() - started < 3.5
