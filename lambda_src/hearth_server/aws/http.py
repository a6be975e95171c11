"""HTTP/1.1 over connections that are kept alive and shared by threads."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from hearth_server.aws.endpoint import Endpoint


class Request(Struct, frozen=True):
    """What is sent. The header names are in lower case."""

    method: str
    path: str
    """Percent-encoded."""
    headers: Mapping[str, str]
    body: bytes = b""
    query: tuple[tuple[str, str], ...] = ()


class Answer(Struct, frozen=True):
    """What came back. The header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_LONGEST_HEAD = 65_536
_AT_ONCE = 65_536
_MOST_HEADERS = 100


class ConnectionFailed(Exception):
    """No answer came. The request may have taken effect nevertheless."""


class Transport(Protocol):
    """Sends one request once."""

    def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Answer:
        """Return the answer. Raises ConnectionFailed."""


class Connections:
    """The `Transport` to one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._idle: list[_Connection] = []  # append and pop are atomic
        self._trust: ssl.SSLContext | None = None

    def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Answer:
        """Return the answer. Raises ConnectionFailed.

        A kept connection that the other side has closed meanwhile is replaced at once. One that
        says nothing takes the other kept ones with it: what lies between has forgotten them all.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {target} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        message = head.encode("latin-1") + body
        while self._idle:
            try:
                kept = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            try:
                return self._exchange(kept, message, timeout)
            except ConnectionError:
                continue
            except (OSError, ValueError) as error:
                self._forget_idle()
                raise ConnectionFailed(type(error).__name__) from error
        try:
            return self._exchange(self._open(timeout), message, timeout)
        except (OSError, ValueError) as error:
            raise ConnectionFailed(type(error).__name__) from error

    def _exchange(self, connection: _Connection, message: bytes, timeout: float) -> Answer:
        try:
            answer, keep = connection.exchange(message, timeout)
        except BaseException:
            connection.close()
            raise
        if keep:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _forget_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _open(self, timeout: float) -> _Connection:
        endpoint = self._endpoint
        plain = socket.create_connection((endpoint.host, endpoint.port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not endpoint.secure:
            return _Connection(plain)
        if self._trust is None:
            self._trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
        return _Connection(self._trust.wrap_socket(plain, server_hostname=endpoint.host))


class _Connection:
    """One connection: a request goes out in one piece, and its answer is read."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._read = bytearray()
        """What has come in and has not been looked at."""
        self._begun = False
        """Whether a part of the answer is here."""
        self._end = 0.0
        """When the answer must be whole, on the clock of `time.monotonic`."""

    def close(self) -> None:
        """Close it."""
        self._sock.close()

    def exchange(self, message: bytes, timeout: float) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection can be used again.

        Raises OSError, and ValueError for what is not HTTP.
        """
        self._begun = False
        self._end = time.monotonic() + timeout
        self._sock.settimeout(timeout)
        self._sock.sendall(message)
        status = 100
        while 100 <= status < 200:
            version, status, headers = self._head()
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        if status in (204, 304):
            return Answer(status, headers, b""), keep
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Answer(status, headers, self._chunks()), keep
        if "content-length" not in headers:
            return Answer(status, headers, self._rest()), False
        body = self._exactly(int(headers["content-length"]))
        return Answer(status, headers, body), keep and not self._read

    def _head(self) -> tuple[str, int, dict[str, str]]:
        """Return the version, the status and the headers of what comes next."""
        status_line, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, _, rest = status_line.partition(" ")
        return version, int(rest[:3]), _headers(lines)

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            chunks.append(self._exactly(size))
            self._exactly(2)
        while self._until(b"\r\n"):
            pass  # a trailer
        return b"".join(chunks)

    def _until(self, end: bytes) -> bytes:
        """Return what comes before `end`, which is taken off too."""
        seen = 0
        while (place := self._read.find(end, seen)) < 0:
            if len(self._read) > _LONGEST_HEAD:
                raise ValueError("not a head of HTTP")
            seen = max(0, len(self._read) - len(end))
            self._receive()
        found = bytes(memoryview(self._read)[:place])
        del self._read[: place + len(end)]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._receive()
        content = bytes(memoryview(self._read)[:size])
        del self._read[:size]
        return content

    def _rest(self) -> bytes:
        """Return everything up to the end of the connection."""
        with suppress(_Ended):
            while True:
                self._receive()
        return bytes(self._read)

    def _receive(self) -> None:
        """Read what is there. Raises ConnectionResetError before an answer, _Ended inside one."""
        if self._begun:  # an answer in drops must not take longer than one that never comes
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
        came = self._sock.recv(_AT_ONCE)
        if not came:
            raise _Ended("the answer ends early") if self._begun else ConnectionResetError
        self._begun = True
        self._read += came


class _Ended(ValueError):
    """The other side has closed the connection after it began to answer."""


def _headers(lines: list[str]) -> dict[str, str]:
    if len(lines) > _MOST_HEADERS:
        raise ValueError("too many headers")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("not a header of HTTP")
        headers[name.lower()] = value.strip()
    return headers
