"""A FHIR response, free of whatever carries it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """A status, headers and a body of bytes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By the name that goes over the wire."""
    body: bytes = b""
