"""HTTP/1.1 over connections that are kept alive and shared by threads."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
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


_LONGEST_LINE = 65_536
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

        A kept connection that the other side has closed meanwhile is replaced at once.
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
        self._file = sock.makefile("rb")

    def close(self) -> None:
        """Close it."""
        self._file.close()
        self._sock.close()

    def exchange(self, message: bytes, timeout: float) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection can be used again.

        Raises OSError, and ValueError for what is not HTTP.
        """
        self._sock.settimeout(timeout)
        self._sock.sendall(message)
        status = 100
        while 100 <= status < 200:
            version, status = self._status()
            headers = self._headers()
        keep = version == b"HTTP/1.1" and headers.get("connection", "").lower() != "close"
        if status in (204, 304):
            return Answer(status, headers, b""), keep
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Answer(status, headers, self._chunks()), keep
        if "content-length" not in headers:
            return Answer(status, headers, self._file.read()), False
        return Answer(status, headers, self._exactly(int(headers["content-length"]))), keep

    def _status(self) -> tuple[bytes, int]:
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            raise ConnectionResetError
        version, _, rest = line.partition(b" ")
        return version, int(rest[:3])

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while (line := self._file.readline(_LONGEST_LINE)) != b"\r\n":
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or len(headers) > _MOST_HEADERS:
                raise ValueError("not a header of HTTP")
            headers[name.lower()] = value.strip()
        return headers

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self._file.readline(_LONGEST_LINE).partition(b";")[0], 16):
            chunks.append(self._exactly(size))
            self._exactly(2)
        self._headers()  # trailers
        return b"".join(chunks)

    def _exactly(self, size: int) -> bytes:
        content = self._file.read(size)
        if len(content) != size:
            raise ValueError("the answer ends early")
        return content
