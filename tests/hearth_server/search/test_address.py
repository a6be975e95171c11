"""Tokens in place of passwords are what AWS's own library signs; a location says what it is."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import boto3
import pytest
from hearth_server import search, settings
from hearth_server.aws.signature import presigned_query
from hearth_server.search.engines.sql.address import SETTINGS, Server, parse

REGION = "eu-central-1"
DSQL_HOST = "abc123.dsql.eu-central-1.on.aws"


@pytest.fixture(autouse=True, params=[None, "session/token+="], ids=["user", "role"])
def credentials(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    if request.param:
        monkeypatch.setenv("AWS_SESSION_TOKEN", request.param)


def test_a_token_for_aurora_is_the_one_that_boto3_signs():
    client = boto3.Session().client("rds", region_name=REGION)
    theirs = client.generate_db_auth_token("db.example.org", 5432, "hearth")

    host, _, query = theirs.partition("/?")
    ours = presigned_query(
        "rds-db", REGION, host, {"Action": "connect", "DBUser": "hearth"}, 900, _signed_at(query)
    )

    assert host == "db.example.org:5432"
    assert _same(ours, query)


@pytest.mark.parametrize(
    ("user", "action", "method"),
    [
        ("admin", "DbConnectAdmin", "generate_db_connect_admin_auth_token"),
        ("hearth", "DbConnect", "generate_db_connect_auth_token"),
    ],
)
def test_a_token_for_aurora_dsql_is_the_one_that_boto3_signs(user: str, action: str, method: str):
    client = boto3.Session().client("dsql", region_name=REGION)
    theirs = getattr(client, method)(DSQL_HOST)

    host, _, query = theirs.partition("/?")
    ours = presigned_query("dsql", REGION, host, {"Action": action}, 900, _signed_at(query))

    assert host == DSQL_HOST
    assert _same(ours, query)
    token = parse(f"dsql://{user}@{DSQL_HOST}/postgres", REGION).password()
    assert token.startswith(f"{DSQL_HOST}/?Action={action}&X-Amz-Algorithm=AWS4-HMAC-SHA256")


def test_a_cluster_is_reached_over_tls_under_its_own_name():
    dsql = parse(f"dsql://admin@{DSQL_HOST}/postgres", REGION)
    aurora = parse("aurora://hearth@db.example.org:5433/search?sslrootcert=/rds.pem", REGION)

    assert dsql.server == Server(DSQL_HOST, 5432, "admin", "postgres", DSQL_HOST, "")
    assert aurora.server == Server(
        "db.example.org",
        5433,
        "hearth",
        "search",
        "db.example.org",
        "/rds.pem",
        {**SETTINGS, "idle_session_timeout": "60000"},
    )


def test_a_server_elsewhere_is_reached_over_tls_and_one_on_this_machine_as_it_is():
    far = parse("postgresql://hearth:w%20d@db.example.org/search", REGION)
    near = parse("postgresql://hearth@localhost:5433/search", REGION)
    socket = parse("postgresql://hearth@/search?host=/run/postgresql", REGION)

    assert (far.server.trust, far.password()) == ("", "w d")
    assert (near.server.port, near.server.trust) == (5433, None)
    assert (socket.server.host, socket.server.trust) == ("/run/postgresql", None)


def test_a_token_is_never_shown():
    assert "token" not in repr(parse(f"dsql://admin@{DSQL_HOST}/postgres", REGION))


@pytest.mark.parametrize(
    "location",
    [
        "dsql://host/postgres",
        "dsql://admin@host",
        "aurora://hearth:word@host:5432/search",
        "postgresql://hearth@host/search?sslmode=disable",
        "host=/tmp user=hearth dbname=search",
    ],
)
def test_a_location_that_says_too_little_or_too_much_is_refused_at_start(location: str):
    environment = {
        "HEARTH_RESOURCES_TABLE": "t",
        "HEARTH_BODIES_BUCKET": "b",
        "AWS_REGION": REGION,
        "HEARTH_SEARCH_ENGINE": "postgresql",
        "HEARTH_SEARCH_LOCATION": location,
    }

    with pytest.raises(settings.SettingError, match="HEARTH_SEARCH_LOCATION: "):
        search.open(settings.from_environment(environment), None)  # type: ignore[arg-type]


def _signed_at(query: str) -> datetime:
    stamp = dict(parse_qsl(query))["X-Amz-Date"]
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _same(ours: str, theirs: str) -> bool:
    """Order means nothing in a query."""
    return sorted(parse_qsl(ours)) == sorted(parse_qsl(theirs))
