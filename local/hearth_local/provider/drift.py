"""What AWS says a resource is, laid over what the program said it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_local.provider.changes import same
from hearth_local.provider.schema import Shape, inner_shape
from hearth_local.provider.values import Archive, Asset, Properties, Secret, without_internal


def imported_inputs(seen: Properties, shape: Shape) -> Properties:
    """Return all inputs that AWS tells, for a resource that no program has described yet."""
    known = {name: value for name, value in seen.items() if name in shape.properties}
    return {name: value for name, value in known.items() if value not in (None, [], {}, "")}


def actual_inputs(prior: Properties, seen: Properties, shape: Shape) -> Properties:
    """Return the inputs as AWS has them: the prior ones where AWS agrees or does not say.

    What the program left to AWS is no input, not even where it gave no input at all.
    """
    actual = {
        name: _narrow(value, seen[name], shape.properties.get(name, "any"))
        if name in seen
        else value
        for name, value in prior.items()
    }
    return {name: value for name, value in actual.items() if value is not None}


def outputs(inputs: Properties, seen: Properties, shape: Shape) -> Properties:
    """Return the outputs: what AWS says, and inputs where it says nothing or means the same."""
    result = without_internal(inputs)
    for name, value in seen.items():
        result[name] = _widen(inputs.get(name), value, shape.properties.get(name, "any"))
    return {name: value for name, value in result.items() if value is not None}


def _narrow(prior: Any, seen: Any, spec: str) -> Any:
    """Return `seen` limited to what `prior` says something about; `prior` if they agree."""
    kind, _, member = spec.partition(":")
    match prior, seen:
        case (Archive() | Asset(), _):
            return prior
        case _ if same(prior, seen):
            return prior
        case Secret(), _:
            return Secret(_narrow(prior.value, seen, spec))
        case dict(), Mapping() if spec.startswith("#"):
            shape = inner_shape(spec[1:])
            narrowed = {
                name: _narrow(value, seen[name], shape.properties.get(name, "any"))
                if name in seen
                else value
                for name, value in prior.items()
            }
            return {name: value for name, value in narrowed.items() if value is not None}
        case list(), list() if kind == "list" and (paired := _paired(prior, seen, member)):
            return [_narrow(mine, theirs, member) for mine, theirs in paired]
    return seen


def _widen(prior: Any, seen: Any, spec: str) -> Any:
    """Return `seen` with what only `prior` says; `prior` where they mean the same."""
    kind, _, member = spec.partition(":")
    match prior, seen:
        case (Archive() | Asset(), _):
            return prior
        case Secret(), _:
            return _widen(prior.value, seen, spec)
        case dict(), Mapping() if spec.startswith("#"):
            shape = inner_shape(spec[1:])
            return {
                name: _widen(
                    prior.get(name), seen.get(name, prior.get(name)), shape.properties[name]
                )
                for name in shape.properties
                if name in seen or name in prior
            }
        case list(), list() if kind == "list" and (paired := _paired(prior, seen, member)):
            return [_widen(mine, theirs, member) for mine, theirs in paired]
        case _ if prior is not None and same(prior, seen):
            return prior
    return seen


def _paired(prior: list[Any], seen: list[Any], spec: str) -> list[tuple[Any, Any]] | None:
    """Return each prior member with the member of `seen` that agrees; None if not all do.

    AWS keeps many lists as sets, so their order means nothing.
    """
    if len(prior) != len(seen):
        return None
    left = list(seen)
    found: list[tuple[Any, Any]] = []
    for mine in prior:
        match_ = next((theirs for theirs in left if same(_narrow(mine, theirs, spec), mine)), None)
        if match_ is None:
            return None
        left.remove(match_)
        found.append((mine, match_))
    return found
