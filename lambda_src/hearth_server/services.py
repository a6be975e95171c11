"""The parts that interactions work with, wired once per process by `functions`."""

from __future__ import annotations

from dataclasses import dataclass

from hearth_server.access.principal import Authorizer
from hearth_server.search.protocol import Search
from hearth_server.settings import Settings
from hearth_server.store.protocol import ResourceStore
from hearth_server.validation.protocol import Validator


@dataclass(frozen=True, slots=True)
class Services:
    """One of each protocol."""

    settings: Settings
    store: ResourceStore
    search: Search
    validator: Validator
    authorizer: Authorizer
