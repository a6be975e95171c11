"""What the program wants of its resources: URNs, inherited options and chosen providers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hearth_local.engine import urns
from hearth_local.engine.project import Project
from hearth_local.engine.registration import (
    Registration,
    ResourceFailed,
    ResourceOptions,
)
from hearth_local.engine.wire import Properties, Value


@dataclass(frozen=True, slots=True)
class Goal:
    """A registration under its URN, with what it inherits from its parent."""

    urn: str
    registration: Registration

    @property
    def options(self) -> ResourceOptions:
        """The options of the registration."""
        return self.registration.options


class Goals:
    """Every goal of one run. Safe to use from many threads."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._goals: dict[str, Goal] = {}

    def enter(self, registration: Registration) -> Goal:
        """Return the goal for a registration. Raises ResourceFailed for a URN seen before."""
        urn = urns.create(
            self._project.stage,
            self._project.name,
            registration.parent,
            registration.type,
            registration.name,
        )
        with self._lock:
            if urn in self._goals:
                raise ResourceFailed(urn, "is registered twice; give one of the two another name")
            goal = Goal(urn, self._inherit(registration))
            self._goals[urn] = goal
        return goal

    def entered(self, urn: str) -> bool:
        """Say whether the program has registered this URN in this run."""
        with self._lock:
            return urn in self._goals

    def all(self) -> Mapping[str, Goal]:
        """Return the goals by URN, in the order in which they came."""
        with self._lock:
            return dict(self._goals)

    def _inherit(self, registration: Registration) -> Registration:
        parent = self._goals.get(registration.parent)
        if parent is None:
            return registration
        options = registration.options
        inherited = replace(
            options,
            retain_on_delete=options.retain_on_delete or parent.options.retain_on_delete,
            deleted_with=options.deleted_with or parent.options.deleted_with,
            providers={**parent.options.providers, **options.providers},
        )
        provider = registration.provider
        if registration.custom and not provider and not urns.is_provider(registration.type):
            provider = inherited.providers.get(urns.package_of(registration.type), "")
        return replace(registration, options=inherited, provider=provider)


def default_provider(project: Project, package: str, version: str) -> Registration:
    """Return the provider of a package that the program uses without making one itself."""
    suffix = f"_{version.replace('.', '_')}" if version else ""
    inputs: Properties = dict[str, Value](project.provider_config(package))
    if version:
        inputs["version"] = version
    return Registration(
        type=urns.PROVIDER_PREFIX + package,
        name=f"default{suffix}",
        parent="",
        custom=True,
        remote=False,
        inputs=inputs,
        provider="",
        dependencies=(),
        property_dependencies={},
        options=ResourceOptions(),
    )


def split_reference(reference: str) -> tuple[str, str]:
    """Return URN and id of a provider reference `<urn>::<id>`."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_
