"""Create, read, update and delete of any resource type, between an engine's values and AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hearth_local.provider import declared, drift
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import Change, changes
from hearth_local.provider.checking import DEFAULTS
from hearth_local.provider.resource import AWS_ERRORS, PartlyCreatedError, ResourceType, is_gone
from hearth_local.provider.values import (
    UNKNOWN,
    Properties,
    Secret,
    reveal,
    secret_names,
    without_internal,
)


class GoneError(Exception):
    """A resource that should be changed does not exist any more."""


@dataclass(frozen=True)
class Diff:
    """The changes of a resource, and whether the old one must go before the new one comes."""

    changes: list[Change]
    delete_first: bool

    @property
    def replaces(self) -> list[str]:
        """The top-level properties that force a new resource."""
        return sorted({change.name for change in self.changes if change.replaces})


def diff(kind: ResourceType, old: Properties, new: Properties, ignored: list[str]) -> Diff:
    """Return what changed between two sets of checked inputs."""
    found = [
        change
        for change in changes(old, new, kind.replace_on | {"region"})
        if not any(_is_within(change.path, path) for path in ignored)
    ]
    return Diff(found, kind.delete_first or _keeps_name(kind, old, new))


def create(kind: ResourceType, aws: Aws, inputs: Properties) -> tuple[str, Properties]:
    """Make the resource; return its id and outputs.

    Raises AWS's errors, and PartlyCreatedError if the resource exists but is not complete.
    """
    plain = _plain(inputs)
    id = kind.create(aws.within(plain.get("region")), plain)
    try:
        seen = kind.read(aws.within(plain.get("region")), id, plain)
    except AWS_ERRORS as error:
        raise PartlyCreatedError(id, error) from error
    if seen is None:
        raise GoneError(f"{kind.pulumi_type} {id} was created, but AWS does not find it")
    return id, _outputs(kind, aws, inputs, seen)


def planned(kind: ResourceType, inputs: Properties) -> Properties:
    """Return the outputs of a create that did not happen yet: what AWS decides is unknown."""
    unknown: Properties = dict.fromkeys(kind.shape.computed, UNKNOWN)
    known = without_internal(inputs)
    if "tagsAll" in unknown:
        unknown["tagsAll"] = known.get("tags") or {}
    return {**unknown, **known}


def planned_update(kind: ResourceType, old: Properties, inputs: Properties) -> Properties:
    """Return the outputs of an update that did not happen yet."""
    computed = {name: old[name] for name in kind.shape.computed if name in old}
    volatile = {
        name: UNKNOWN for name in kind.volatile(_plain(old), _plain(inputs)) if name in computed
    }
    merged = {**computed, **volatile, **without_internal(inputs)}
    if "tagsAll" in computed:
        merged["tagsAll"] = inputs.get("tags") or {}
    return merged


@dataclass(frozen=True)
class Found:
    """A resource as AWS has it."""

    id: str
    outputs: Properties
    inputs: Properties


def read(
    kind: ResourceType, aws: Aws, id: str, state: Properties, inputs: Properties
) -> Found | None:
    """Return the resource as AWS has it; None if it is gone.

    Without state it is imported, without an id it is sought by its inputs.
    """
    known = _plain({**state, **inputs})
    imported = not known
    if imported:
        id, known = kind.imported(aws, id)
    try:
        id = id or kind.sought(aws.within(known.get("region")), known)
        if not id:
            return None
        seen = kind.read(aws.within(known.get("region")), id, known)
    except AWS_ERRORS as error:
        if is_gone(error):
            return None
        raise
    if seen is None:
        return None
    actual = (
        drift.imported_inputs(seen, kind.shape)
        if imported
        else drift.actual_inputs(inputs, seen, kind.shape)
    )
    if DEFAULTS in inputs:
        actual[DEFAULTS] = inputs[DEFAULTS]
    return Found(id, _outputs(kind, aws, actual, seen), actual)


def update(kind: ResourceType, aws: Aws, id: str, old: Properties, new: Properties) -> Properties:
    """Change the resource and return its outputs; raises GoneError if it does not exist."""
    plain, before = _plain(new), _plain(old)
    where = aws.within(plain.get("region"))
    kind.update(where, id, before, plain)
    seen = kind.read(where, id, {**before, **plain})
    if seen is None:
        raise GoneError(f"{kind.pulumi_type} {id} does not exist any more")
    return _outputs(kind, aws, new, seen)


def delete(kind: ResourceType, aws: Aws, id: str, state: Properties) -> None:
    """Delete the resource; one that is gone already is fine."""
    known = _plain(state)
    try:
        kind.delete(aws.within(known.get("region")), id, known)
    except AWS_ERRORS as error:
        if not is_gone(error):
            raise


def _outputs(kind: ResourceType, aws: Aws, inputs: Properties, seen: Properties) -> Properties:
    result = drift.outputs(inputs, seen, kind.shape)
    if "region" in kind.shape.properties:
        result.setdefault("region", aws.region)
    for name in (secret_names(inputs) | kind.secrets) & result.keys():
        result[name] = Secret(reveal(result[name]))
    return result | declared.marks(kind.pulumi_type, without_internal(inputs))


def _plain(properties: Properties) -> Properties:
    revealed: Any = reveal(without_internal(properties))
    return {name: value for name, value in revealed.items() if value is not None}


def _keeps_name(kind: ResourceType, old: Properties, new: Properties) -> bool:
    """Return whether old and new would bear the same name, which the program gave."""
    if kind.autoname is None or kind.autoname.property in (new.get(DEFAULTS) or []):
        return False
    name = kind.autoname.property
    return name in new and reveal(old.get(name)) == reveal(new[name])


def _is_within(path: str, ignored: str) -> bool:
    return path == ignored or path.startswith((f"{ignored}.", f"{ignored}["))
