"""`SearchEngine`: what an index must do. Engines know nothing of FHIR beyond query and entries.

Every engine passes tests/conformance/search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

    def __init__(self, reason: str, documents: Sequence[Document] = ()) -> None:
        """Take the documents that are refused, if all others of the call have been taken in."""
        super().__init__(reason)
        self.documents = tuple(documents)


Report: TypeAlias = Callable[[Key, int], None]
"""Hears of a resource and of how many of its parts had no room in the index."""


class Hit(Struct, frozen=True):
    """A resource that was found, and the version that was found."""

    key: Key
    version: int
    position: Position


class Known(Struct, frozen=True):
    """What an index has of a resource."""

    key: Key
    version: int
    deleted: bool
    """Whether it is the tombstone of a delete."""


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


class RepairableEngine(SearchEngine, Protocol):
    """An index that can be compared, mended and built anew while it is in use.

    An index has generations, each complete in itself: one that is read, at most one that is being
    built, and those that were read before and are not removed yet. `find`, `count`, `versions` and
    `scan` read the one that is read; `index` and `rewrite` write into every one. A process learns
    of a change of generations within `LEARNT_SECONDS` when it reads, and at once when it writes:
    each call of `index` asks which generations there are, before it writes. Positions of hits are
    the same in every generation, so that a walk over pages goes on across a swap.
    """

    def scan(self, after: Key | None, limit: int) -> list[Known]:
        """Return up to `limit` resources of all tenants, tombstones included, beyond `after`.

        They come in an order of the engine's own, each once; fewer than `limit` are the last.
        """

    def rewrite(self, documents: Sequence[Document]) -> None:
        """Take in documents again; one that is older than what is there changes nothing.

        Unlike `index` it replaces the same version. Raises ValueError as `index` does.
        """

    def begin(self) -> None:
        """Start a new, empty generation, unless one is being built already."""

    def building(self) -> bool:
        """Whether a generation is being built."""

    def built_versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return what `versions` does, of the generation that is being built."""

    def fill(self, documents: Sequence[Document]) -> None:
        """Take documents into the generation that is being built only, as `index` does.

        Raises LookupError when none is being built.
        """

    def swap(self) -> None:
        """Have searches read the generation that is being built. Without one, do nothing."""

    def discard(self) -> None:
        """Remove the generations that were read before the one that is read now."""

    def abandon(self) -> None:
        """Remove the generation that is being built. Without one, do nothing."""


LEARNT_SECONDS = 5.0
"""How soon a process that reads knows of a swap: `discard` is called no sooner after it."""
