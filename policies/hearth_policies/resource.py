"""A resource as a rule sees it: every property is known, unknown, or missing, never guessed.

In a preview most values are not known yet. Pulumi's policy SDK raises when such a value is
touched, even by `in` or `.get`, and then reports a mandatory policy as advice. So rules never
touch properties: they `read` a path and get one of three answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy.proxy import UnknownValueError


@dataclass(frozen=True, slots=True)
class Known:
    """The value is there; numbers are floats, as Pulumi sends them."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """The property is set, to something that only the deployment can tell."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The property is not set."""


Reading = Known | Unknown | Missing


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, or one object inside it."""

    properties: Any
    """A mapping, or Pulumi's proxy of one."""
    type: str = ""
    name: str = ""
    urn: str = ""
    provider: Mapping[str, Any] | None = None
    """The provider's properties; None where the default provider is used."""
    depends_on: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The URNs that each property comes from; known for stack rules only."""

    def read(self, path: str) -> Reading:
        """Return what stands at `path`, names separated by dots, list items by number."""
        here: Any = self.properties
        for step in path.split("."):
            if not _holds(here, step):
                return Missing()
            try:
                here = here[int(step)] if _is_list(here) else here[step]
            except UnknownValueError:
                return Unknown()
            if here is None:
                return Missing()
        return Known(here)

    def is_set(self, path: str) -> bool:
        """Whether something stands at `path`, known or not; an empty text is nothing."""
        reading = self.read(path)
        return not (isinstance(reading, Missing) or reading == Known(""))

    def items(self, path: str) -> Iterator[Resource | Unknown]:
        """Yield each object of the list at `path`; an unknown list or object as Unknown."""
        reading = self.read(path)
        if isinstance(reading, Unknown):
            yield reading
        if isinstance(reading, Known) and _is_list(reading.value):
            for number in range(len(reading.value)):
                match self.read(f"{path}.{number}"):
                    case Known(value):
                        yield Resource(value)
                    case Unknown() as unknown:
                        yield unknown


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _holds(value: Any, step: str) -> bool:
    """Whether a mapping or list has `step`, asked in the one way that touches no value."""
    if _is_list(value):
        return step.isdigit() and int(step) < len(value)
    return isinstance(value, Mapping) and step in set(value)
