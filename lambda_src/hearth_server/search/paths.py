"""Paths: where in a resource's JSON the values of a search parameter stand.

A path is what is left of a SearchParameter's FHIRPath expression when the release's types are
known: the names of JSON properties, choices settled, with a few tests on the way.
https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression
"""

from __future__ import annotations

from typing import Final

import msgspec

WHERE: Final = "?"
"""Begins a step that keeps an element: `?system=phone`, `?#0` (only the first), `?@URL` (an
element that has this extension)."""

NOT_FALSE: Final = "!false"
"""The type of a value that is true where anything but `false` stands, and false without."""


class Path(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One way from a resource to values."""

    steps: tuple[str, ...]
    """Property names, and tests that begin with `?`. `a|b` stands for either property."""
    type: str
    """The FHIR type of what is found there."""
    many: bool = False
    """Whether a resource may have several."""
    system: str = ""
    """For a code: the code system that its value set implies."""
    only: tuple[str, ...] = ()
    """For a reference: the types of target that are kept; none means all."""
    root: bool = False
    """For a part of a composite: whether it starts at the resource rather than at the element."""
    choice: str = ""
    """The name of a choice of types whose every type counts: `effective` for effectivePeriod."""

    @property
    def text(self) -> str:
        """The steps as one string, the same for all types of a choice that count alike."""
        if self.choice:
            return ".".join((*self.steps[:-1], f"{self.choice}[x]"))
        return ".".join(self.steps)

    def below(self, base: Path) -> Path:
        """Return this path as it is seen from the root, when it starts at `base`."""
        if self.root:
            return self
        return msgspec.structs.replace(
            self, steps=base.steps + self.steps, many=base.many or self.many
        )
