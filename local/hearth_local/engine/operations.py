"""The steps on one custom resource: each calls its provider, saves the state and reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hearth_local.engine import adoption, deletion, wire
from hearth_local.engine.goals import Goal
from hearth_local.engine.provider import Difference, Found, Provider, ProviderError
from hearth_local.engine.registration import Registered, ResourceFailed
from hearth_local.engine.replacement import dependents_to_replace
from hearth_local.engine.run import Run, found
from hearth_local.engine.state import PendingOperation, ResourceState
from hearth_local.engine.steps import Operation
from hearth_local.engine.wire import Properties


@dataclass(frozen=True, slots=True)
class Work:
    """A goal with its provider, and its inputs as the provider checked them."""

    goal: Goal
    reference: str
    provider: Provider
    inputs: Properties


def create(run: Run, work: Work) -> Registered:
    """Make a resource that does not exist. Raises ProviderError."""
    with run.lock:
        again = work.goal.urn in run.replaced
    operation = Operation.REPLACE if again else Operation.CREATE
    pending = run.state.pending(work.goal.urn)
    interrupted = pending is not None and pending.operation == "create"

    def make() -> Found:
        try:
            return work.provider.create(work.goal.urn, work.inputs, preview=run.preview)
        except ProviderError as error:
            if not interrupted or error.made or not error.answered:
                raise
            # The creation that was interrupted may have taken effect.
            adopted = adoption.find(work.provider, work.goal.urn, work.inputs)
            if adopted is None:
                raise
            return adopted

    return _perform(run, work, operation, make)


def update(run: Run, work: Work, old: ResourceState, difference: Difference) -> Registered:
    """Change a resource in place. Raises ProviderError."""

    def change() -> Found:
        outputs = work.provider.update(
            work.goal.urn,
            found(old),
            work.inputs,
            ignored=work.goal.options.ignore_changes,
            preview=run.preview,
        )
        return Found(old.id, outputs, work.inputs)

    return _perform(run, work, Operation.UPDATE, change, ", ".join(difference.properties))


def replace_with_new(
    run: Run, work: Work, old: ResourceState, difference: Difference
) -> Registered:
    """Make a new resource in the place of the old one. Raises ProviderError, ResourceFailed."""
    urn, options = work.goal.urn, work.goal.options
    changed = ", ".join(difference.replaces)
    if options.protect:
        raise ResourceFailed(urn, f"is protected, and {changed} cannot change without a new one")
    with run.lock:
        run.replaced.add(urn)
    first = options.delete_before_replace
    if difference.delete_before_replace if first is None else first:
        doomed = dependents_to_replace(run, urn)
        with run.lock:
            run.replaced.update(each.urn for each in doomed)
        # To lift the protection and replace in one update is allowed.
        deletion.delete_all(run, [*doomed, replace(old, protect=False)])
        return create(run, work)

    def make() -> Found:
        return work.provider.create(urn, work.inputs, preview=run.preview)

    return _perform(run, work, Operation.REPLACE, make, changed, condemn=old)


def leave(run: Run, work: Work, old: ResourceState) -> Registered:
    """Keep a resource as it is; only its options may have changed."""
    kept = _keep(run, work, Found(old.id, old.outputs, work.inputs))
    run.journal.done(Operation.SAME, work.goal.urn)
    return kept


def read(run: Run, goal: Goal, reference: str, provider: Provider) -> Registered:
    """Look up a resource that the stage does not own. Raises ProviderError."""
    registration = goal.registration
    id_ = registration.read_id or ""
    if wire.is_unknown(id_):
        return Registered(goal.urn, "", registration.inputs)
    run.journal.begun(Operation.READ, goal.urn)
    seen = provider.read(goal.urn, Found(id_, registration.inputs, {}))
    if not seen.id:
        raise ProviderError(f"there is no resource with the id {id_!r}")
    work = Work(goal, reference, provider, registration.inputs)
    kept = _keep(run, work, replace(seen, inputs=registration.inputs), external=True)
    run.journal.done(Operation.READ, goal.urn)
    return kept


def imported(goal: Goal, reference: str, provider: Provider) -> ResourceState:
    """Return an existing resource that the program wants to own. Raises ProviderError."""
    id_ = goal.options.import_id
    seen = provider.read(goal.urn, Found(id_, {}, {}))
    if not seen.id:
        raise ProviderError(f"there is no resource with the id {id_!r} to import")
    return _state(Work(goal, reference, provider, seen.inputs), seen)


def _perform(
    run: Run,
    work: Work,
    operation: Operation,
    call: Callable[[], Found],
    detail: str = "",
    condemn: ResourceState | None = None,
) -> Registered:
    urn = work.goal.urn
    run.journal.begun(operation, urn, detail)
    kind = "update" if operation is Operation.UPDATE else "create"
    run.state.begin(PendingOperation(urn, kind, work.inputs))
    try:
        made = call()
    except ProviderError as error:
        if error.made is not None:
            _keep(run, work, error.made, condemn=condemn, unfinished=(str(error),))
        elif error.answered:
            run.state.abandon(urn)
        run.journal.failed(operation, urn, str(error))
        raise
    kept = _keep(run, work, made, condemn=condemn)
    run.journal.done(operation, urn, detail)
    return kept


def _keep(
    run: Run,
    work: Work,
    made: Found,
    *,
    condemn: ResourceState | None = None,
    unfinished: tuple[str, ...] = (),
    external: bool = False,
) -> Registered:
    state = replace(_state(work, made), unfinished=unfinished, external=external)
    run.state.put(state, condemn)
    return Registered(state.urn, state.id, state.outputs)


def _state(work: Work, made: Found) -> ResourceState:
    registration, options = work.goal.registration, work.goal.options
    hidden = set(options.additional_secret_outputs)
    return ResourceState(
        urn=work.goal.urn,
        type=registration.type,
        custom=True,
        id=made.id,
        inputs=work.inputs,
        outputs={
            key: wire.secret(value) if key in hidden else value
            for key, value in made.outputs.items()
        },
        parent=registration.parent,
        provider=work.reference,
        dependencies=registration.dependencies,
        property_dependencies=dict(registration.property_dependencies),
        protect=options.protect,
        retain_on_delete=options.retain_on_delete,
        deleted_with=options.deleted_with,
    )
