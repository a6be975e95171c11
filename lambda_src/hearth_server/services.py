"""The parts that interactions work with, wired once per process by `functions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearth_server.access.principal import Authorizer
from hearth_server.search.protocol import Search
from hearth_server.settings import Settings
from hearth_server.store.protocol import ResourceStore
from hearth_server.validation.protocol import Validator

if TYPE_CHECKING:
    from hearth_server.rest.response import Response


def _directly(perform: Callable[[], Response], _: str) -> Response:
    return perform()


@dataclass(frozen=True, slots=True)
class Services:
    """One of each protocol."""

    settings: Settings
    store: ResourceStore
    search: Search
    validator: Validator
    authorizer: Authorizer
    apart: Callable[[Callable[[], Response], str], Response] = _directly
    """Performs what must not fail the request that it is a part of, whose id it is given: turns
    a fault of ours into a ServiceError, once it is in the log."""
