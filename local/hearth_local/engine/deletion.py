"""Deletes resources, those that need another one before that one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hearth_local.engine import urns
from hearth_local.engine.goals import split_reference
from hearth_local.engine.provider import ProviderError
from hearth_local.engine.registration import ResourceFailed
from hearth_local.engine.run import Run, found
from hearth_local.engine.state import PendingOperation, ResourceState
from hearth_local.engine.steps import Operation


def delete_all(run: Run, resources: Collection[ResourceState]) -> None:
    """Delete resources in an order that AWS accepts.

    Nothing is deleted if one of them is protected. Raises ResourceFailed.
    """
    for resource in resources:
        if resource.protect and not resource.condemned:
            raise ResourceFailed(
                resource.urn,
                "is protected and would be deleted; set protect to False first, or keep it",
            )
    going = {each.urn for each in resources if not each.condemned}
    for resource in dependents_first(resources):
        delete(run, resource, gone_with=resource.deleted_with in going)


def delete(run: Run, resource: ResourceState, *, gone_with: bool = False) -> None:
    """Delete one resource; with `gone_with` another's deletion takes it along.

    Raises ResourceFailed.
    """
    owned = resource.custom and not resource.external and not urns.is_provider(resource.type)
    if not owned or gone_with:
        run.state.forget(resource)
        if owned:
            run.journal.done(Operation.DELETE, resource.urn)
        return
    if resource.retain_on_delete:
        run.state.forget(resource)
        run.journal.done(Operation.RETAIN, resource.urn)
        return
    _delete_owned(run, resource)


def dependents_first(resources: Iterable[ResourceState]) -> list[ResourceState]:
    """Return the resources with each one before all that it depends on."""
    left = list(resources)
    by_urn: dict[str, list[ResourceState]] = {}
    for resource in left:
        by_urn.setdefault(resource.urn, []).append(resource)
    ordered: list[ResourceState] = []
    visited: set[int] = set()

    def visit(resource: ResourceState) -> None:
        # Iterative, since a chain of dependencies may be longer than Python's stack.
        stack = [(resource, iter(_needs(resource, by_urn)))]
        visited.add(id(resource))
        while stack:
            current, needs = stack[-1]
            following = next((each for each in needs if id(each) not in visited), None)
            if following is None:
                ordered.append(current)
                stack.pop()
            else:
                visited.add(id(following))
                stack.append((following, iter(_needs(following, by_urn))))

    for resource in left:
        if id(resource) not in visited:
            visit(resource)
    return ordered[::-1]


def _needs(resource: ResourceState, by_urn: dict[str, list[ResourceState]]) -> list[ResourceState]:
    names = [*resource.dependencies, resource.parent, split_reference(resource.provider)[0]]
    names += [urn for several in resource.property_dependencies.values() for urn in several]
    if resource.deleted_with:
        names.append(resource.deleted_with)
    return [each for name in names for each in by_urn.get(name, ()) if each is not resource]


def _delete_owned(run: Run, resource: ResourceState) -> None:
    run.journal.begun(Operation.DELETE, resource.urn)
    if not run.preview:
        try:
            provider = run.provider_of(resource)
            run.state.begin(PendingOperation(resource.urn, "delete", resource.inputs))
            provider.delete(resource.urn, found(resource))
        except ProviderError as error:
            run.journal.failed(Operation.DELETE, resource.urn, str(error))
            raise ResourceFailed(resource.urn, str(error)) from None
    run.state.forget(resource)
    run.journal.done(Operation.DELETE, resource.urn)
