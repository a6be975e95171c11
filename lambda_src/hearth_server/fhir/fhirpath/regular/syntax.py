"""A regular expression as a tree, read strictly: what is not known here is refused.

Lookarounds, word boundaries and back references are read, so that their worst case is known,
though only Python's engine can do them.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from msgspec import Struct

MAXIMUM_LENGTH = 2000
MAXIMUM_NESTING = 40
_LARGEST_COUNT = 1000
_SMALL_COUNT = 8
"""How many repetitions are too few to count as a loop."""
_CLASSES = {
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "s": ((9, 13), (32, 32)),
}
_CONTROL = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "a": 7}
_END_OF_CODES = 0x10FFFF


class Characters(Struct, frozen=True):
    """One character out of ranges of code points."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges)


class Edge(Struct, frozen=True):
    """The start (`^`) or the end (`$`) of the text."""

    end: bool


class Sequence(Struct, frozen=True):
    """One part after the other."""

    parts: tuple[Part, ...]


class Choice(Struct, frozen=True):
    """One of several parts."""

    parts: tuple[Part, ...]


class Repeat(Struct, frozen=True):
    """A part again and again."""

    part: Part
    minimum: int
    maximum: int | None


class Special(Struct, frozen=True):
    """What an automaton cannot do: a lookaround, a word boundary, a back reference."""

    part: Part | None
    exponential: bool = False


Part: TypeAlias = Characters | Edge | Sequence | Choice | Repeat | Special


class Unreadable(Exception):
    """A pattern that is wrong, or in a dialect that is not known here."""


def read(pattern: str) -> Part:
    """Return the tree of `pattern`. Raises Unreadable."""
    if len(pattern) > MAXIMUM_LENGTH:
        raise Unreadable(f"it has more than {MAXIMUM_LENGTH} characters")
    reader = _Reader(pattern)
    tree = reader.choice(0)
    if reader.at < len(pattern):
        raise Unreadable("a parenthesis closes that was not open")
    return tree


def degree(part: Part) -> float:
    """Return the exponent of the text's length in the worst case of a search that backtracks.

    Infinite where a repetition holds something of variable length: then it can be exponential.
    """
    match part:
        case Sequence(parts=parts):
            return sum(degree(each) for each in parts)
        case Choice(parts=parts):
            return max(degree(each) for each in parts)
        case Special(part=inside, exponential=exponential):
            return math.inf if exponential else degree(inside) if inside is not None else 0
        case Repeat(part=inside, minimum=minimum, maximum=maximum):
            inner = degree(inside)
            if maximum is not None and maximum <= 1:
                return inner
            shortest, longest = _lengths(inside)
            if shortest != longest or inner or _has_choice(inside):
                return math.inf
            looping = maximum is None or (maximum != minimum and maximum > _SMALL_COUNT)
            return 1 if looping else 0
    return 0


def branching(part: Part) -> float:
    """Return how often a search can double its ways where it does not loop, as in `a?a?a?`."""
    match part:
        case Sequence(parts=parts):
            return sum(branching(each) for each in parts)
        case Choice(parts=parts):
            return math.log2(len(parts)) + max(branching(each) for each in parts)
        case Special(part=inside):
            return branching(inside) if inside is not None else 0
        case Repeat(part=inside, minimum=minimum, maximum=maximum) if maximum is not None:
            return math.log2(maximum - minimum + 1) + maximum * branching(inside)
    return 0


def _has_choice(part: Part) -> bool:
    match part:
        case Sequence(parts=parts):
            return any(_has_choice(each) for each in parts)
        case Repeat(part=inside):
            return _has_choice(inside)
    return isinstance(part, Choice)


def _lengths(part: Part) -> tuple[float, float]:
    """Return the shortest and the longest text that a part takes."""
    match part:
        case Characters():
            return 1, 1
        case Sequence(parts=parts):
            pairs = [_lengths(each) for each in parts]
            return sum(low for low, _ in pairs), sum(high for _, high in pairs)
        case Choice(parts=parts):
            pairs = [_lengths(each) for each in parts]
            return min(low for low, _ in pairs), max(high for _, high in pairs)
        case Repeat(part=inside, minimum=minimum, maximum=maximum):
            low, high = _lengths(inside)
            return low * minimum, (
                high * maximum if maximum is not None else math.inf if high else 0
            )
    return 0, 0


