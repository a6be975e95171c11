"""What all parts of one run share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.goals import split_reference
from hearth_local.engine.project import Project
from hearth_local.engine.provider import Found, Provider
from hearth_local.engine.state import ResourceState, StageState
from hearth_local.engine.steps import Journal


@dataclass(frozen=True, slots=True)
class Run:
    """One preview, update, refresh or destroy of a stage."""

    project: Project
    state: StageState
    providers: ConfiguredProviders
    journal: Journal
    preview: bool = False
    replaced: set[str] = field(default_factory=set)
    """URNs that this run replaced or will replace."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def provider_of(self, resource: ResourceState) -> Provider:
        """Return the provider that made a resource of the state. Raises ProviderError."""
        urn, id_ = split_reference(resource.provider)
        kept = self.state.get(urn)
        return self.providers.configured(urn, id_, kept.inputs if kept else {})


def found(resource: ResourceState) -> Found:
    """Return a resource of the state as its provider knows it."""
    return Found(resource.id, resource.outputs, resource.inputs)
