"""What the values of a search are read against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Codes(Protocol):
    """What a value set or a code system says, for `:in`, `:not-in`, `:above` and `:below`."""

    def in_value_set(self, url: str) -> list[tuple[str, str]] | None:
        """Return the systems and codes of a value set; None if it is not known."""

    def related(self, system: str, code: str, *, below: bool) -> list[str] | None:
        """Return the codes that a code subsumes, or that subsume it; None if not known."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when a search is read."""

    base_url: str = ""
    """The service base URL: references to it are local. Empty for none."""
    now: int = 0
    """Microseconds since 1970, for `ap`."""
    codes: Codes | None = None
