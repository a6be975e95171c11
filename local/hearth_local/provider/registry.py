"""All resource types and functions that the provider knows, by token."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from hearth_local.provider import services
from hearth_local.provider.resource import ResourceType


class UnknownTypeError(Exception):
    """The provider does not know a type or function: the message names it."""


@cache
def resource_types() -> dict[str, ResourceType]:
    """Return every known type by token."""
    for module in pkgutil.iter_modules(services.__path__):
        importlib.import_module(f"{services.__name__}.{module.name}")
    kinds = [kind for kind in _subclasses(ResourceType) if hasattr(kind, "pulumi_type")]
    return {kind.pulumi_type: kind() for kind in kinds}


def resource_type(token: str) -> ResourceType:
    """Return the type for a token; raises UnknownTypeError."""
    try:
        return resource_types()[token]
    except KeyError:
        raise UnknownTypeError(
            f"the local stage does not know the resource type {token}; "
            "it can be added in hearth_local/provider/services"
        ) from None


def _subclasses(kind: type) -> set[type[ResourceType]]:
    direct: set[type[ResourceType]] = set(kind.__subclasses__())
    return direct.union(*(_subclasses(child) for child in direct))
