"""Access by role: what a group of users may do stands in `roles.json`, not in code.

A role grants interactions on resource types. Interactions of the whole system, such as
`transaction`, have no type: a role that names them grants them, and each entry of a bundle is
judged again by its own interaction and type.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from hearth_server.access.principal import Principal
from hearth_server.errors import Forbidden
from hearth_server.store.protocol import Key

ROLES = Path(__file__).parent / "roles.json"

EVERY_TYPE = "*"


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some interactions on some types."""

    interactions: frozenset[str]
    """FHIR's codes, such as `read` or `search-type`; operations with their `$`."""
    types: frozenset[str]
    """Resource types; `*` for every type."""

    def covers(self, interaction: str, type: str | None) -> bool:
        """Whether the grant is for this interaction on this type; None is the whole system."""
        return interaction in self.interactions and (
            type is None or type in self.types or EVERY_TYPE in self.types
        )


Roles = Mapping[str, tuple[Grant, ...]]
"""What each group grants; a caller in several groups has the grants of all."""


@cache
def default_roles() -> Roles:
    """Return the roles of `roles.json`."""
    return parse_roles(ROLES.read_bytes())


def parse_roles(text: bytes) -> Roles:
    """Return the roles that a JSON text holds. Raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=dict[str, tuple[Grant, ...]])


class RoleAuthorizer:
    """Decides by the groups of the principal."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def require(self, principal: Principal, interaction: str, type: str | None) -> None:
        """Raise Forbidden unless one of the principal's groups grants the interaction."""
        for group in principal.groups:
            for grant in self._roles.get(group, ()):
                if grant.covers(interaction, type):
                    return
        where = "the whole system" if type is None else type
        raise Forbidden(f"None of the caller's groups may {interaction} on {where}")

    def sees(self, principal: Principal, key: Key) -> bool:
        """Return whether the key is the principal's tenant's: roles know no single resources."""
        return principal.tenant == key.tenant
