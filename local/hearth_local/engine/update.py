"""What one does with a stage: update it, preview that, refresh it, destroy it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from hearth_local.engine import deletion, program, wire
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.deployment import StageDeployment
from hearth_local.engine.monitor import Message
from hearth_local.engine.program import ProgramFailed
from hearth_local.engine.project import Project
from hearth_local.engine.registration import (
    Deployment,
    Registered,
    Registration,
    ResourceFailed,
)
from hearth_local.engine.run import Run
from hearth_local.engine.state import StageState
from hearth_local.engine.steps import Journal, Operation, Reporter
from hearth_local.engine.urns import STACK_TYPE
from hearth_local.engine.wire import Properties


class UpdateFailed(Exception):
    """The stage is not what its program wants; one line says what stood in the way.

    Every step that ended well is saved, so the update may simply be run again.
    """


@dataclass(frozen=True, slots=True)
class Updated:
    """What a run did."""

    outputs: Properties
    """The stack's outputs, secrets marked."""
    counts: dict[Operation, int]

    @property
    def changed(self) -> bool:
        """Whether anything was done at all."""
        return bool(set(self.counts) - {Operation.SAME, Operation.READ})


def update(
    project: Project,
    state: StageState,
    providers: ConfiguredProviders,
    *,
    preview: bool = False,
    report: Reporter | None = None,
    on_message: Callable[[Message], None] = program.ignore_message,
    prepare: Callable[[], None] | None = None,
) -> Updated:
    """Run the program and bring the stage to what it registers, or say what that would do.

    `prepare` runs beside the program's start and before its first resource. Raises UpdateFailed,
    and what `prepare` raises.
    """
    if preview:
        state = state.for_preview()
    run = Run(project, state, providers, Journal(report), preview)
    deployment = StageDeployment(run)
    with ThreadPoolExecutor(max_workers=1) as beside:
        ready = beside.submit(prepare or (lambda: None))
        try:
            gate = program.ProgramRun(_Gate(ready, deployment), preview)
            program.run(project, gate, on_message=on_message)
            deployment.finish()
        except (ProgramFailed, ResourceFailed) as error:
            ready.result()  # if the preparation failed, that is the reason
            raise UpdateFailed(str(error)) from None
        finally:
            state.sync()
    return Updated(_stack_outputs(state), run.journal.counts())


def destroy(
    project: Project,
    state: StageState,
    providers: ConfiguredProviders,
    *,
    report: Reporter | None = None,
) -> Updated:
    """Delete every resource of the stage, dependents first. Raises UpdateFailed."""
    run = Run(project, state, providers, Journal(report))
    try:
        deletion.delete_all(run, [*state.live(), *state.condemned()])
    except ResourceFailed as error:
        raise UpdateFailed(str(error)) from None
    finally:
        state.sync()
    return Updated({}, run.journal.counts())


class _Gate:
    """Holds the program's requests back until the preparation is done."""

    def __init__(self, ready: Future[None], deployment: Deployment) -> None:
        self._ready = ready
        self._deployment = deployment

    def register(self, registration: Registration) -> Registered:
        self._ready.result()
        return self._deployment.register(registration)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        self._ready.result()
        self._deployment.register_outputs(urn, outputs)

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        self._ready.result()
        return self._deployment.invoke(token, arguments, provider)


def _stack_outputs(state: StageState) -> Properties:
    for resource in state.live():
        if resource.type == STACK_TYPE:
            return {
                key: value
                for key, value in resource.outputs.items()
                if not wire.is_unknown(wire.plain(value))
            }
    return {}
