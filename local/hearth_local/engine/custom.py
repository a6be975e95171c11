"""Brings one custom resource to what the program wants, through its provider."""

from __future__ import annotations

import secrets
from dataclasses import replace

from hearth_local.engine import assets, operations, paths
from hearth_local.engine.goals import Goal, split_reference
from hearth_local.engine.operations import Work
from hearth_local.engine.provider import Difference, Provider, ProviderError
from hearth_local.engine.registration import Registered, ResourceFailed
from hearth_local.engine.run import Run, found
from hearth_local.engine.state import ResourceState
from hearth_local.engine.wire import Properties

_SEED_BYTES = 32


def bring(run: Run, goal: Goal, reference: str, old: ResourceState | None) -> Registered:
    """Create, change, replace, read or leave the resource, and return what it became.

    `reference` names its provider, `old` is what the state knows of it. Raises ResourceFailed.
    """
    try:
        provider = run.providers.by_reference(reference)
        if goal.registration.read_id is not None:
            return operations.read(run, goal, reference, provider)
        if old is not None and not _still_there(run, old, provider):
            old = None
        if old is None and goal.options.import_id:
            old = operations.imported(goal, reference, provider)
        return _reach(run, goal, reference, provider, old)
    except (ProviderError, assets.AssetError, ValueError) as error:
        raise ResourceFailed(goal.urn, str(error)) from None


def _still_there(run: Run, old: ResourceState, provider: Provider) -> bool:
    """Say whether the stage has this resource; a deletion may have been interrupted."""
    if old.external:
        return False
    pending = run.state.pending(old.urn)
    if pending is None or pending.operation != "delete":
        return True
    return bool(provider.read(old.urn, found(old)).id)


def _wanted(run: Run, goal: Goal, old: ResourceState | None) -> Properties:
    wanted = assets.resolve(goal.registration.inputs, run.project.folder)
    if old is not None:
        wanted = paths.keep_ignored(old.inputs, wanted, goal.options.ignore_changes)
    return wanted


def _reach(
    run: Run, goal: Goal, reference: str, provider: Provider, old: ResourceState | None
) -> Registered:
    wanted = _wanted(run, goal, old)
    seed = secrets.token_bytes(_SEED_BYTES)
    if old is None:
        return _create(run, Work(goal, reference, provider, wanted), seed)
    inputs = provider.check(goal.urn, old.inputs, wanted, seed)
    work = Work(goal, reference, provider, inputs)
    difference = _difference(run, work, old)
    if difference.replaces:
        # The new one chooses its defaults, such as its name, afresh.
        inputs = provider.check(goal.urn, {}, wanted, seed)
        return operations.replace_with_new(run, replace(work, inputs=inputs), old, difference)
    if difference.changed or old.unfinished:
        return operations.update(run, work, old, difference)
    return operations.leave(run, work, old)


def _create(run: Run, work: Work, seed: bytes) -> Registered:
    urn, wanted = work.goal.urn, work.inputs
    pending = run.state.pending(urn)
    if pending is not None and pending.operation == "create":
        # A creation that was interrupted goes on under the name that it chose.
        inputs = work.provider.check(urn, pending.inputs, wanted, seed)
        try:
            return operations.create(run, replace(work, inputs=inputs))
        except ProviderError:
            # What it left may block the name. Another name is free, if the program gives none.
            fresh = work.provider.check(urn, {}, wanted, seed)
            if fresh == inputs:
                raise
            return operations.create(run, replace(work, inputs=fresh))
    inputs = work.provider.check(urn, {}, wanted, seed)
    return operations.create(run, replace(work, inputs=inputs))


def _difference(run: Run, work: Work, old: ResourceState) -> Difference:
    known = found(old)
    known = replace(known, inputs=assets.keep_equal_content(known.inputs, work.inputs))
    options = work.goal.options
    difference = work.provider.diff(work.goal.urn, known, work.inputs, options.ignore_changes)
    replaces = set(difference.replaces)
    for pattern in options.replace_on_changes:
        replaces.update(path for path in difference.properties if paths.covers(pattern, path))
    old_provider, old_id = split_reference(old.provider)
    new_provider, new_id = split_reference(work.reference)
    if old_provider == new_provider and old_id != new_id:
        replaces.add("provider")
    with run.lock:
        if run.replaced.intersection(options.replace_with):
            replaces.add("replaceWith")
    if not replaces:
        return difference
    return replace(difference, changed=True, replaces=tuple(sorted(replaces)))
