"""Fields: what the index holds about one place in one type of resource.

Parameters that look at the same place share its field, so `Observation.subject` is indexed once
for `subject` and `patient`, and `combo-code` needs nothing beside `code` and `component-code`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from hearth_server.search.paths import Path

FieldKind = Literal["token", "string", "uri", "reference", "date", "number", "quantity", "position"]
Part = Literal["text", "of-type", "identifier", "word", "base-units", "branch"]


@dataclass(frozen=True)
class Field:
    """One place, looked at in one way."""

    type: str
    """The resource type."""
    path: str
    """The path's text."""
    kind: FieldKind
    """The type of the values: how they are matched and ordered."""
    many: bool = False
    """Whether a resource may have several values here."""
    part: Part | None = None
    """What is held beside the values: texts of codes, identifiers with their types, identifiers
    of references, later words of family names, quantities in base units, canonical URLs with the
    branches of their versions."""
    base: str = ""
    """For references by absolute URL, as if they were relative: the server's base URL in them."""

    @cached_property
    def name(self) -> str:
        """What names the field in an index."""
        beside = f":{self.part}" if self.part else f" at {self.base}" if self.base else ""
        return f"{self.type}.{self.path}:{self.kind}{beside}"

    def __hash__(self) -> int:
        return hash(self.name)

    def with_part(self, part: Part) -> Field:
        """Return the field of what is held beside this one's values."""
        return _part(self, part)

    def at(self, base: str) -> Field:
        """Return the field of the references to resources of the server with this base URL."""
        return _at(self, base)


@lru_cache(maxsize=8192)
def field_at(type: str, path: Path, kind: FieldKind) -> Field:
    """Return the field of a path; a field is one object in a process."""
    many = path.many or path.type in _SEVERAL_VALUES
    return Field(type, path.text, kind, many)


@lru_cache(maxsize=8192)
def _part(field: Field, part: Part) -> Field:
    return Field(field.type, field.path, field.kind, True, part)


@lru_cache(maxsize=8192)
def _at(field: Field, base: str) -> Field:
    return Field(field.type, field.path, field.kind, True, base=base)


_SEVERAL_VALUES = frozenset({"CodeableConcept", "HumanName", "Address"})
"""Types one value of which makes several in the index."""
