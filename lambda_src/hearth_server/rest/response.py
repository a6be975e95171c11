"""A FHIR response, free of whatever carries it back."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from hearth_server.store.protocol import Record

FHIR_JSON = "application/fhir+json;charset=utf-8"
"""The media type of an answer, unless the client asked for another JSON type."""


class Response(Struct, frozen=True):
    """A status, headers and a body of bytes."""

    status: int
    headers: Mapping[str, str] = {}
    """By the name that goes over the wire."""
    body: bytes = b""
    record: Record | None = None
    """The version that the answer is about, where it is about one."""
    is_outcome: bool = False
    """Whether the body is an OperationOutcome that tells how the request went."""
