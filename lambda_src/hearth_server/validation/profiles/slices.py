"""Slicing: which slice each value of an element belongs to, and what follows from that.

https://hl7.org/fhir/R4/profiling.html#slicing
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hearth_server.fhir.definitions import Release
from hearth_server.validation.problem import Found, Problem, joined, within
from hearth_server.validation.profiles.occurrences import Occurrence
from hearth_server.validation.profiles.paths import Step, locate, reach, steps
from hearth_server.validation.profiles.table import Constraint, Discriminator, Profile, Slicing
from hearth_server.validation.scope import Scope

Judge = Callable[[Occurrence, Scope], Found]
SlicesJudge = Callable[[Sequence[Occurrence], Scope], Found]
Matcher = Callable[[Occurrence, Scope], bool]
MakeJudge = Callable[[Constraint], Judge]
FollowJudge = Callable[[str], Judge]


def slices_judge(
    node: Constraint, profile: Profile, release: Release, make: MakeJudge, follow: FollowJudge
) -> SlicesJudge | None:
    """Return the judge of all values of a sliced element; None where there are no slices.

    `make` compiles a constraint, `follow` finds the judge of a profile by its URL.
    """
    slicing = node.slicing
    if slicing is None:
        return None
    matching = _Matching(release, make, follow)
    slices = [
        _Slice(name, each, matching.matcher(slicing, each), make(each))
        for name, each in node.slices.items()
    ]

    def check(occurrences: Sequence[Occurrence], scope: Scope) -> Found:
        found: Found = None
        counts = [0] * len(slices)
        last = 0
        unmatched = False
        for occurrence in occurrences:
            number = next(
                (at for at, each in enumerate(slices) if each.matches(occurrence, scope)), None
            )
            if number is None:
                unmatched = True
                if slicing.rules == "closed":
                    text = f"is in no slice of {profile.name}, which allows no others"
                    found = within(found, [Problem("structure", text)], occurrence.step)
                continue
            counts[number] += 1
            problems = slices[number].judge(occurrence, scope)
            if problems is not None:
                found = within(found, problems, occurrence.step)
            if slicing.ordered and number < last:
                text = f"is in the slice {slices[number].name}, which comes earlier"
                found = within(found, [Problem("structure", text)], occurrence.step)
            if unmatched and slicing.rules == "openAtEnd":
                text = f"is in the slice {slices[number].name}; other values come after"
                found = within(found, [Problem("structure", text)], occurrence.step)
            last = max(last, number)
        for each, count in zip(slices, counts, strict=True):
            if problem := each.miscount(count, profile):
                found = joined(found, [problem])
        return found

    return check


class _Slice:
    def __init__(self, name: str, node: Constraint, matches: Matcher, judge: Judge) -> None:
        self.name = name
        self.matches = matches
        self.judge = judge
        self._least, self._most = node.min, node.max

    def miscount(self, count: int, profile: Profile) -> Problem | None:
        """Return what is wrong with the number of values in the slice."""
        if count < self._least:
            text = f"has {count} of the slice {self.name}; {profile.name} needs {self._least}"
            return Problem("required", text)
        if self._most is not None and count > self._most:
            text = f"has {count} of the slice {self.name}; {profile.name} allows {self._most}"
            return Problem("structure", text)
        return None


class _Matching:
    """Makes functions that tell whether a value belongs to a slice."""

    def __init__(self, release: Release, make: MakeJudge, follow: FollowJudge) -> None:
        self._release = release
        self._make = make
        self._follow = follow

    def matcher(self, slicing: Slicing, node: Constraint) -> Matcher:
        """Return the function for one slice: every discriminator must agree."""
        tests = [
            test for each in slicing.by if (test := self._discriminator(each, node)) is not None
        ]
        if not tests:  # nothing tells this slice apart: no value is known to be in it
            return lambda _, __: False
        return lambda occurrence, scope: all(test(occurrence, scope) for test in tests)

    def _discriminator(self, by: Discriminator, node: Constraint) -> Matcher | None:
        path = steps(by.path)
        targets = locate(node, path)
        match by.kind:
            case "value" | "pattern":
                return self._by_value(path, targets, node)
            case "exists":
                return self._by_existence(path, targets)
            case "type":
                return self._by_type(path, targets)
            case "profile":
                return self._by_profile(path, targets)

    def _by_value(
        self, path: list[Step], targets: list[Constraint], node: Constraint
    ) -> Matcher | None:
        judges = [self._make(target) for target in targets]
        urls = {url for use in node.types or () for url in use.profiles}
        if path == [Step("url")] and urls and not judges:
            return lambda occurrence, _: (
                isinstance(occurrence.value, dict) and occurrence.value.get("url") in urls
            )
        if not judges:
            return None

        def matches(occurrence: Occurrence, scope: Scope) -> bool:
            reached = reach(occurrence, path, self._release, scope)
            return any(all(judge(each, scope) is None for judge in judges) for each in reached)

        return matches

    def _by_existence(self, path: list[Step], targets: list[Constraint]) -> Matcher | None:
        if any(target.max == 0 for target in targets):
            return lambda occurrence, scope: not reach(occurrence, path, self._release, scope)
        if any(target.min > 0 for target in targets):
            return lambda occurrence, scope: bool(reach(occurrence, path, self._release, scope))
        return None

    def _by_type(self, path: list[Step], targets: list[Constraint]) -> Matcher | None:
        uses = [use for target in targets for use in target.types or ()]
        if path and path[-1] == Step("resolve", ""):
            kinds = {url.rpartition("/")[2] for use in uses for url in use.targets}
        else:
            kinds = {use.code for use in uses}
        if not kinds:
            return None
        return lambda occurrence, scope: any(
            each.type in kinds for each in reach(occurrence, path, self._release, scope)
        )

    def _by_profile(self, path: list[Step], targets: list[Constraint]) -> Matcher | None:
        resolving = bool(path) and path[-1] == Step("resolve", "")
        judges = [
            self._follow(url)
            for target in targets
            for use in target.types or ()
            for url in (use.targets if resolving else use.profiles)
        ]
        if not judges:
            return None
        return lambda occurrence, scope: any(
            judge(each, scope) is None
            for each in reach(occurrence, path, self._release, scope)
            for judge in judges
        )
