"""What the findings of a preview and of an update say together, control by control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hearth_local.engine.recording import RegisteredResource
from hearth_policies.pack import RULES, control_titles
from hearth_policies.rule import Rule

from hearth_cli.check.pack import Finding

Result = Literal["passed", "violated", "undecided", "not applicable"]


@dataclass(frozen=True, slots=True)
class ControlVerdict:
    """How a stage stands to one control."""

    control: str
    title: str
    rules: tuple[str, ...]
    resources: int
    """How many resources the rules are about."""
    result: Result


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a stage stands to the whole pack."""

    controls: tuple[ControlVerdict, ...]
    violations: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    """What even the update could not tell."""
    later: int
    """How many answers a preview alone could not have given."""

    @property
    def passed(self) -> bool:
        """Whether nothing is violated and nothing undecided."""
        return not self.violations and not self.undecided


def judge(
    resources: Sequence[RegisteredResource],
    in_preview: Sequence[Finding],
    in_update: Sequence[Finding],
) -> Verdict:
    """Return the verdict: a violation counts from either run, an undecided rule from the update."""
    violations = {
        (each.rule, each.urn, each.text): each
        for each in (*in_preview, *in_update)
        if not each.undecided
    }
    undecided = tuple(each for each in in_update if each.undecided)
    broken = {each.rule for each in violations.values()}
    open_ = {each.rule for each in undecided}
    titles = control_titles()
    return Verdict(
        controls=tuple(
            _control(id, title, resources, broken, open_) for id, title in titles.items()
        ),
        violations=tuple(violations.values()),
        undecided=undecided,
        later=sum(each.undecided for each in in_preview),
    )


def _control(
    control: str,
    title: str,
    resources: Sequence[RegisteredResource],
    broken: set[str],
    open_: set[str],
) -> ControlVerdict:
    rules = [each for each in RULES if control in each.controls]
    names = {each.name for each in rules}
    about = {
        resource.urn
        for resource in resources
        for rule in rules
        if isinstance(rule, Rule) and rule.applies(resource.type)
    }
    result: Result = "passed"
    if names & broken:
        result = "violated"
    elif names & open_:
        result = "undecided"
    elif not about:
        result = "not applicable"
    return ControlVerdict(control, title, tuple(sorted(names)), len(about), result)
