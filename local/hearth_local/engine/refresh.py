"""Asks the providers what is really there, and lets the state follow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hearth_local.engine import urns, wire
from hearth_local.engine.provider import ProviderError
from hearth_local.engine.registration import ResourceFailed
from hearth_local.engine.run import Run, found
from hearth_local.engine.state import ResourceState

_READERS = 8


def refresh(run: Run) -> list[ResourceState]:
    """Read every resource of the state; return those that are gone, which are then forgotten.

    What was changed behind the engine's back is kept as it is now, so that the next update
    changes it back. Raises ResourceFailed.
    """
    owned = [
        each
        for each in run.state.live()
        if each.custom and not each.external and not urns.is_provider(each.type)
    ]
    with ThreadPoolExecutor(max_workers=_READERS) as readers:
        gone = list(readers.map(lambda each: _is_gone(run, each), owned))
    lost = [each for each, is_gone in zip(owned, gone, strict=True) if is_gone]
    for resource in lost:
        run.state.forget(resource)
    return lost


def _is_gone(run: Run, resource: ResourceState) -> bool:
    try:
        seen = run.provider_of(resource).read(resource.urn, found(resource))
    except ProviderError as error:
        raise ResourceFailed(resource.urn, str(error)) from None
    if not seen.id:
        return True
    outputs = {
        key: wire.secret(value) if wire.is_secret(resource.outputs.get(key)) else value
        for key, value in seen.outputs.items()
    }
    run.state.put(replace(resource, outputs=outputs, inputs=seen.inputs or resource.inputs))
    return False
