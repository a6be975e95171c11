"""Requests to a cluster, signed where the address asks for it.

What an answer says is never part of an error: it may quote what was searched for.
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import msgspec

from hearth_server import deadline
from hearth_server.aws.credentials import from_environment
from hearth_server.aws.http import Answer, ConnectionFailed, Connections, Request
from hearth_server.aws.signature import Signer, canonical_query
from hearth_server.errors import NotSupported, ServiceError, Unavailable
from hearth_server.search.engines.opensearch.address import Address

CALL_SECONDS = 60.0
"""How long a request may take when nobody set a nearer deadline."""

ATTEMPTS = 3
"""How often a request is sent that is not answered: each can be repeated without harm."""

_JSON = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}

_WHOLE = {"allow_partial_search_results": "false"}
_HEADER = {"allow_partial_search_results": False}

_AWAY = (502, 503, 504)

_TOO_COSTLY = (
    "too_many_clauses",
    "too_many_nested_clauses",
    "too_complex_to_determinize",
    "too_many_buckets",
    "maxClauseCount",
    "Determinizing",
    "has exceeded the allowed maximum",
)
"""Parts of the answers to a search that asks for more than the cluster allows."""


class Missing(Exception):
    """What a request names is not there."""


class Exists(Exception):
    """What a request would make is there already."""


class Refused(Exception):
    """The cluster refuses the request as it is: repeated, it refuses it again."""


class Cluster:
    """Sends requests to one cluster. Safe to use from several threads."""

    def __init__(self, address: Address, region: str) -> None:
        self._address = address
        self._region = region
        self._connections = Connections(address.endpoint)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Any:
        """Return what the cluster answers; `body` is bytes of lines, or what JSON is made from.

        Raises Missing, Exists, Unavailable, NotSupported for a search that is too costly, Refused
        and ServiceError for what else the cluster refuses.
        """
        lines = isinstance(body, bytes)
        content = body if lines else b"" if body is None else msgspec.json.encode(body)
        headers = {
            "host": self._address.endpoint.authority,
            **(_LINES if lines else _JSON if content else {}),
        }
        query = tuple((parameters or {}).items())
        answer = self._answer(Request(method, path, headers, content, query))
        if answer.status >= 300:
            raise _problem(answer.status, answer.body)
        try:
            return msgspec.json.decode(answer.body) if answer.body else None
        except msgspec.DecodeError:
            raise Unavailable("The search index answers with what is no JSON") from None

    def search(self, index: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a search, of all shards. Raises as `send` does."""
        return cast(dict[str, Any], self.send("POST", f"/{index}/_search", body, _WHOLE))

    def search_all(self, index: str, bodies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the answers to several searches. Raises as `send` does."""
        lines = (msgspec.json.encode(each) for body in bodies for each in (_HEADER, body))
        content = b"".join(line + b"\n" for line in lines)
        answers: list[dict[str, Any]] = self.send("POST", f"/{index}/_msearch", content)[
            "responses"
        ]
        for each in answers:
            if "error" in each:
                raise _problem(each["status"], msgspec.json.encode(each))
        return answers

    @cached_property
    def _signer(self) -> Signer:
        return Signer("es", self._region, from_environment())

    def _answer(self, request: Request) -> Answer:
        """Return the answer of the last attempt. Raises Unavailable when there is none."""
        query = canonical_query(request.query)
        target = f"{request.path}?{query}" if query else request.path
        end = min(deadline.moment(), time.monotonic() + CALL_SECONDS)
        attempt = 1
        while True:
            seconds = end - time.monotonic()
            if seconds <= 0:
                raise Unavailable("There is no time left to ask the search index")
            headers = self._signer.sign(request) if self._address.signed else request.headers
            try:
                answer = self._connections(request.method, target, headers, request.body, seconds)
                if answer.status not in _AWAY or attempt == ATTEMPTS:
                    return answer
            except ConnectionFailed as failure:
                if attempt == ATTEMPTS:
                    raise Unavailable(f"The search index cannot be reached: {failure}") from None
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter
            attempt += 1


def _problem(status: int, body: bytes) -> Exception:
    """Return the error that an answer stands for."""
    text = body.decode(errors="replace")
    kind = _kind(body)
    if any(each in text for each in _TOO_COSTLY):
        return NotSupported("The search asks for more than the index can do", code="too-costly")
    if status == 404:
        return Missing(kind)
    if kind == "resource_already_exists_exception":
        return Exists(kind)
    if status == 429 or status >= 500:
        return Unavailable(f"The search index is busy or down: {status}")
    said = f"The search index refuses a request: {status} {kind}"
    return Refused(said) if status in (400, 413) else ServiceError(said)


def _kind(body: bytes) -> str:
    """Return the type of the error that an answer tells."""
    try:
        return str(msgspec.json.decode(body)["error"]["type"])
    except (msgspec.DecodeError, LookupError, TypeError):
        return ""
