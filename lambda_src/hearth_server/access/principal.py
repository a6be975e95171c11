"""The caller of a request, as the API's authorizer vouched for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from hearth_server.store.protocol import SINGLE_TENANT, Key


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller. Built from the request context only, never from what the client sent."""

    subject: str
    """The token's `sub`: opaque, safe to log."""
    groups: tuple[str, ...] = ()
    tenant: str = SINGLE_TENANT
    scopes: tuple[str, ...] = field(default=())


class Authorizer(Protocol):
    """Decides what a principal may do. Each method raises `errors.Forbidden`."""

    def require(self, principal: Principal, interaction: str, type: str | None) -> None:
        """Refuse an interaction on a type; None is the system level."""

    def sees(self, principal: Principal, key: Key) -> bool:
        """Whether the principal may see this one resource."""
