"""The parsed search: a plain tree that every engine compiles, with nothing left to interpret.

Prefixes have become bounds, modifiers have become tests, names have become fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

from hearth_server.search.fields import Field

Edge = TypeVar("Edge", int, str)


class Bounds(Struct, Generic[Edge], frozen=True):
    """What the first and the last of a stored range must be; None for no bound. All inclusive.

    The last of a range of time is the first microsecond after it.
    """

    low_min: Edge | None = None
    low_max: Edge | None = None
    high_min: Edge | None = None
    high_max: Edge | None = None


class TermTest(Struct, frozen=True):
    """What a term must be: all that are not None."""

    keys: tuple[str, ...] | None = None
    """It is one of these."""
    start: str | None = None
    """It starts with this."""
    inside: str | None = None
    """It has this in it."""
    end: str | None = None
    """It ends with this, and is short enough to have been kept whole."""
    qualifier: str | None = None
    """It has this system; or, for a string, was written just so."""


class Target(Struct, frozen=True):
    """What a reference must point at. An URL has no type and stands in `id`."""

    type: str
    id: str
    version: str | None = None
    """None for any version and for none."""


class AmountTest(Struct, frozen=True):
    """What a number or quantity must be."""

    bounds: tuple[Bounds[str], ...]
    """One of these."""
    system: str | None = None
    code: str | None = None
    unit: str | None = None
    """Either the code or the unit is this."""


class Terms(Struct, frozen=True):
    """Some term of `fields` passes one of the tests."""

    fields: tuple[Field, ...]
    tests: tuple[TermTest, ...]


class Links(Struct, frozen=True):
    """Some reference of `fields` points at one of the targets."""

    fields: tuple[Field, ...]
    targets: tuple[Target, ...]


class Moments(Struct, frozen=True):
    """Some range of time of `fields` is within one of the bounds."""

    fields: tuple[Field, ...]
    bounds: tuple[Bounds[int], ...]


class Amounts(Struct, frozen=True):
    """Some number or quantity of `fields` passes one of the tests."""

    fields: tuple[Field, ...]
    tests: tuple[AmountTest, ...]


class Near(Struct, frozen=True):
    """Some position of `fields` is at most so far away."""

    fields: tuple[Field, ...]
    latitude: float
    longitude: float
    meters: float


Leaf: TypeAlias = Terms | Links | Moments | Amounts


class Together(Struct, frozen=True):
    """One and the same element passes all of the tests: a composite parameter.

    Fields of `inside` carry the ordinal of their element, and it must be one and the same.
    """

    inside: tuple[Leaf, ...]


class Present(Struct, frozen=True):
    """`fields` have a value. For references, one to a resource of the types `only`, if any."""

    fields: tuple[Field, ...]
    only: tuple[str, ...] = ()


class Ids(Struct, frozen=True):
    """The resource has one of these ids."""

    ids: tuple[str, ...]
    type: str | None = None
    """And is of this type."""


class Updated(Struct, frozen=True):
    """The version was committed within one of the bounds, in microseconds since 1970."""

    bounds: tuple[Bounds[int], ...]


class Words(Struct, frozen=True):
    """The text of the resource has all of the words of one of the tests, each folded."""

    part: Literal["narrative", "content"]
    tests: tuple[tuple[str, ...], ...]


class Chain(Struct, frozen=True):
    """A reference of `fields` points at a resource of `types` that meets a condition."""

    fields: tuple[Field, ...]
    types: tuple[str, ...]
    condition: Condition


class CanonicalChain(Struct, frozen=True):
    """A canonical URL of `fields` is that of a resource of `type` that meets a condition.

    Engines never see it: `search.canonicals` puts the URLs in its place.
    """

    fields: tuple[Field, ...]
    type: str
    condition: Condition


class CanonicalReferenced(Struct, frozen=True):
    """A resource of `type` that meets a condition names this one by its canonical URL in `fields`.

    Engines never see it either.
    """

    types: tuple[str, ...]
    """What this resource may be: types whose resources have such URLs."""
    type: str
    fields: tuple[Field, ...]
    condition: Condition


class Referenced(Struct, frozen=True):
    """A resource of `type` that meets a condition points at this one with `fields`."""

    type: str
    fields: tuple[Field, ...]
    condition: Condition


class Listed(Struct, frozen=True):
    """The resource is what `field` of the resource `type`/`id` points at: an entry of a List."""

    type: str
    id: str
    fields: tuple[Field, ...]


class And(Struct, frozen=True):
    """All of the conditions; of none, everything."""

    conditions: tuple[Condition, ...]


class Or(Struct, frozen=True):
    """One of the conditions; of none, nothing."""

    conditions: tuple[Condition, ...]


class Not(Struct, frozen=True):
    """Not the condition."""

    condition: Condition


Condition: TypeAlias = (
    Terms
    | Links
    | Moments
    | Amounts
    | Near
    | Together
    | Present
    | Ids
    | Updated
    | Words
    | Chain
    | CanonicalChain
    | CanonicalReferenced
    | Referenced
    | Listed
    | And
    | Or
    | Not
)

EVERYTHING = And(())
NOTHING = Or(())

Alternative = TypeVar("Alternative", bound=Condition)


def any_of(conditions: Sequence[Alternative]) -> Alternative | Or:
    """Return that one of the conditions holds: the only one itself, if there is no other."""
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def parts(condition: Condition) -> list[Condition]:
    """Return the conditions that must all hold for one to hold."""
    if isinstance(condition, And):
        return [part for each in condition.conditions for part in parts(each)]
    return [condition]


class SortKey(Struct, frozen=True):
    """What to sort by: fields, or something that every resource has."""

    by: tuple[Field, ...] | Literal["id", "updated"]
    descending: bool = False
    only: tuple[str, ...] = ()
    """For references: the types of target that count."""


class Query(Struct, frozen=True):
    """Which resources to find, and in which order.

    Resources that lack what they are sorted by come last, and what the keys leave equal is
    ordered by the resource's hash, descending if the first key is.
    """

    types: tuple[str, ...]
    """At least one."""
    condition: Condition = EVERYTHING
    sort: tuple[SortKey, ...] = ()
