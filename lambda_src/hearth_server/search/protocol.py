"""What interactions ask of search, whatever engine is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from hearth_server.store.protocol import Key, Record

if TYPE_CHECKING:
    from hearth_server.search.engines.protocol import Cursor, Hit
    from hearth_server.search.query import Query


class NotIndexed(Exception):
    """Records that could not be made findable; all others of the same call have been."""

    def __init__(self, records: Sequence[Record], cause: Exception) -> None:
        self.records = tuple(records)
        super().__init__(f"{len(self.records)} records could not be indexed: {cause!r}")


class Search(Protocol):
    """Finds resources by condition, and is told of every commit."""

    def matching(self, tenant: str, type: str, criteria: str, *, limit: int = 2) -> list[Key]:
        """Return up to `limit` current resources that meet a conditional request's criteria.

        `criteria` is a query string without `?`. Raises `errors.InvalidRequest` for criteria
        that are empty or that hold an unknown or a result parameter: to ignore one would widen
        the condition.
        """

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when the cursor goes backwards."""

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""

    def index(self, records: Sequence[Record]) -> None:
        """Make committed records findable. Repeats and old versions are harmless.

        Raises NotIndexed, and `errors.Unavailable` when the engine cannot be reached.
        """

    def announce(self, records: Sequence[Record]) -> None:
        """Hear of a commit: findable at once if possible, else when the stream brings it.

        Only what need not know of a failure announces; who builds on the index uses `index`.
        """

    def require(self) -> None:
        """Raise `errors.Unavailable` when the engine cannot be reached just now."""
