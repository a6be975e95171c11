"""A FHIR response, free of whatever carries it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hearth_server.store.protocol import Record

FHIR_JSON = "application/fhir+json;charset=utf-8"
"""The media type of an answer, unless the client asked for another JSON type."""


@dataclass(frozen=True, slots=True)
class Response:
    """A status, headers and a body of bytes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By the name that goes over the wire."""
    body: bytes = b""
    record: Record | None = None
    """The version that the answer is about, where it is about one."""
    is_outcome: bool = False
    """Whether the body is an OperationOutcome that tells how the request went."""
