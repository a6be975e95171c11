"""The check of a program's inputs: types, defaults, names, tags, archives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hearth_local.provider import tags
from hearth_local.provider.archives import ArchiveError, with_hashes
from hearth_local.provider.naming import (
    Autoname,
    NameError_,
    Proposal,
    physical_name,
    prefixed_name,
)
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.schema import Failure
from hearth_local.provider.values import Properties, reveal

DEFAULTS = "__defaults"
"""Input in which Pulumi's AWS provider keeps the names of the inputs that it filled in."""


@dataclass(frozen=True)
class Goal:
    """A resource that a program wants: its new inputs, and the old ones if it exists."""

    urn: str
    name: str
    news: Properties
    olds: Properties = field(default_factory=dict)
    seed: bytes = b""
    proposal: Proposal | None = None


def check(
    kind: ResourceType, goal: Goal, default_tags: Mapping[str, str]
) -> tuple[Properties, list[Failure]]:
    """Return the inputs to keep, with defaults, and why inputs are refused."""
    inputs, failures = kind.shape.check(goal.news)
    if failures:
        return inputs, failures
    if "tags" in kind.shape.properties:
        inputs = tags.merged(inputs, default_tags)
    try:
        inputs = with_hashes(inputs)
        filled = _names(kind.autoname, goal, inputs) if kind.autoname else {}
    except ArchiveError as error:
        return inputs, [Failure("code" if "code" in inputs else "", str(error))]
    except NameError_ as error:
        return inputs, [Failure(kind.autoname.property if kind.autoname else "", str(error))]
    filled |= {
        name: value
        for name, value in kind.defaults(reveal(inputs)).items()
        if name not in inputs and value is not None
    }
    inputs = {**inputs, **filled, DEFAULTS: sorted(filled)}
    return inputs, kind.verify(reveal(inputs))


def _names(rule: Autoname, goal: Goal, inputs: Properties) -> Properties:
    if inputs.get(rule.property) is not None:
        return {}
    if rule.property in (goal.olds.get(DEFAULTS) or []):
        return {rule.property: goal.olds[rule.property]}
    prefix = inputs.get(rule.prefix_property)
    if isinstance(prefix, str):
        return {rule.property: prefixed_name(prefix, goal.urn, goal.seed)}
    if goal.proposal and goal.proposal.mode == "disable":
        raise NameError_(f"autonaming is disabled: give {rule.property!r}")
    if goal.proposal and goal.proposal.name:
        return {rule.property: goal.proposal.name}
    suffix = ".fifo" if rule.fifo and inputs.get("fifoQueue", inputs.get("fifoTopic")) else ""
    made = physical_name(rule, goal.name, goal.urn, goal.seed, suffix=suffix)
    return {rule.property: made}
