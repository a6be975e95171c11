"""The table of one profile: a tree of constraints, with nothing in it that the type says too.

https://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hearth_server.fhir.definitions import Binding, Rule, TypeUse

STRUCTURE_URL = "http://hl7.org/fhir/StructureDefinition/"
"""What the URLs of the standard's own definitions start with."""


class Discriminator(msgspec.Struct, array_like=True, frozen=True):
    """What tells the slices of an element apart."""

    kind: Literal["value", "exists", "pattern", "type", "profile"]
    path: str


class Slicing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the values of an element are told apart."""

    by: tuple[Discriminator, ...] = ()
    rules: Literal["open", "closed", "openAtEnd"] = "open"
    ordered: bool = False


class Constraint(msgspec.Struct, omit_defaults=True):
    """What a profile asks of an element, or of one slice of it."""

    min: int = 0
    max: int | None = None
    """None for no limit beside the type's own."""
    types: list[TypeUse] | None = None
    """The types that are left, with targets and profiles as canonical URLs."""
    binding: Binding | None = None
    fixed: Any = msgspec.UNSET
    pattern: Any = msgspec.UNSET
    rules: list[Rule] = []
    children: dict[str, Constraint] = {}
    """By element name without `[x]`."""
    slicing: Slicing | None = None
    slices: dict[str, Constraint] = {}


class Context(msgspec.Struct, array_like=True, frozen=True):
    """Where an extension may stand."""

    kind: Literal["element", "extension", "fhirpath"]
    expression: str


class Profile(msgspec.Struct, omit_defaults=True):
    """One profile, by its canonical URL."""

    url: str
    name: str
    """What a person calls it."""
    type: str
    version: str = ""
    base: str = ""
    """The canonical URL of what it constrains."""
    context: list[Context] = []
    modifier: bool = False
    """Whether it is an extension that changes the meaning of what it stands in."""
    root: Constraint = msgspec.field(default_factory=Constraint)
