"""A thin client of PostgreSQL: one connection, one statement at a time, values bound.

It speaks version 3 of the protocol over a socket and needs nothing beyond the standard library:
an Aurora DSQL cluster or a server of one's own is reached without a driver to import.
https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from hearth_server.search.engines.sql.address import Server
from hearth_server.search.engines.sql.fragment import Value
from hearth_server.search.engines.sql.prepared import Prepared, message
from hearth_server.search.engines.sql.scram import Scram

PROTOCOL = 3 << 16
TLS_REQUEST = 80877103

_OIDS = {int: 20, float: 701}  # bigint, double precision; the server finds out what a text is
_DECODERS: dict[int, Callable[[bytes], Any]] = {20: int, 21: int, 23: int, 700: float, 701: float}
_SYNC = b"S\0\0\0\x04"
_DESCRIBE_AND_EXECUTE = b"D\0\0\0\x06P\0" + b"E\0\0\0\x09\0\0\0\0\0"


class ServerError(Exception):
    """The server refused a statement. Its own words may quote a value, so they are not kept."""

    def __init__(self, state: str) -> None:
        super().__init__(f"SQLSTATE {state}")
        self.state = state


class ConnectionLost(Exception):
    """The server cannot be reached, or said something that is not the protocol."""


class Result(NamedTuple):
    """What a statement brings."""

    rows: list[tuple[Any, ...]]
    changed: int
    """How many rows it changed, or brought."""


class Connection:
    """One connection. Raises ConnectionLost from any method; it is of no more use then."""

    def __init__(self, server: Server, password: str, seconds: float) -> None:
        """Connect and sign in, each step within so many seconds. Raises ServerError."""
        self._server = server
        self._prepared = Prepared()
        try:
            self._socket = _connected(server, seconds)
            self._file = self._socket.makefile("rb")
            if server.trust is not None:
                self._encrypt(server.trust)
            self._sign_in(password)
        except OSError as error:
            raise ConnectionLost(type(error).__name__) from error

    def close(self) -> None:
        """Take leave."""
        try:
            self._socket.sendall(b"X\0\0\0\x04")
        except OSError:
            pass
        finally:
            self._file.close()
            self._socket.close()

    def execute(
        self,
        statement: str,
        parameters: Sequence[Value] = (),
        seconds: float | None = None,
        *,
        kept: bool = False,
    ) -> Result:
        """Run a statement with `$1` and so on for its parameters. Raises ServerError.

        What the server makes of a statement that is `kept` serves the next time as well.
        """
        count = struct.pack("!H", len(parameters))
        oids = b"".join(struct.pack("!I", _OIDS.get(type(each), 0)) for each in parameters)
        parsed = statement.encode() + b"\0" + count + oids
        if kept:
            name, told = self._prepared.named(parsed)
        else:
            name, told = b"", message(b"P", b"\0" + parsed)
        bind = b"\0" + name + b"\0\0\0" + count + _bound(parameters) + b"\0\0"
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(told + message(b"B", bind) + _DESCRIBE_AND_EXECUTE + _SYNC)
            return self._result()
        except ServerError:
            self._prepared.forget(parsed)
            raise
        except (OSError, struct.error) as error:
            raise ConnectionLost(type(error).__name__) from error

    def _result(self) -> Result:
        decoders: list[Callable[[bytes], Any]] = []
        rows: list[tuple[Any, ...]] = []
        changed, failure = 0, None
        for kind, content in self._messages():
            if kind == b"D":
                rows.append(tuple(_fields(content, decoders)))
            elif kind == b"T":
                decoders = _columns(content)
            elif kind == b"C":
                count = content[:-1].rpartition(b" ")[2]
                changed = int(count) if count.isdigit() else 0
            elif kind == b"E":
                failure = _state(content)
            elif kind == b"Z":
                break
        if failure is not None:
            raise ServerError(failure)
        return Result(rows, changed)

    def _encrypt(self, trust: str) -> None:
        """Go on over TLS, with a server whose certificate is for its name."""
        import ssl

        self._socket.sendall(struct.pack("!II", 8, TLS_REQUEST))
        if self._file.read(1) != b"S":
            raise ConnectionLost("The server does not speak TLS")
        context = ssl.create_default_context(cafile=trust or None)
        self._file.close()
        self._socket = context.wrap_socket(self._socket, server_hostname=self._server.name)
        self._file = self._socket.makefile("rb")

    def _sign_in(self, password: str) -> None:
        server = self._server
        told = {"user": server.user, "database": server.database, **server.settings}
        pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in told.items())
        self._socket.sendall(struct.pack("!II", len(pairs) + 9, PROTOCOL) + pairs + b"\0")
        scram = Scram(password)
        for kind, content in self._messages():
            if kind == b"E":
                raise ServerError(_state(content))
            if kind == b"Z":
                return
            if kind == b"R":
                self._prove(content, password, scram)

    def _prove(self, content: bytes, password: str, scram: Scram) -> None:
        """Answer what the server asks to believe who connects."""
        asked, told = struct.unpack_from("!I", content)[0], content[4:]
        if asked == 0:  # enough
            return
        if asked == 3 and (self._server.trust is not None or self._server.near):
            answer = password.encode() + b"\0"
        elif asked == 10 and b"SCRAM-SHA-256\0" in told:
            first = scram.first().encode()
            answer = b"SCRAM-SHA-256\0" + struct.pack("!I", len(first)) + first
        elif asked == 11:
            answer = scram.final(told.decode()).encode()
        elif asked == 12 and scram.genuine(told.decode()):
            return
        else:
            raise ConnectionLost(f"The server wants a proof of kind {asked}")
        self._socket.sendall(message(b"p", answer))

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the kind and the content of each message."""
        read = self._file.read
        while True:
            head = read(5)
            if len(head) < 5:
                raise ConnectionLost("The server has closed the connection")
            size = int.from_bytes(head[1:], "big") - 4
            content = read(size)
            if len(content) < size:
                raise ConnectionLost("The server has closed the connection")
            yield head[:1], content


