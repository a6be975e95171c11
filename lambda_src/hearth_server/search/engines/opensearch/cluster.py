"""Requests to a cluster, through opensearch-py, signed where the address asks for it.

The client is imported when the first request is made: it takes a quarter of a second, which only
the stages that search with it pay. What an answer says is never part of an error: it may quote
what was searched for. https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import msgspec

from hearth_server import deadline
from hearth_server.aws.credentials import from_environment
from hearth_server.aws.http import Request
from hearth_server.aws.signature import Signer
from hearth_server.errors import NotSupported, ServiceError, Unavailable
from hearth_server.search.engines.opensearch.address import Address

CALL_SECONDS = 15.0
"""How long a request may take when nobody set a nearer deadline."""

ATTEMPTS = 3

_JSON = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}

_WHOLE = {"allow_partial_search_results": "false"}
_HEADER = {"allow_partial_search_results": False}

_TOO_COSTLY = (
    "too_many_clauses",
    "too_many_nested_clauses",
    "too_complex_to_determinize",
    "too_many_buckets",
    "maxClauseCount",
    "Determinizing",
    "has exceeded the allowed maximum",
    "circuit_breaking_exception",
)
"""Parts of the answers to a search that asks for more than the cluster allows."""


class Missing(Exception):
    """What a request names is not there."""


class Exists(Exception):
    """What a request would make is there already."""


class Refused(ServiceError):
    """The cluster refuses the request as it is: repeated, it refuses it again."""


class Cluster:
    """Sends requests to one cluster. Safe to use from several threads."""

    def __init__(self, address: Address, region: str) -> None:
        self._address = address
        self._region = region

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Any:
        """Return what the cluster answers; `body` is bytes of lines, or what JSON is made from.

        Raises Missing, Exists, Unavailable, NotSupported for a search that is too costly and
        ServiceError for what the cluster refuses.
        """
        from opensearchpy.exceptions import ConnectionError, SerializationError, TransportError

        raw = isinstance(body, bytes)
        content = body if raw or body is None else msgspec.json.encode(body)
        seconds = min(CALL_SECONDS, deadline.remaining())
        if seconds <= 0:
            raise Unavailable("There is no time left to ask the search index")
        try:
            return self._client.transport.perform_request(
                method,
                path,
                params={**(parameters or {})},
                body=content,
                timeout=seconds,
                headers=_LINES if raw else _JSON,
            )
        except ConnectionError as error:
            raise Unavailable(f"The search index cannot be reached: {_kind(error)}") from None
        except SerializationError:
            raise Unavailable("The search index answers with what is no JSON") from None
        except TransportError as error:
            raise _problem(error.status_code, error.error, str(error.info)) from None

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
                error = each["error"]
                raise _problem(each["status"], error["type"], str(error))
        return answers

    def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            self._client.close()
            del self.__dict__["_client"]

    @cached_property
    def _client(self) -> Any:
        import opensearchpy

        logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # it would log bodies
        endpoint = self._address.endpoint
        trust: dict[str, Any] = (
            {"ca_certs": os.environ.get("AWS_CA_BUNDLE")} if endpoint.secure else {}
        )
        return opensearchpy.OpenSearch(
            hosts=[{"host": endpoint.host, "port": endpoint.port}],
            use_ssl=endpoint.secure,
            http_auth=_signing(self._address, self._region) if self._address.signed else None,
            serializer=_Serializer(),
            max_retries=ATTEMPTS - 1,
            retry_on_timeout=False,
            retry_on_status=(502, 503, 504),
            pool_maxsize=16,
            **trust,
        )


class _Serializer:
    """JSON by msgspec: it keeps every digit of a position, and is quicker."""

    mimetype = "application/json"

    def loads(self, text: str) -> Any:
        from opensearchpy.exceptions import SerializationError

        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise SerializationError("no JSON", error) from None

    def dumps(self, content: bytes) -> bytes:
        return content


def _signing(address: Address, region: str) -> Any:
    """Return what makes the headers that sign a request, as opensearch-py asks for them."""
    signer = Signer("es", region, from_environment())
    host = address.endpoint.authority

    def sign(method: str, url: str, body: bytes | None) -> dict[str, str]:
        parts = urlsplit(url)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return signer.sign(Request(method, parts.path, {"host": host}, body or b"", query))

    return sign


def _kind(error: Any) -> str:
    """Return what kept a request from being answered, and nothing of the request."""
    info = getattr(error, "info", None)
    return type(info if isinstance(info, Exception) else error).__name__


def _problem(status: Any, kind: Any, info: str) -> Exception:
    """Return the error that an answer stands for."""
    if any(each in info for each in _TOO_COSTLY):
        return NotSupported("The search asks for more than the index can do", code="too-costly")
    if kind in ("index_not_found_exception", "aliases_not_found_exception") or status == 404:
        return Missing(str(kind))
    if kind == "resource_already_exists_exception":
        return Exists(str(kind))
    if status == 429 or not isinstance(status, int) or status >= 500:
        return Unavailable(f"The search index is busy or down: {status}")
    text = f"The search index refuses a request: {status} {kind}"
    return Refused(text) if status in (400, 413) else ServiceError(text)
