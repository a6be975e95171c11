"""What a job asks of a store beside what every store can do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from hearth_server.store.protocol import Key, ResourceStore


class Stretch(Protocol):
    """A part of a walk."""

    @property
    def versions(self) -> tuple[tuple[Key, int], ...]:
        """Committed versions; a resource may come many times."""

    @property
    def next(self) -> str | None:
        """Where to go on; None at the end."""

    @property
    def done(self) -> int:
        """Parts of the store that are behind."""

    @property
    def shards(self) -> int:
        """How many parts there are."""


class Walk(Protocol):
    """A walk over the versions of a store."""

    def after(self, place: str | None, limit: int) -> Stretch:
        """Return the versions beyond a place."""


class WalkableStore(ResourceStore, Protocol):
    """A store that says what it holds."""

    def walk(self, types: Collection[str] | None, since: int = 0) -> Walk:
        """Return a walk over all tenants' versions of some types, or of all.

        It begins with those of `since`, in milliseconds since 1970, and may miss what was
        committed in the last seconds.
        """

    def standing(self, wanted: Iterable[tuple[Key, int]]) -> set[tuple[Key, int]]:
        """Return those versions that are committed or expunged, without reading bodies."""