def _connected(server: Server, seconds: float) -> socket.socket:
    if server.host.startswith("/"):
        unix = socket.socket(socket.AF_UNIX)
        unix.settimeout(seconds)
        unix.connect(f"{server.host}/.s.PGSQL.{server.port}")
        return unix
    made = socket.create_connection((server.host, server.port), seconds)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _bound(parameters: Sequence[Value]) -> bytes:
    parts: list[bytes] = []
    for each in parameters:
        if each is None:
            parts.append(b"\xff\xff\xff\xff")
        else:
            text = each.encode() if type(each) is str else str(each).encode()
            parts.append(len(text).to_bytes(4, "big"))
            parts.append(text)
    return b"".join(parts)


def _columns(content: bytes) -> list[Callable[[bytes], Any]]:
    """Return what decodes each column of the rows that follow."""
    found: list[Callable[[bytes], Any]] = []
    at = 2
    for _ in range(int.from_bytes(content[:2], "big")):
        at = content.index(b"\0", at) + 1
        oid = int.from_bytes(content[at + 6 : at + 10], "big")
        found.append(_DECODERS.get(oid, bytes.decode))
        at += 18
    return found


def _fields(content: bytes, decoders: Sequence[Callable[[bytes], Any]]) -> Iterator[Any]:
    at = 2
    for decode in decoders:
        size = int.from_bytes(content[at : at + 4], "big", signed=True)
        at += 4
        if size < 0:
            yield None
        else:
            yield decode(content[at : at + size])
            at += size


def _state(content: bytes) -> str:
    """Return the SQLSTATE of an error."""
    for part in content.split(b"\0"):
        if part[:1] == b"C":
            return part[1:].decode()
    return "XX000"
