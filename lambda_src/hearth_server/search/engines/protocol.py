"""`SearchEngine`: what an index must do. Engines know nothing of FHIR beyond query and entries.

Every engine passes tests/conformance/search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

from hearth_server.search.entries import Entries
from hearth_server.search.query import Query
from hearth_server.store.protocol import Key

Position: TypeAlias = tuple[int | str | None, ...]
"""Where a hit stands in its order: the values it is sorted by, then the resource's hash."""


class Document(Struct, frozen=True):
    """One version of a resource as the index takes it."""

    key: Key
    version: int
    updated: int
    """Microseconds since 1970."""
    entries: Entries | None
    """None for the tombstone of a delete."""
    contained: tuple[tuple[str, str, Entries], ...] = ()
    """Type, id and entries of each contained resource."""
    narrative: str = ""
    """The folded words of the narrative, each once, with a space on either side."""
    content: str = ""
    """The folded words of everything, likewise."""


class Unindexable(ValueError):
    """A document that the engine cannot take in, whatever comes with it."""


class Hit(Struct, frozen=True):
    """A resource that was found, and the version that was found."""

    key: Key
    version: int
    position: Position


class Cursor(Struct, frozen=True):
    """Where a page starts: beyond a position, or before it when `backwards`."""

    position: Position
    backwards: bool = False


class SearchEngine(Protocol):
    """An index. Each method raises `errors.Unavailable` when the engine cannot be reached."""

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when it goes backwards."""

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""

    def versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key that the index knows, tombstones included."""

    def index(self, documents: Sequence[Document]) -> None:
        """Take in documents; one that is not newer than what is there changes nothing.

        Raises ValueError if one of them cannot be taken in; others may not have been either.
        """