class _Reader:
    """Reads a pattern once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def choice(self, depth: int) -> Part:
        """Return what stands up to a closing parenthesis or the end."""
        if depth > MAXIMUM_NESTING:
            raise Unreadable(f"it nests more than {MAXIMUM_NESTING} groups")
        branches = [self._sequence(depth)]
        while self._take("|"):
            branches.append(self._sequence(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self, depth: int) -> Part:
        parts = []
        while self._next not in ("", "|", ")"):
            parts.append(self._repeated(self._atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _atom(self, depth: int) -> Part:
        character = self._read()
        match character:
            case "(":
                return self._group(depth)
            case "[":
                return self._class()
            case ".":
                return Characters(((0, _END_OF_CODES),))
            case "^" | "$":
                return Edge(end=character == "$")
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise Unreadable("nothing to repeat")
        return _one(ord(character))

    def _group(self, depth: int) -> Part:
        special = False
        if self._take("?"):
            for start in ("=", "!", "<=", "<!"):
                special = special or self._take(start)
            if not special and self._take("P<"):
                while self._read() != ">":
                    pass
            elif not special and not self._take(":"):
                raise Unreadable("a kind of group that is not known here")
        inside = self.choice(depth + 1)
        if not self._take(")"):
            raise Unreadable("a parenthesis that is not closed")
        return Special(inside) if special else inside

    def _repeated(self, part: Part) -> Part:
        counts = self._counts()
        if counts is None:
            return part
        repeated = Repeat(part, *counts)
        possessive = self._take("+")
        if not possessive:
            self._take("?")  # lazy: the same texts match
        if self._counts() is not None:
            raise Unreadable("a repetition right after another")
        return Special(repeated) if possessive else repeated

    def _counts(self) -> tuple[int, int | None] | None:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return counts
        end = self._pattern.find("}", self.at)
        if self._next != "{" or end < 0:
            return None
        low, comma, high = self._pattern[self.at + 1 : end].partition(",")
        if not all(each == "" or (each.isascii() and each.isdigit()) for each in (low, high)):
            return None  # a brace that is only a brace
        if not low and not comma:
            return None
        self.at = end + 1
        minimum = int(low[:6] or 0)
        maximum = minimum if not comma else int(high[:6]) if high else None
        if max(minimum, maximum or 0) > _LARGEST_COUNT:
            raise Unreadable(f"it counts beyond {_LARGEST_COUNT}")
        return minimum, maximum

    def _escape(self) -> Part:
        character = self._read()
        if character in "bBAZ":
            return Special(None)
        if character.isdigit() and character != "0":
            return Special(None, exponential=True)
        return Characters(self._escaped(character))

    def _escaped(self, character: str) -> tuple[tuple[int, int], ...]:
        """Return the code points of an escape, inside a class or outside."""
        if (ranges := _CLASSES.get(character.lower())) is not None:
            return ranges if character.islower() else _complement(ranges)
        if character in ("x", "u"):
            digits = self._pattern[self.at : self.at + (2 if character == "x" else 4)]
            self.at += len(digits)
            try:
                return ((int(digits, 16),) * 2,)
            except ValueError:
                raise Unreadable("an escape that is not complete") from None
        if character in _CONTROL:
            return ((_CONTROL[character],) * 2,)
        if character.isalnum():
            raise Unreadable("an escape that is not known here")
        return ((ord(character),) * 2,)

    def _class(self) -> Part:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._take("]"):
            first = False
            item = self._class_item()
            low = item[0][0]
            if len(item) == 1 and item[0][1] == low and self._range_follows():
                self.at += 1
                upper = self._class_item()
                if len(upper) != 1 or upper[0][1] < low:
                    raise Unreadable("a range that ends before it begins")
                item = ((low, upper[0][1]),)
            ranges += item
        found = tuple(sorted(ranges))
        return Characters(_complement(found) if negated else found)

    def _class_item(self) -> tuple[tuple[int, int], ...]:
        character = self._read()
        if character == "\\":
            inside = self._read()
            return ((8, 8),) if inside == "b" else self._escaped(inside)
        if character == "[" or (character == "&" and self._next == "&"):
            raise Unreadable("a class inside a class")
        return ((ord(character),) * 2,)

    def _range_follows(self) -> bool:
        return self._next == "-" and self._pattern[self.at + 1 : self.at + 2] not in ("]", "")

    @property
    def _next(self) -> str:
        return self._pattern[self.at : self.at + 1]

    def _read(self) -> str:
        if self.at >= len(self._pattern):
            raise Unreadable("it ends too early")
        self.at += 1
        return self._pattern[self.at - 1]

    def _take(self, text: str) -> bool:
        if not self._pattern.startswith(text, self.at):
            return False
        self.at += len(text)
        return True


def _one(code: int) -> Characters:
    return Characters(((code, code),))


def _complement(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    gaps = []
    start = 0
    for low, high in ranges:
        if low > start:
            gaps.append((start, low - 1))
        start = max(start, high + 1)
    return (*gaps, (start, _END_OF_CODES)) if start <= _END_OF_CODES else tuple(gaps)
