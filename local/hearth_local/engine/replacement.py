"""Finds what must go before a resource that is deleted before its replacement is made."""

from __future__ import annotations

from hearth_local.engine import urns, wire
from hearth_local.engine.run import Run, found
from hearth_local.engine.state import ResourceState


def dependents_to_replace(run: Run, urn: str) -> list[ResourceState]:
    """Return the resources that cannot live on when `urn` is deleted and made anew.

    These are its dependents whose own diff asks for a replacement once the values that they
    take from it are unknown, and their dependents in turn. Raises ProviderError.
    """
    going = {urn}
    doomed: list[ResourceState] = []
    live = run.state.live()
    # A dependent may stand before what it depends on since an update: look until nothing changes.
    changed = True
    while changed:
        changed = False
        for resource in live:
            if resource.urn not in going and _falls_with(run, resource, going):
                going.add(resource.urn)
                doomed.append(resource)
                changed = True
    return doomed


def _falls_with(run: Run, resource: ResourceState, going: set[str]) -> bool:
    if not resource.custom or resource.external or urns.is_provider(resource.type):
        return False
    taken = {
        key
        for key, sources in resource.property_dependencies.items()
        if going.intersection(sources)
    }
    taken &= resource.inputs.keys()
    if not taken:
        return False
    news = {key: wire.UNKNOWN if key in taken else value for key, value in resource.inputs.items()}
    return bool(run.provider_of(resource).diff(resource.urn, found(resource), news).replaces)
