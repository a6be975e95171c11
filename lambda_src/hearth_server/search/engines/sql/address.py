"""Where a PostgreSQL is and how a connection proves who makes it.

`postgresql://...` or `host=...` is any server, as libpq reads it. `aurora://user@host:5432/name`
is an Aurora cluster and `dsql://admin@host/postgres` an Aurora DSQL cluster, which both take a
token that the function's role signs in place of a password. It opens connections for 15 minutes.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
https://docs.aws.amazon.com/aurora-dsql/latest/userguide/SECTION_authentication-token.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hearth_server.aws.signature import presigned_query
from hearth_server.search.engines.sql.dialect import DSQL, POSTGRESQL, Dialect

TOKEN_SECONDS = 900

# A function that sleeps keeps its connection, and an Aurora with a connection does not pause.
_AURORA_OPTIONS = "-c default_transaction_isolation=repeatable\\ read -c idle_session_timeout=60000"
_PLAIN_OPTIONS = "-c default_transaction_isolation=repeatable\\ read"
_RDS_TRUST = Path(__file__).with_name("rds-trust.pem")


@dataclass(frozen=True)
class Address:
    """A server, and what opens a connection to it."""

    dialect: Dialect
    conninfo: str
    """What libpq is told first, in its own form."""
    parameters: Mapping[str, str]
    """What it is told besides."""
    token: Callable[[], str] | None = field(default=None, repr=False)
    """Makes the password of one connection."""


def parse(location: str, region: str) -> Address:
    """Return the address that a location names. Raises ValueError."""
    scheme = location.partition("://")[0]
    if scheme == "dsql":
        return _dsql(location, region)
    if scheme == "aurora":
        return _aurora(location, region)
    return Address(POSTGRESQL, location, {"options": _PLAIN_OPTIONS})


def _dsql(location: str, region: str) -> Address:
    user, host, port, name = _parts(location)
    action = "DbConnectAdmin" if user == "admin" else "DbConnect"

    def token() -> str:
        query = {"Action": action}
        return f"{host}/?{presigned_query('dsql', region, host, query, TOKEN_SECONDS)}"

    return Address(DSQL, "", _parameters(user, host, port, name, _system_trust()), token)


def _aurora(location: str, region: str) -> Address:
    user, host, port, name = _parts(location)

    def token() -> str:
        at, query = f"{host}:{port}", {"Action": "connect", "DBUser": user}
        return f"{at}/?{presigned_query('rds-db', region, at, query, TOKEN_SECONDS)}"

    parameters = _parameters(user, host, port, name, str(_RDS_TRUST))
    return Address(POSTGRESQL, "", {**parameters, "options": _AURORA_OPTIONS}, token)


def _parameters(user: str, host: str, port: int, name: str, trust: str) -> dict[str, str]:
    return {
        "user": user,
        "host": host,
        "port": str(port),
        "dbname": name,
        "sslmode": "verify-full",
        "sslrootcert": os.environ.get("AWS_CA_BUNDLE") or trust,
        "gssencmode": "disable",
    }


def _parts(location: str) -> tuple[str, str, int, str]:
    parts = urlsplit(location)
    name = parts.path.removeprefix("/")
    if not (parts.username and parts.hostname and name) or parts.password or parts.query:
        raise ValueError(f"{location!r} is not {parts.scheme}://user@host:port/database")
    return unquote(parts.username), parts.hostname, parts.port or 5432, name


def _system_trust() -> str:
    """Return the file of the authorities that this machine trusts: Amazon's own are among them.

    libpq comes with an OpenSSL of its own, which looks elsewhere.
    """
    import ssl

    paths = ssl.get_default_verify_paths()
    found = paths.cafile or next((each for each in _BUNDLES if Path(each).is_file()), None)
    return found or paths.openssl_cafile


# Amazon Linux, Debian
_BUNDLES = ("/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt")
