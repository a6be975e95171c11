"""What a caller may do beside what their request names.

A search looks at resources of more types than it finds: at those of its chains, and at those
that it includes.
"""

from __future__ import annotations

from hearth_server.access.principal import Principal
from hearth_server.errors import Forbidden
from hearth_server.search.query import Condition
from hearth_server.search.tree import other_types
from hearth_server.services import Services


def may(services: Services, principal: Principal, interaction: str, type: str) -> bool:
    """Return whether a caller has the right to an interaction on a type."""
    try:
        services.authorizer.require(principal, interaction, type)
    except Forbidden:
        return False
    return True


def require_looked_at(services: Services, principal: Principal, condition: Condition) -> None:
    """Raise Forbidden for a type which the condition looks at and the caller may not search."""
    for type in dict.fromkeys(other_types(condition)):
        services.authorizer.require(principal, "search-type", type)
