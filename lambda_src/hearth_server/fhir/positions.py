"""Where in a JSON text a thing stands: for error messages only, it is slow beside parsing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    rb"""(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<mark>[{}\[\],:])|(?P<word>[^\s{}\[\],:"]+)""",
    re.DOTALL,
)
_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]")


@dataclass(slots=True)
class Place:
    """Where a value starts, and what stands in it."""

    offset: int
    members: dict[str, Place] = field(default_factory=dict)
    """By name; by number in an array."""


class _Twice(Exception):
    """A name that stands twice in one object."""


def line_and_column(text: bytes, offset: int) -> tuple[int, int]:
    """Return the line and the column, both from 1, of a byte in UTF-8 text."""
    before = text[:offset]
    line = before[before.rfind(b"\n") + 1 :]
    return before.count(b"\n") + 1, len(line.decode(errors="replace")) + 1


def duplicate(text: bytes) -> int:
    """Return the offset of the first name that repeats one of its object in well-formed JSON."""
    try:
        _outline(text, unique=True)
    except _Twice as twice:
        offset: int = twice.args[0]
        return offset
    return 0


def outline(text: bytes) -> Place:
    """Return where everything in well-formed JSON stands."""
    return _outline(text, unique=False)


def find(place: Place, expression: str) -> int:
    """Return the offset of what `expression` names, or of the nearest thing around it.

    `expression` starts with the type's name: `Patient.contact[0].name`. A choice element is
    named without its type, a primitive's extensions without the underscore.
    """
    for step in _STEP.finditer(expression.partition(".")[2]):
        name, index = step.groups()
        inner = place.members.get(index) if index else _member(place, name)
        if inner is None:
            break
        place = inner
    return place.offset


def _member(place: Place, name: str) -> Place | None:
    found = [place.members[key] for key in (name, f"_{name}") if key in place.members]
    found += [
        inner
        for key, inner in place.members.items()
        if key.startswith(name) and key[len(name) : len(name) + 1].isupper()
    ]
    if len(found) > 1:  # the value and its extensions: what they hold is looked for in both
        merged = {key: inner for each in found for key, inner in each.members.items()}
        return Place(found[0].offset, merged)
    return found[0] if found else None


def _tokens(text: bytes) -> Iterator[tuple[int, bytes]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "word"
        yield match.start(kind), match[kind]


def _outline(text: bytes, *, unique: bool) -> Place:
    root = Place(0)
    stack: list[Place] = [root]
    arrays: list[bool] = [True]
    name: str | None = None
    for offset, token in _tokens(text):
        if token in b"]}":
            stack.pop()
            arrays.pop()
        elif token in b",:":
            continue
        elif not arrays[-1] and name is None:
            name = json.loads(token)
            if unique and name in stack[-1].members:
                raise _Twice(offset)
        else:
            members = stack[-1].members
            place = members[str(len(members)) if name is None else name] = Place(offset)
            name = None
            if token in b"[{":
                stack.append(place)
                arrays.append(token == b"[")
    return root.members.get("0", root)
