"""PostgreSQL, the machine's own, started for a test run as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services.requirement import missing

UNPRIVILEGED = ("postgres", "nobody")
"""Whom root starts it as: PostgreSQL refuses to run as root."""

_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run an empty PostgreSQL and give its location; skip the test where there is none."""
    with _cluster() as cluster, _running(cluster, "-c listen_addresses=''"):
        yield f"postgresql://hearth@/postgres?host={cluster.folder}"


@dataclass
class Stoppable:
    """A PostgreSQL that is stopped and started again in the midst of a test."""

    location: str
    _cluster: _Cluster

    def stop(self) -> None:
        """Stop it as a crash does: connections break, nothing is finished."""
        _run([*self._cluster.control, "-m", "immediate", "stop"], self._cluster.user)

    def start(self) -> None:
        """Start it with what it held."""
        settings = f"-k {self._cluster.folder} -c shared_buffers=64MB -c listen_addresses=''"
        _run([*self._cluster.control, "-o", settings, "start"], self._cluster.user)


@contextmanager
def stoppable_postgresql() -> Iterator[Stoppable]:
    """Run an empty PostgreSQL that the test stops and starts; it runs when the test is over."""
    with _cluster() as cluster:
        server = Stoppable(f"postgresql://hearth@/postgres?host={cluster.folder}", cluster)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@dataclass(frozen=True)
class Guarded:
    """A PostgreSQL that is reached over TLS, with a password, by the name `localhost`."""

    port: int
    authority: Path
    """The certificate of who signed the server's."""
    folder: Path
    control: Sequence[str]

    @property
    def trusted(self) -> str:
        """How the tests themselves reach it, past all guards."""
        return f"host={self.folder} port={self.port} user=hearth dbname=postgres"


@contextmanager
def guarded_postgresql() -> Iterator[Guarded]:
    """Run an empty PostgreSQL behind TLS; skip the test where there is none."""
    with _cluster() as cluster:
        authority = certificate(cluster.data, "localhost")
        _own([cluster.data / "server.key", cluster.data / "server.crt"], cluster.user)
        rules = (
            "local all all trust\n"
            "hostssl all secretive 127.0.0.1/32 scram-sha-256\n"
            "hostssl all all 127.0.0.1/32 password\n"
        )
        (cluster.data / "pg_hba.conf").write_text(rules)
        port = free_port()
        settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c ssl=on"
        with _running(cluster, settings):
            yield Guarded(port, authority, cluster.folder, cluster.control)


@dataclass(frozen=True)
class _Cluster:
    folder: Path
    data: Path
    user: str | None

    @property
    def control(self) -> list[str]:
        log = str(self.folder / "log")
        return [_program("pg_ctl"), "-D", str(self.data), "-w", "-s", "-l", log]


@contextmanager
def _cluster() -> Iterator[_Cluster]:
    initdb, user = _program("initdb"), _user()
    with tempfile.TemporaryDirectory(prefix="hearth-pg") as name:
        folder = Path(name)
        data = folder / "data"
        if user is not None:
            shutil.chown(folder, user)
        _run([initdb, "-D", str(data), "-A", "trust", "-U", "hearth", "-N", "-E", "UTF8",
              "--locale=C"], user)  # fmt: skip
        yield _Cluster(folder, data, user)


@contextmanager
def _running(cluster: _Cluster, settings: str) -> Iterator[None]:
    common = f"-k {cluster.folder} -c fsync=off -c shared_buffers=64MB"
    _run([*cluster.control, "-o", f"{common} {settings}", "start"], cluster.user)
    try:
        yield
    finally:
        _run([*cluster.control, "-m", "immediate", "stop"], cluster.user)


def certificate(folder: Path, name: str) -> Path:
    """Write server.key and server.crt for a host's name; return the file of their authority."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _signed("Hearth test authority", authority_key, None, authority_key)
    leaf = _signed(name, key, authority, authority_key)
    plain = serialization.NoEncryption()
    form, pem = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    (folder / "server.key").write_bytes(key.private_bytes(pem, form, plain))
    (folder / "server.key").chmod(0o600)
    (folder / "server.crt").write_bytes(leaf.public_bytes(pem))
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    return folder / "authority.pem"


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _own(files: Sequence[Path], user: str | None) -> None:
    if user is not None:
        for file in files:
            shutil.chown(file, user)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _run(command: Sequence[str], user: str | None) -> None:
    subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        versions = sorted(_DEBIAN.glob(f"*/bin/{name}"))
        if not versions:
            missing("PostgreSQL (needs initdb and pg_ctl)")
        found = str(versions[-1])
    return found


def _user() -> str | None:
    """Return whom to run it as, None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in UNPRIVILEGED if name in known), None)
    return found or missing("PostgreSQL (needs a user other than root)")
