"""A small HTTP front that calls the API's Lambda handler, as API Gateway would.

It serves benchmarks: one thread per connection, connections kept alive, nothing else. The caller
is always the same practitioner; there is no token to check.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

CALLER = {"claims": {"sub": "benchmark", "cognito:groups": "practitioner"}}

_PHRASE = b"-"
"""The reason of a status line, which no client reads."""


class Context:
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 28_000


class Front:
    """A server on a port of the loopback."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port."""
        host, port = self._listener.getsockname()
        return host, port

    def close(self) -> None:
        """Stop listening and close what is open."""
        self._listener.close()
        for connection in tuple(self._open):
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while (event := _read(stream)) is not None:
                connection.sendall(_written(event, self._handler(event, Context())))
        self._open.discard(connection)


@contextmanager
def front(handler: Handler) -> Iterator[str]:
    """Serve `handler` and give the URL of the base."""
    served = Front(handler)
    try:
        host, port = served.address
        yield f"http://{host}:{port}"
    finally:
        served.close()


def _read(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next request as a proxy event; None when the client has closed."""
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, list[str]] = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers.setdefault(name.lower(), []).append(value.strip())
    body = stream.read(int(headers["content-length"][0])) if "content-length" in headers else b""
    return proxy_event(method, target, headers, body.decode())


def proxy_event(
    method: str, target: str, headers: Mapping[str, Sequence[str]], body: str = ""
) -> dict[str, Any]:
    """Return a request as API Gateway tells the handler of it."""
    path, _, query = target.partition("?")
    grouped: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True) if query else ():
        grouped.setdefault(name, []).append(value)
    proxy = path.strip("/")
    return {
        "resource": "/{proxy+}" if proxy else "/",
        "path": path,
        "httpMethod": method,
        "headers": None,
        "multiValueHeaders": headers,
        "multiValueQueryStringParameters": grouped or None,
        "pathParameters": {"proxy": proxy} if proxy else None,
        "requestContext": {
            "authorizer": CALLER,
            "requestId": "benchmark",
            "stage": "bench",
            "apiId": "bench",
            "domainName": "127.0.0.1",
        },
        "body": body or None,
        "isBase64Encoded": False,
    }


def _written(event: dict[str, Any], answer: dict[str, Any]) -> bytes:
    body = answer["body"].encode()
    head = [b"HTTP/1.1 %d %s" % (answer["statusCode"], _PHRASE)]
    head += [f"{name}: {value}".encode("latin-1") for name, value in answer["headers"].items()]
    head += [b"Content-Length: %d" % len(body), b"", b""]
    return b"\r\n".join(head) + (b"" if event["httpMethod"] == "HEAD" else body)
