"""A FHIR request, free of whatever carried it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hearth_server.access.principal import Principal


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as every layer below `functions` sees it."""

    method: str
    """In capitals."""
    segments: tuple[str, ...]
    """The path below the base URL, split at `/`, each part percent-decoded."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded parameters of the URL, repeats kept, in order."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; repeats are joined with `, `."""
    body: bytes = b""
    base_url: str = ""
    """The service base URL, without a slash at the end."""
    principal: Principal | None = None
    """None when the path is open to everyone."""
    request_id: str = ""
    deadline: float = float("inf")
    """When to have answered, on the clock of `time.monotonic`."""
