"""What an evaluation knows besides its input, and how much work it may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hearth_server.fhir.fhirpath.errors import FHIRPathLimitExceeded
from hearth_server.fhir.fhirpath.node import Item, Items, Node

DEFAULT_BUDGET = 1_000_000
"""Items that one evaluation may visit: about a second of work."""

Resolve = Callable[[str, Node], "Node | dict[str, Any] | None"]
"""Takes a reference's text and the node that holds it; returns what it points at, if known."""
MemberOf = Callable[[Node, str], "bool | None"]
"""Takes a code, Coding or CodeableConcept and a value set's URL; None if that is not known."""
ConformsTo = Callable[[Node, str], "bool | None"]
"""Takes an element and a profile's URL; None if that is not known."""
HtmlChecks = Callable[[str], bool]
"""Takes a narrative's XHTML; returns whether the specification allows it."""
Subsumes = Callable[[Node, Node], "bool | None"]
"""Takes two codings; returns whether the first subsumes the second, None if not known."""
Trace = Callable[[str, Items], None]
"""Takes the name and the items of `trace()`. Logging them could disclose patient data."""


class Environment:
    """The surroundings of evaluations, one after the other; never of two at a time.

    Without a callback, the function that needs it raises FHIRPathEvaluationError, but `resolve()`
    finds contained resources by itself and else nothing, and `trace()` is silent.
    """

    __slots__ = (
        "budget", "conforms_to", "context", "html_checks", "index", "member_of", "moment", "now",
        "resolve", "resource", "root_resource", "steps", "subsumes", "this", "total", "trace",
        "variables",
    )  # fmt: skip

    def __init__(
        self,
        *,
        resource: Node | None = None,
        root_resource: Node | None = None,
        variables: Mapping[str, Item | Items] | None = None,
        resolve: Resolve | None = None,
        member_of: MemberOf | None = None,
        conforms_to: ConformsTo | None = None,
        html_checks: HtmlChecks | None = None,
        subsumes: Subsumes | None = None,
        trace: Trace | None = None,
        now: datetime | None = None,
        budget: int = DEFAULT_BUDGET,
    ) -> None:
        self.resource = resource
        """%resource; without it, what holds the focus."""
        self.root_resource = root_resource
        """%rootResource; without it, what holds `resource`."""
        self.variables = {
            name: value if isinstance(value, list) else [value]
            for name, value in (variables or {}).items()
        }
        self.resolve = resolve
        self.member_of = member_of
        self.conforms_to = conforms_to
        self.html_checks = html_checks
        self.subsumes = subsumes
        self.trace = trace
        self.now = now
        """The moment that now() gives; without it, when an evaluation first asks."""
        self.budget = budget
        self.begin([])

    def begin(self, focus: Items, share: int = 1) -> None:
        """Set what changes during an evaluation to its start, steps to a share of the budget."""
        self.context = focus
        self.this: Items = focus
        self.index: int | None = None
        self.total: Items = []
        self.moment = self.now
        self.steps = self.budget // share

    def spend(self, steps: int) -> None:
        """Count work. Raises FHIRPathLimitExceeded when the budget is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise FHIRPathLimitExceeded("FHIRPath: the expression takes too many steps.")

    def current(self) -> datetime:
        """Return the moment of this evaluation, the same each time."""
        if self.moment is None:
            self.moment = datetime.now(UTC)
        return self.moment
