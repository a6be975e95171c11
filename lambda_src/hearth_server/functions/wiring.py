"""The parts of the server, made once per process from the environment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from hearth_server import search, settings
from hearth_server import store as store_package
from hearth_server.access.roles import RoleAuthorizer, default_roles
from hearth_server.functions import log
from hearth_server.search.protocol import Search
from hearth_server.services import Services
from hearth_server.store.protocol import Record

if TYPE_CHECKING:
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
    return search.open(stage_settings(), store())


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
    )


class LateSearch:
    """A search that may hear of a commit late: it stands, whatever becomes of its index entry.

    The stream of the table brings the entry later, so a failure is logged and no more.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self.matching = search.matching
        self.find = search.find
        self.count = search.count
        self.index = search.index

    def announce(self, records: Sequence[Record]) -> None:
        """Make records findable, or log that they are not yet."""
        try:
            self._search.index(records)
        except Exception as error:  # noqa: BLE001 - the write it belongs to stands
            log.fault("index-late", error, records=len(records))
