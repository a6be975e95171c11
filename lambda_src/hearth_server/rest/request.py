"""A FHIR request, free of whatever carried it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from hearth_server.access.principal import Principal


class Once(Struct, frozen=True):
    """The Idempotency-Key of a request: whoever sends it again gets the first answer."""

    key: str
    """Names the caller and what they sent as the key."""
    fingerprint: str
    """A digest of what the request asks."""
    expires: int
    """Seconds since 1970."""


class Request(Struct, frozen=True):
    """One request, as every layer below `functions` sees it."""

    method: str
    """In capitals."""
    segments: tuple[str, ...]
    """The path below the base URL, split at `/`, each part percent-decoded."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded parameters of the URL, repeats kept, in order."""
    headers: Mapping[str, str] = {}
    """By lower-case name; repeats are joined with `, `."""
    body: bytes = b""
    base_url: str = ""
    """The service base URL, without a slash at the end."""
    other_base_urls: tuple[str, ...] = ()
    """Further base URLs of this server, under which references are its own too."""
    principal: Principal | None = None
    """None when the path is open to everyone."""
    request_id: str = ""
    deadline: float = float("inf")
    """When to have answered, on the clock of `time.monotonic`."""
    resource: Any = None
    """The body of an entry of a bundle, which has been parsed with it."""
    once: Once | None = None
    """Set for a request whose answer is kept."""

    def below_base(self, url: str) -> str:
        """Return what stands behind a base URL of this server; any other URL as it is."""
        for base in (self.base_url, *self.other_base_urls):
            below = url.removeprefix(base)
            if below != url and below[:1] in ("", "/", "?"):
                return below.removeprefix("/")
        return url
