"""HTTP/1.1 over connections that are kept alive and shared by threads."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hearth_server.aws.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. The header names are in lower case."""

    method: str
    path: str
    """Percent-encoded."""
    headers: Mapping[str, str]
    body: bytes = b""
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        self._idle: list[http.client.HTTPConnection] = []  # append and pop are atomic
        self._trust: ssl.SSLContext | None = None

    def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Answer:
        """Return the answer. Raises ConnectionFailed.

        A kept connection that the other side has closed meanwhile is replaced at once.
        """
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            try:
                return self._exchange(connection, method, target, headers, body, timeout)
            except (ConnectionError, http.client.RemoteDisconnected):
                connection.close()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                raise ConnectionFailed(type(error).__name__) from error
        connection = self._open(timeout)
        try:
            return self._exchange(connection, method, target, headers, body, timeout)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ConnectionFailed(type(error).__name__) from error

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,
    ) -> Answer:
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        content = response.read()
        received = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return Answer(response.status, received, content)

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        endpoint = self._endpoint
        if not endpoint.secure:
            return http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=timeout)
        if self._trust is None:
            self._trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
        return http.client.HTTPSConnection(
            endpoint.host, endpoint.port, timeout=timeout, context=self._trust
        )
