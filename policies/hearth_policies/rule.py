"""What a rule is, and how its answers become Pulumi's policies.

A rule looks at one resource and answers; it never reports by itself. An answer that depends on a
value that is not known yet is `Undecided`, which a preview shows and which never counts as passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from hearth_policies.resource import Resource
from hearth_policies.settings import Settings, read_settings, schema


@dataclass(frozen=True, slots=True)
class Passed:
    """The resource keeps the rule."""


@dataclass(frozen=True, slots=True)
class Violated:
    """The resource breaks the rule; `problem` says how, in words that name the property."""

    problem: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """Only the deployment can tell; `reason` names the property that is not known yet."""

    reason: str


Answer = Passed | Violated | Undecided
Check = Callable[[Resource, Settings], Answer]
StackCheck = Callable[[Sequence[Resource], Settings], Mapping[str, Passed | Violated]]
"""Answers by URN. What belongs together is known in a preview too, so nothing is undecided."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about each resource of some types."""

    name: str
    types: tuple[str, ...]
    """Resource types; `aws:` for every AWS resource."""
    controls: tuple[str, ...]
    """Ids of `controls.toml`."""
    fix: str
    """What to do about a violation, in one sentence."""
    description: str
    check: Check
    settings: tuple[str, ...] = ()
    """The settings that the check reads."""

    def applies(self, type: str) -> bool:
        """Whether the rule is about resources of this type."""
        return type in self.types or ("aws:" in self.types and type.startswith("aws:"))

    def as_policy(self) -> ResourceValidationPolicy:
        """Return the rule as Pulumi takes it."""

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if not self.applies(args.resource_type):
                return
            provider = args.provider.props if args.provider is not None else None
            resource = Resource(args.props, args.resource_type, args.name, args.urn, provider)
            settings = read_settings(args.get_config())
            if args.name in settings.exceptions:
                args.not_applicable(settings.exceptions[args.name])
            answer = self.check(resource, settings)
            _report(answer, self, lambda text: report(text, None))

        return ResourceValidationPolicy(
            name=self.name,
            description=_described(self),
            validate=validate,
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=schema(self.settings),
        )


@dataclass(frozen=True, slots=True)
class StackRule:
    """A rule about how resources belong together."""

    name: str
    controls: tuple[str, ...]
    fix: str
    description: str
    check: StackCheck
    settings: tuple[str, ...] = ()

    def as_policy(self) -> StackValidationPolicy:
        """Return the rule as Pulumi takes it."""

        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            resources = [
                Resource(
                    each.props, each.resource_type, each.name, each.urn,
                    each.provider.props if each.provider is not None else None,
                    {
                        name: tuple(source.urn for source in sources)
                        for name, sources in each.property_dependencies.items()
                    },
                )
                for each in args.resources
            ]  # fmt: skip
            settings = read_settings(args.get_config())
            names = {each.urn: each.name for each in resources}
            for urn, answer in self.check(resources, settings).items():
                if isinstance(answer, Violated) and names[urn] not in settings.exceptions:
                    report(f"{answer.problem}. {self.fix}", urn)

        return StackValidationPolicy(
            name=self.name,
            description=_described(self),
            validate=validate,
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=schema(self.settings),
        )


AnyRule = Rule | StackRule


def rule(
    name: str,
    *,
    types: tuple[str, ...],
    controls: tuple[str, ...],
    fix: str,
    settings: tuple[str, ...] = (),
) -> Callable[[Check], Rule]:
    """Make a rule of a check; the check's docstring describes it."""

    def make(check: Check) -> Rule:
        return Rule(name, types, controls, fix, _first_line(check), check, settings)

    return make


def stack_rule(
    name: str, *, controls: tuple[str, ...], fix: str
) -> Callable[[StackCheck], StackRule]:
    """Make a stack rule of a check; the check's docstring describes it."""

    def make(check: StackCheck) -> StackRule:
        return StackRule(name, controls, fix, _first_line(check), check)

    return make


def _first_line(check: Callable[..., Any]) -> str:
    return (check.__doc__ or "").strip().splitlines()[0]


def _described(rule: AnyRule) -> str:
    return f"{rule.description} ({', '.join(rule.controls)})"


def _report(answer: Answer, rule: AnyRule, report: Callable[[str], None]) -> None:
    match answer:
        case Violated(problem):
            report(f"{problem}. {rule.fix}")
        case Undecided(reason):
            _undecided(reason)
        case Passed():
            pass


def _undecided(reason: str) -> NoReturn:
    """Tell Pulumi that the rule could not be run yet, which a preview shows as advice."""
    error = UnknownValueError(UNKNOWN_STRING_VALUE, [])
    error.message = reason
    raise error
