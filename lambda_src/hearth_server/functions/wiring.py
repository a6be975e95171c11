"""The parts of the server, made once per process from the environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from hearth_server import deadline, search, settings
from hearth_server import store as store_package
from hearth_server.access.roles import RoleAuthorizer, default_roles
from hearth_server.errors import HearthError, ServiceError, Unavailable
from hearth_server.functions import log
from hearth_server.search.protocol import Search
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Record

if TYPE_CHECKING:
    from hearth_server.aws.s3 import S3Bucket
    from hearth_server.rest.response import Response
    from hearth_server.search.engines.protocol import RepairableEngine
    from hearth_server.store.dynamodb import DynamoDBStore


@cache
def stage_settings() -> settings.Settings:
    """Return what the environment says. Raises SettingError."""
    return settings.from_environment()


@cache
def store() -> DynamoDBStore:
    """Return the stage's store. Raises SettingError."""
    return store_package.open(stage_settings())


@cache
def search_index() -> Search:
    """Return the stage's search. Raises SettingError."""
    return search.open(stage_settings(), store(), _left_out)


@cache
def search_engine() -> RepairableEngine | None:
    """Return the engine of the stage's search, None where there is none. Raises SettingError."""
    return search.open_engine(stage_settings(), _left_out)


def _left_out(key: Key, parts: int) -> None:
    log.line("parts-left-out", level="warning", type=key.type, parts=parts)


@cache
def failed_records() -> S3Bucket:
    """Return the bucket of stream records that could not be indexed. Raises SettingError."""
    name = stage_settings().failed_records_bucket
    if not name:
        raise settings.SettingError("HEARTH_FAILED_RECORDS_BUCKET is not set")
    return store_package.open_bucket(stage_settings(), name)


@cache
def services() -> Services:
    """Return the parts that interactions work with. Raises SettingError."""
    from hearth_server.validation.open import open_validator

    read = stage_settings()
    return Services(
        settings=read,
        store=store(),
        search=LateSearch(search_index()),
        validator=open_validator(read.validation, required=read.required_profiles),
        authorizer=RoleAuthorizer(default_roles()),
        apart=_apart,
    )


def _apart(perform: Callable[[], Response], request_id: str) -> Response:
    try:
        return perform()
    except HearthError:
        raise
    except Exception as error:
        from hearth_server.rest.outcome import INTERNAL_ERROR

        log.fault("fault", error, request=request_id)
        raise ServiceError(INTERNAL_ERROR.text) from error


ANNOUNCED_SECONDS = 5.0
"""How long a write waits for its index entry."""

AWAY_SECONDS = 3.0
"""How long no write asks again for an engine that was away."""


class LateSearch:
    """A search that may hear of a commit late: it stands, whatever becomes of its index entry.

    The stream of the table brings the entry later, so a failure is logged and no more. While the
    engine is away, no write waits for it.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._away_until = float("-inf")
        self.matching = search.matching
        self.find = search.find
        self.count = search.count
        self.index = search.index
        self.require = search.require

    def announce(self, records: Sequence[Record]) -> None:
        """Make records findable, or log that they are not yet."""
        if time.monotonic() < self._away_until:
            return
        try:
            with deadline.within(ANNOUNCED_SECONDS):
                self._search.index(records)
        except Exception as error:  # noqa: BLE001 - the write it belongs to stands
            if isinstance(error, Unavailable):
                self._away_until = time.monotonic() + AWAY_SECONDS
            log.fault("index-late", error, records=len(records))
