"""The `ResourceStore` over DynamoDB and S3, put together from its parts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence

from hearth_server import deadline
from hearth_server.aws.dynamodb import DynamoDBClient, Item
from hearth_server.aws.errors import Unanswered
from hearth_server.aws.s3 import Bucket
from hearth_server.errors import Unavailable
from hearth_server.store.dynamodb import changes
from hearth_server.store.dynamodb.bodies import Bodies
from hearth_server.store.dynamodb.commit import Committer
from hearth_server.store.dynamodb.expunge import Expunger
from hearth_server.store.dynamodb.guards import Guards
from hearth_server.store.dynamodb.history import Histories
from hearth_server.store.dynamodb.horizon import Horizons
from hearth_server.store.dynamodb.items import (
    ItemKey,
    binary,
    key_attributes,
    read_binary,
)
from hearth_server.store.dynamodb.notes import Notes
from hearth_server.store.dynamodb.reader import Reader
from hearth_server.store.dynamodb.registry import Registry
from hearth_server.store.dynamodb.sweep import Sweep, Swept
from hearth_server.store.dynamodb.table import Put, Refused, Table
from hearth_server.store.dynamodb.transactions import Transactions
from hearth_server.store.dynamodb.walk import Walk
from hearth_server.store.limits import now_milliseconds
from hearth_server.store.protocol import (
    Claim,
    Erasure,
    HistoryPage,
    HistoryQuery,
    Key,
    Receipt,
    ReceiptRequest,
    Record,
    Write,
)

BUDGET_SECONDS = 25.0
"""The longest that a method takes when the request set no nearer deadline."""

SWEEP_SECONDS = 600.0


class DynamoDBStore:
    """Keeps records in a DynamoDB table, and the largest bodies in an S3 bucket."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        bucket: Bucket,
        clock: Callable[[], int] = now_milliseconds,
    ) -> None:
        self._table = Table(client, table)
        bodies = Bodies(bucket)
        self._transactions = transactions = Transactions(self._table, clock)
        self._horizons = horizons = Horizons(self._table, transactions, clock)
        self._registry = Registry(self._table)
        self._reader = Reader(self._table, bodies, transactions)
        self._guards = Guards(self._table, transactions, clock)
        self._committer = Committer(
            self._table, bodies, transactions, self._reader, self._guards, self._registry, clock
        )
        self._histories = Histories(self._table, self._reader, self._registry, horizons)
        self._expunger = Expunger(self._table, bodies, self._guards, clock)
        self._sweep = Sweep(
            self._table, bucket, transactions, horizons, self._committer.staging,
            self._registry, clock,
        )  # fmt: skip
        self._secrets: dict[str, bytes] = {}

    def latest(self, key: Key) -> Record | None:
        """Return the newest committed version, a tombstone included; None if there is none."""
        with _in_time():
            return self._reader.latest(key)

    def latest_of(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the newest committed version of each key that has one."""
        with _in_time():
            return self._reader.latest_of(keys)

    def version(self, key: Key, version: int) -> Record | None:
        """Return one committed version, a tombstone included."""
        with _in_time():
            return self._reader.version(key, version)

    def versions(self, wanted: Iterable[tuple[Key, int]]) -> dict[tuple[Key, int], Record]:
        """Return each of the wanted versions that is committed, by batch reads."""
        with _in_time():
            return self._reader.versions(wanted)

    def history(self, query: HistoryQuery) -> HistoryPage:
        """Return a page of versions, tombstones included, sorted by time."""
        with _in_time():
            return self._histories.page(query)

    def horizon(self, tenant: str) -> int:
        """Return the milliseconds since 1970 up to which nothing can still be committed."""
        with _in_time():
            return self._horizons.of(tenant).settled

    def commit(
        self, writes: Sequence[Write], receipt: ReceiptRequest | None = None
    ) -> list[Record]:
        """Write all of `writes` or nothing; return the records in the same order."""
        with _in_time():
            return self._committer.commit(writes, receipt)

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        """Return the kept answer of an Idempotency-Key that has not expired."""
        with _in_time():
            return self._guards.kept_receipt(tenant, key)

    def claim_holder(self, claim: Claim) -> Key | None:
        """Return the resource that holds the claim; None when nobody does or it has expired."""
        with _in_time():
            return self._guards.holder(claim)

    def expunge(
        self, key: Key, by: str = "", request: str = "", *, through: int | None = None
    ) -> int:
        """Remove every body of a resource for good, leave void stubs, return their number."""
        with _in_time():
            return self._expunger.expunge(key, by, request, through)

    def erasures(self, tenant: str) -> list[Erasure]:
        """Return every expunge that was begun, oldest first."""
        with _in_time():
            return self._expunger.erasures(tenant)

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under `name`, made at first use."""
        if name not in self._secrets:
            with _in_time():
                self._secrets[name] = self._kept_secret(ItemKey(f"!secret#{name}", 0))
        return self._secrets[name]

    def grow_shards(self, tenant: str, shards: int) -> None:
        """Spread the history index of a tenant over more shards; their number never shrinks."""
        with _in_time():
            self._registry.grow(tenant, shards)

    def changed_keys(self, image: Item) -> list[Key]:
        """Return the resources that an item of the table's stream brings a new version of."""
        with _in_time():
            return changes.changed_keys(image, self._transactions.keys)

    def walk(self, types: Collection[str] | None, since: int = 0) -> Walk:
        """Return a walk over all tenants' versions of some types, or of all, from a time on."""
        with _in_time():
            return Walk(self._table, self._reader, self._registry, types, since)

    def standing(self, wanted: Iterable[tuple[Key, int]]) -> set[tuple[Key, int]]:
        """Return those versions that are committed or expunged, without reading bodies."""
        with _in_time():
            return self._reader.standing(wanted)

    @property
    def notes(self) -> Notes:
        """Where jobs note how far they have come."""
        return Notes(self._table)

    def sweep(self, tenants: Iterable[str] | None = None) -> Swept:
        """Clear away what crashed commits left; say which commits to index again.

        It looks at every tenant unless some are named.
        """
        with _in_time(SWEEP_SECONDS):
            return self._sweep.transactions(tenants)

    def sweep_orphans(self) -> int:
        """Delete the objects that no item names; return their number."""
        with _in_time(SWEEP_SECONDS):
            return self._sweep.orphans()

    def _kept_secret(self, key: ItemKey) -> bytes:
        made = secrets.token_bytes(32)
        item = self._table.get(key)
        if item is None:
            try:
                self._table.put(Put({**key_attributes(key), "value": binary(made)}))
            except Refused:
                item = self._table.get(key)
        found = made if item is None else read_binary(item, "value")
        assert found is not None, "a secret has a value"
        return found


class _in_time:  # noqa: N801 - used like a function
    """Bound the time of what runs inside; raise Unavailable when AWS did not answer in it."""

    __slots__ = ("_bound",)

    def __init__(self, seconds: float = BUDGET_SECONDS) -> None:
        self._bound = deadline.within(seconds)

    def __enter__(self) -> None:
        self._bound.__enter__()

    def __exit__(self, _: object, failure: BaseException | None, __: object) -> None:
        self._bound.__exit__()
        if isinstance(failure, Unanswered):
            raise Unavailable("The store did not answer in time.") from failure
