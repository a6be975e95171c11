"""What interactions ask of search, whatever engine is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hearth_server.store.protocol import Key, Record


class Search(Protocol):
    """Finds resources by condition, and is told of every commit."""

    def matching(self, tenant: str, type: str, criteria: str, *, limit: int = 2) -> list[Key]:
        """Return up to `limit` current resources that meet a conditional request's criteria.

        `criteria` is a query string without `?`. Raises `errors.InvalidRequest` for criteria
        that are empty or that hold an unknown or a result parameter: to ignore one would widen
        the condition.
        """

    def index(self, records: Sequence[Record]) -> None:
        """Make committed records findable. Repeats and old versions are harmless."""
