"""Answers of every shape that HTTP/1.1 allows are read, and nothing else is."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hearth_server.aws.endpoint import parse
from hearth_server.aws.http import Answer, ConnectionFailed, Connections
from hypothesis import given, settings
from hypothesis import strategies as st


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """Run a server that says these bytes to each connection, then hangs up; give its URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def ask(answer: bytes, timeout: float = 2.0) -> Answer:
    """Return what is understood of an answer."""
    with saying(answer) as url:
        return Connections(parse(url))("GET", "/", {"host": "h"}, b"", timeout)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A:  b \r\n\r\nhi",
            Answer(200, {"content-length": "2", "x-a": "b"}, b"hi"),
            id="length",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nhi\r\n1;x=y\r\n!\r\n0\r\nTrailer: t\r\n\r\n",
            Answer(200, {"transfer-encoding": "chunked"}, b"hi!"),
            id="chunks",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n\r\nto the end", Answer(200, {}, b"to the end"), id="to-the-end"
        ),
        pytest.param(b"HTTP/1.1 204\r\n\r\n", Answer(204, {}, b""), id="nothing"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            Answer(404, {"content-length": "0"}, b""),
            id="continue-first",
        ),
    ],
)
def test_an_answer_is_read(answer: bytes, expected: Answer) -> None:
    assert ask(answer) == expected


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n", id="empty-line"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", id="no-status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", id="no-header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", id="cut-short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="cut-in-a-header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", id="no-chunk"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\nc: d\r\n" * 40 + b"e", id="endless"),
    ],
)
def test_what_is_no_answer_is_a_failed_connection(answer: bytes) -> None:
    with pytest.raises(ConnectionFailed):
        ask(answer)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_a_failed_connection_or_an_answer(noise: bytes) -> None:
    try:
        answer = ask(b"HTTP/1.1 200 OK\r\n" + noise)
    except ConnectionFailed:
        return
    assert answer.status == 200


def test_an_answer_that_does_not_come_is_a_failed_connection() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    connections = Connections(parse(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    with listener, pytest.raises(ConnectionFailed, match="TimeoutError"):
        connections("GET", "/", {"host": "h"}, b"", 0.05)


@contextmanager
def dropping(answers: Sequence[Sequence[bytes]], pause: float = 0.0) -> Iterator[Connections]:
    """Connect to a server that says to each connection one answer after the other, in drops."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket, drops: Sequence[bytes]) -> None:
        with suppress(OSError):
            for drop in drops:
                time.sleep(pause)
                connection.sendall(drop)

    def accept() -> None:
        with suppress(OSError):
            for drops in answers:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threading.Thread(target=serve, args=(connection, drops), daemon=True).start()

    open_ones: list[socket.socket] = []
    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield Connections(parse(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        for connection in open_ones:
            connection.close()


def test_an_answer_in_drops_may_take_no_longer_than_any_other() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n"
    began = time.monotonic()
    with (
        dropping([[head, *[b"x"] * 50]], pause=0.05) as connections,
        pytest.raises(ConnectionFailed, match="TimeoutError"),
    ):
        connections("GET", "/", {"host": "h"}, b"", 0.3)

    assert time.monotonic() - began < 1


def test_after_one_kept_connection_that_says_nothing_a_new_one_is_opened() -> None:
    """A function that was frozen for an hour has as many dead connections as it had threads."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    with dropping([[answer]] * 4, pause=0.3) as connections:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: connections("GET", "/", {}, b"", 2), range(3)))
        with pytest.raises(ConnectionFailed, match="TimeoutError"):
            connections("GET", "/", {}, b"", 0.1)

        assert connections("GET", "/", {}, b"", 2).status == 200


def test_where_nobody_listens_the_connection_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="ConnectionRefusedError"):
        Connections(parse(f"http://127.0.0.1:{port}"))("GET", "/", {"host": "h"}, b"", 1)


@contextmanager
def saying_over_tls(answer: bytes, folder: Path) -> Iterator[tuple[str, Path]]:
    """Run a server with a certificate of its own; give its URL and the certificate."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    _certify(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65_536)
            secure.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", certificate
    finally:
        thread.join()
        listener.close()


def _certify(certificate: Path, key: Path) -> None:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def test_a_server_that_the_bundle_vouches_for_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with saying_over_tls(ANSWER, tmp_path) as (url, certificate):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))

        answer = Connections(parse(url))("GET", "/", {"host": "h"}, b"", 5)

    assert answer.body == b"hi"


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    with (
        saying_over_tls(ANSWER, tmp_path) as (url, _),
        pytest.raises(ConnectionFailed, match="SSLCertVerificationError"),
    ):
        Connections(parse(url))("GET", "/", {"host": "h"}, b"", 5)
