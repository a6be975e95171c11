"""Plans which version each write of a commit becomes.

The first attempt trusts that nothing stands above the version a write is based on: the put's own
condition says if that was wrong. Later attempts look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.items import item_key, read_number, read_text, version_pk
from hearth_server.store.dynamodb.reader import Reader
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.parallel import each
from hearth_server.store.protocol import ABSENT, Key, Record, Write
from hearth_server.store.stamp import stamped

_SEEN_ATTRIBUTES = ("pk", "sk", "lu", "tx", "void", "wid")


class Slot(Struct, frozen=True):
    """The version that a write is to become, and its time."""

    version: int
    last_updated: int


class Obstacles(Struct):
    """What keeps a commit from being made as it was planned."""

    mine: dict[int, Item] = {}
    """By the place of the write: versions that an earlier attempt of this very commit wrote."""
    held: list[Exception] = []
    """Receipts and claims that refuse it."""
    stale: list[Key] = []
    busy: list[tuple[str, str]] = []
    """Pending transactions in the way, by tenant and id."""
    done: bool = False
    """Whether an earlier attempt of this very commit took effect, of which no answer came."""
    passing: bool = False
    """Whether the attempt only met another writer's or a throttle, and may be repeated as it is."""

    @property
    def any(self) -> bool:
        """Whether the plan cannot be written as it is."""
        return bool(self.mine or self.held or self.stale or self.busy)


class Planner:
    """Gives each write its slot."""

    def __init__(self, table: Table, reader: Reader, clock: Callable[[], int]) -> None:
        self._table = table
        self._reader = reader
        self._clock = clock

    def plan(
        self, writes: Sequence[Write], wids: Sequence[str], *, look: bool
    ) -> tuple[list[Record], Obstacles]:
        """Return the records to write; look at what is there first if asked to.

        They are complete only if there are no obstacles.
        """
        obstacles = Obstacles()
        now = self._clock()
        slots: list[Slot | None] = [
            None if look else self._trusting(write, now) for write in writes
        ]
        blank = [place for place, slot in enumerate(slots) if slot is None]

        def look_at(place: int) -> tuple[int, Slot | None]:
            return place, self._looking(place, writes[place], wids[place], now, obstacles)

        slots_found = dict(each(look_at, blank))
        records = []
        for place, write in enumerate(writes):
            slot = slots[place] or slots_found[place]
            if slot is not None:
                body = stamped(write, slot.version, slot.last_updated)
                records.append(
                    Record(write.key, slot.version, slot.last_updated, write.method, body)
                )
        return records, obstacles

    def _trusting(self, write: Write, now: int) -> Slot | None:
        """Return the slot right above the base; None if the base's time is not known."""
        if write.base == ABSENT:
            return Slot(1, now)
        before = self._reader.seen.last_updated(write.key, write.base)
        return None if before is None else Slot(write.base + 1, max(now, before + 1))

    def _looking(
        self, place: int, write: Write, wid: str, now: int, obstacles: Obstacles
    ) -> Slot | None:
        """Return the slot above everything that is there; None if there is an obstacle."""
        highest = committed = newest_time = 0
        for item in self._table.newest(version_pk(write.key), _SEEN_ATTRIBUTES):
            highest = max(highest, item_key(item).sk)
            newest_time = max(newest_time, read_number(item, "lu"))
            state = self._reader.state(write.key.tenant, item)
            if state == "pending":
                obstacles.busy.append((write.key.tenant, read_text(item, "tx") or ""))
                return None
            if state == "committed":
                committed = item_key(item).sk
                break
        if committed == write.base:
            return Slot(highest + 1, max(now, newest_time + 1))
        mine = self._mine(write, wid)
        if mine:
            obstacles.mine[place] = mine
        else:
            obstacles.stale.append(write.key)
        return None

    def _mine(self, write: Write, wid: str) -> Item | None:
        """Return the version that this commit's earlier attempt wrote, of which no answer came.

        It can only be the first committed one above the base.
        """
        for item in self._table.range(
            version_pk(write.key), _SEEN_ATTRIBUTES, above=write.base, first=2
        ):
            if self._reader.state(write.key.tenant, item) == "committed":
                return item if read_text(item, "wid") == wid else None
        return None
