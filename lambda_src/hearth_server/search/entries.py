"""Entries: what the index holds about one resource, the same for every engine.

Each entry names its field, and the ordinal of the composite's element that it stands in: 0
outside of any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from hearth_server.search.fields import Field


class Term(NamedTuple):
    """Something that is matched as a whole or from its start: a token, text or URI."""

    field: Field
    key: str
    """Folded and cut as the field's kind asks. Empty where a value has nothing to match."""
    qualifier: str = ""
    """A token's system; a string as it was written."""
    ordinal: int = 0


class Link(NamedTuple):
    """A reference."""

    field: Field
    type: str
    """The target's resource type; empty for a URL, which is then in `id`."""
    id: str
    version: str = ""
    ordinal: int = 0

    @property
    def text(self) -> str:
        """What the reference sorts by: Type/id, or the URL."""
        return f"{self.type}/{self.id}" if self.type else self.id


class Moment(NamedTuple):
    """A range of time, in microseconds since 1970."""

    field: Field
    low: int
    high: int
    """The first microsecond after it."""
    ordinal: int = 0


class Amount(NamedTuple):
    """A number, or a range of numbers, perhaps with a unit."""

    field: Field
    low: str
    high: str
    """Sortable text of the last number in it."""
    system: str = ""
    code: str = ""
    unit: str = ""
    ordinal: int = 0


class Position(NamedTuple):
    """A place on the earth, in degrees."""

    field: Field
    latitude: float
    longitude: float


class Entries:
    """Everything about one resource."""

    __slots__ = ("amounts", "links", "long_texts", "moments", "positions", "terms")

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.links: list[Link] = []
        self.moments: list[Moment] = []
        self.amounts: list[Amount] = []
        self.positions: list[Position] = []
        self.long_texts: dict[str, str] = {}
        """For each key that was cut: as much of the folded text as `:contains` looks at."""


Converter: TypeAlias = Callable[[Any, int, Entries], None]
"""Adds the entries of one value, which stands in the composite element of this ordinal."""
