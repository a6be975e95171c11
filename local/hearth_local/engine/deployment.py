"""Brings a stage to what its program registers: the deployment behind `update` and `preview`."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace

from hearth_local.engine import custom, deletion, goals, urns
from hearth_local.engine.aliases import Aliases
from hearth_local.engine.goals import Goal, Goals
from hearth_local.engine.provider import ProviderError
from hearth_local.engine.registration import Registered, Registration, ResourceFailed
from hearth_local.engine.run import Run
from hearth_local.engine.state import ResourceState
from hearth_local.engine.steps import Operation
from hearth_local.engine.wire import Properties


class StageDeployment:
    """A `Deployment` over providers and a state. Safe to use from many threads."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._goals = Goals(run.project)
        self._aliases = Aliases(run.project.stage, run.project.name)
        self._lock = threading.Lock()
        self._defaults: dict[tuple[str, str], str] = {}
        self._failure: ResourceFailed | None = None

    def register(self, registration: Registration) -> Registered:
        """Bring a resource to what the program wants. Raises ResourceFailed."""
        if self._failure is not None:
            raise ResourceFailed(registration.name, "was not begun after another failed")
        try:
            goal = self._goals.enter(registration)
            old = self._former_state(goal)
            if urns.is_provider(registration.type):
                return self._bring_provider(goal, old)
            if registration.custom:
                return custom.bring(self._run, goal, self._reference(goal), old)
            return self._bring_component(goal, old)
        except ResourceFailed as failure:
            self._failure = self._failure or failure
            raise

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Keep the outputs of a component or of the stack. Raises ResourceFailed."""
        state = self._run.state.get(urn)
        if state is None:
            raise ResourceFailed(urn, "has outputs but was never registered")
        self._run.state.put(replace(state, outputs=outputs))

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        """Return the answer of a provider's function. Raises ResourceFailed."""
        try:
            reference = provider or self._default(urns.package_of(token), "")
            configured = self._run.providers.by_reference(reference)
            return configured.invoke(token, arguments, preview=self._run.preview)
        except ProviderError as error:
            raise ResourceFailed(token, str(error)) from None

    def finish(self) -> None:
        """Delete what the program no longer has, and what was replaced.

        Nothing is deleted after a failure, even one that the program took no notice of. Raises
        ResourceFailed.
        """
        if self._failure is not None:
            raise self._failure
        state = self._run.state
        dropped = [each for each in state.live() if not self._goals.entered(each.urn)]
        deletion.delete_all(self._run, [*dropped, *state.condemned()])

    def _former_state(self, goal: Goal) -> ResourceState | None:
        state = self._run.state
        former = self._aliases.enter(goal)
        if (old := state.get(goal.urn)) is not None:
            return old
        for urn in former:
            if state.get(urn) is not None and not self._goals.entered(urn):
                state.rename(urn, goal.urn)
                return state.get(goal.urn)
        return None

    def _bring_component(self, goal: Goal, old: ResourceState | None) -> Registered:
        registration = goal.registration
        if registration.remote:
            raise ResourceFailed(goal.urn, "remote components do not run on this machine")
        state = ResourceState(
            urn=goal.urn,
            type=registration.type,
            custom=False,
            inputs=registration.inputs,
            # The program sends them again at its end.
            outputs=old.outputs if old else {},
            parent=registration.parent,
            dependencies=registration.dependencies,
            protect=goal.options.protect,
        )
        self._run.state.put(state)
        return Registered(goal.urn, "", {})

    def _bring_provider(self, goal: Goal, old: ResourceState | None) -> Registered:
        registration = goal.registration
        try:
            providers = self._run.providers
            known = providers.known(goal.urn)  # a refresh has used it
            provider = known or providers.start(registration.type)
            olds = old.inputs if old else {}
            inputs = provider.check_config(goal.urn, olds, registration.inputs)
            id_ = old.id if old else ""
            if old is None or provider.config_replaces(goal.urn, id_, olds, inputs):
                id_ = str(uuid.uuid4())
            if known is None or inputs != olds:
                provider = providers.start(registration.type) if known else provider
                provider.configure(goal.urn, id_, inputs)
        except ProviderError as error:
            raise ResourceFailed(goal.urn, str(error)) from None
        self._run.providers.keep(goal.urn, provider)
        state = ResourceState(
            urn=goal.urn,
            type=registration.type,
            custom=True,
            id=id_,
            inputs=inputs,
            outputs=inputs,
            parent=registration.parent,
            dependencies=registration.dependencies,
            protect=goal.options.protect,
        )
        self._run.state.put(state)
        self._run.journal.done(Operation.SAME if old else Operation.CREATE, goal.urn)
        return Registered(goal.urn, id_, inputs)

    def _reference(self, goal: Goal) -> str:
        registration = goal.registration
        return registration.provider or self._default(
            urns.package_of(registration.type), registration.options.version
        )

    def _default(self, package: str, version: str) -> str:
        with self._lock:
            if (package, version) not in self._defaults:
                registration = goals.default_provider(self._run.project, package, version)
                goal = self._goals.enter(registration)
                made = self._bring_provider(goal, self._former_state(goal))
                self._defaults[package, version] = f"{made.urn}::{made.id}"
            return self._defaults[package, version]
