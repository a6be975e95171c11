"""What the values of a search are read against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Members: TypeAlias = Mapping[str, frozenset[str] | None]
"""Codes by system; None stands for every code of the system."""


class Codes(Protocol):
    """What a value set or a code system says, for `:in`, `:not-in`, `:above` and `:below`."""

    def in_value_set(self, url: str) -> Members | None:
        """Return the codes of a value set; None where they are not known."""

    def related(self, system: str, code: str, *, below: bool) -> list[str] | None:
        """Return a code with those that it subsumes or that subsume it; None if not known."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when a search is read."""

    base_url: str = ""
    """The service base URL, which answers name. Empty for none."""
    now: int = 0
    """Microseconds since 1970, for `ap`."""
    codes: Codes | None = None
    other_base_urls: tuple[str, ...] = ()
    """Further base URLs of this server."""

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All base URLs: references to them are to resources of this server."""
        return (self.base_url, *self.other_base_urls) if self.base_url else ()
