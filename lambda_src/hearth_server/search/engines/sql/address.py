"""Where a PostgreSQL is and how a connection proves who makes it.

`postgresql://user:password@host:5432/name` is any server. `dsql://admin@host/postgres` is an Aurora
DSQL cluster and `aurora://user@host:5432/name` an Aurora cluster, which both take a token that the
function's role signs in place of a password. It opens connections for 15 minutes. Amazon's public
authorities sign for Aurora DSQL; those of Aurora are in no system's list: `?sslrootcert=` names
their file.
https://docs.aws.amazon.com/aurora-dsql/latest/userguide/SECTION_authentication-token.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from hearth_server.aws.signature import presigned_query
from hearth_server.search.engines.sql.dialect import DSQL, POSTGRESQL, Dialect

TOKEN_SECONDS = 900

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
SETTINGS = {
    "default_transaction_isolation": "repeatable read",
    "join_collapse_limit": "1",
    "from_collapse_limit": "1",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "enable_hashagg": "off",
    "enable_material": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}
"""Statements see one state, and joins are followed through indexes in the order in which they are
written: the plan does not depend on what the server believes of the data, nor on the values, so
that it is made once. Aurora DSQL gives each transaction one state anyway, and takes no settings."""

# A function that sleeps keeps its connection, and an Aurora with a connection does not pause.
_AURORA = {**SETTINGS, "idle_session_timeout": "60000"}


@dataclass(frozen=True)
class Server:
    """What a connection is made to."""

    host: str
    """A name, an address, or the folder of a socket."""
    port: int
    user: str
    database: str
    name: str
    """The name that the server's certificate must be for."""
    trust: str | None
    """The file of authorities that sign it; empty for those of this machine; None for no TLS."""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def near(self) -> bool:
        """Whether nothing sent there leaves this machine."""
        return self.host.startswith("/") or self.host in _LOOPBACK


@dataclass(frozen=True)
class Address:
    """A server, what it speaks, and what opens a connection to it."""

    dialect: Dialect
    server: Server
    password: Callable[[], str] = field(repr=False)
    """Makes the password of one connection."""


def parse(location: str, region: str) -> Address:
    """Return the address that a location names. Raises ValueError."""
    parts = urlsplit(location)
    if parts.scheme == "dsql":
        return _dsql(parts, region)
    if parts.scheme == "aurora":
        return _aurora(parts, region)
    if parts.scheme in ("postgresql", "postgres"):
        return _plain(parts)
    raise ValueError(f"{parts.scheme!r} is none of postgresql, dsql and aurora")


def _dsql(parts: SplitResult, region: str) -> Address:
    server = _cluster(parts, {})
    action = "DbConnectAdmin" if server.user == "admin" else "DbConnect"

    def token() -> str:
        query = {"Action": action}
        signed = presigned_query("dsql", region, server.host, query, TOKEN_SECONDS)
        return f"{server.host}/?{signed}"

    return Address(DSQL, server, token)


def _aurora(parts: SplitResult, region: str) -> Address:
    server = _cluster(parts, _AURORA)

    def token() -> str:
        at, query = f"{server.host}:{server.port}", {"Action": "connect", "DBUser": server.user}
        return f"{at}/?{presigned_query('rds-db', region, at, query, TOKEN_SECONDS)}"

    return Address(POSTGRESQL, server, token)


def _cluster(parts: SplitResult, settings: Mapping[str, str]) -> Server:
    name = parts.path.removeprefix("/")
    options = dict(parse_qsl(parts.query))
    trust = options.pop("sslrootcert", None) or os.environ.get("AWS_CA_BUNDLE") or ""
    if not (parts.username and parts.hostname and name) or parts.password or options:
        raise ValueError(
            f"it is not {parts.scheme}://user@host:port/database, perhaps with sslrootcert"
        )
    user, port = unquote(parts.username), parts.port or 5432
    return Server(parts.hostname, port, user, name, parts.hostname, trust, settings)


def _plain(parts: SplitResult) -> Address:
    """Return the address of a server that is not AWS's: over TLS unless it is on this machine."""
    options = dict(parse_qsl(parts.query))
    unknown = options.keys() - {"host", "hostaddr", "sslrootcert"}
    name, user = parts.path.removeprefix("/"), unquote(parts.username or "")
    host = options.get("host") or parts.hostname or ""
    if unknown or not (host and user and name):
        raise ValueError(
            "it is not postgresql://user:password@host:port/database, perhaps with the options"
            " host, hostaddr and sslrootcert"
        )
    reached = options.get("hostaddr", host)
    password = unquote(parts.password or "")
    server = Server(reached, parts.port or 5432, user, name, host, None, SETTINGS)
    if not server.near or "sslrootcert" in options:
        trust = options.get("sslrootcert", "")
        server = Server(reached, parts.port or 5432, user, name, host, trust, SETTINGS)
    return Address(POSTGRESQL, server, lambda: password)
