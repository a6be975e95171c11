"""A regular expression as a finite automaton, made deterministic while it runs.

https://swtch.com/~rsc/regexp/regexp1.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hearth_server.fhir.fhirpath.regular.syntax import (
    Characters,
    Choice,
    Edge,
    Part,
    Repeat,
    Sequence,
)

_MOST_STATES = 2000
_MOST_SETS = 1000
"""Sets of states that are kept; beyond it, all are forgotten and found again."""
_CHARACTERS_FOR_ONE = 32
"""Characters that cost as much as one step of the evaluation."""

Spend = Callable[[int], None]


class _TooLarge(Exception):
    """More states than are worth it, or a part that has none."""


class _Set:
    """The states that the automaton can be in at once."""

    __slots__ = ("accepts", "accepts_at_end", "following", "states")

    def __init__(self, states: frozenset[int], accepts: bool, accepts_at_end: bool) -> None:
        self.states = states
        self.accepts = accepts
        self.accepts_at_end = accepts_at_end
        self.following: dict[str, _Set] = {}


class Automaton:
    """Matches texts in time proportional to their length."""

    def __init__(self, tree: Part, *, whole: bool) -> None:
        # State 0 accepts. Any other takes a character and goes on, or goes on by itself.
        self._takes: list[tuple[Characters, int] | None] = [None]
        self._goes: list[tuple[int, ...]] = [()]
        self._edges: list[Edge | None] = [None]
        self._sets: dict[tuple[frozenset[int], bool], _Set] = {}
        self._whole = whole
        start = self._build(tree, 0)
        self._first = self._closed((start,), at_start=True)
        later = self._closed((start,), at_start=False).states
        self._again: frozenset[int] = frozenset() if whole else later
        """Where a match can begin behind the first character."""

    @classmethod
    def of(cls, tree: Part, *, whole: bool) -> Automaton | None:
        """Return the automaton that matches a text, or something in it, if it can be made."""
        try:
            return cls(tree, whole=whole)
        except _TooLarge:
            return None

    def matches(self, text: str, spend: Spend) -> bool:
        """Return whether `text` matches. `spend` counts the work."""
        spend(1 + len(text) // _CHARACTERS_FOR_ONE)
        current = self._first
        search = not self._whole
        # Before a line feed that ends the text, `$` holds too.
        last = len(text) - 1 if text.endswith("\n") and search else len(text)
        for place, character in enumerate(text):
            if search and (current.accepts or (place == last and current.accepts_at_end)):
                return True
            following = current.following.get(character)
            if following is None:
                spend(1 + len(current.states) // _CHARACTERS_FOR_ONE)
                following = self._step(current, ord(character))
                current.following[character] = following
            current = following
        return current.accepts or current.accepts_at_end

    def _step(self, current: _Set, code: int) -> _Set:
        taken = {
            takes[1]
            for state in current.states
            if (takes := self._takes[state]) is not None and code in takes[0]
        }
        return self._closed(taken | self._again, at_start=False)

    def _closed(self, states: Iterable[int], *, at_start: bool) -> _Set:
        """Return the set of all states that are reached without taking a character."""
        reached = self._reached(states, at_start=at_start, at_end=False)
        key = (reached, at_start)
        found = self._sets.get(key)
        if found is None:
            if len(self._sets) >= _MOST_SETS:
                for known in self._sets.values():
                    known.following = {}
                self._sets.clear()
            at_end = self._reached(states, at_start=at_start, at_end=True)
            found = self._sets[key] = _Set(reached, 0 in reached, 0 in at_end)
        return found

    def _reached(self, states: Iterable[int], *, at_start: bool, at_end: bool) -> frozenset[int]:
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in reached:
                continue
            reached.add(state)
            edge = self._edges[state]
            if edge is None or (at_end if edge.end else at_start):
                waiting += self._goes[state]
        return frozenset(reached)

    def _build(self, part: Part, then: int) -> int:
        """Return the state from which `part` leads to the state `then`."""
        match part:
            case Characters():
                return self._state(takes=(part, then))
            case Edge():
                return self._state(goes=(then,), edge=part)
            case Sequence(parts=parts):
                for each in reversed(parts):
                    then = self._build(each, then)
                return then
            case Choice(parts=parts):
                return self._state(goes=tuple(self._build(each, then) for each in parts))
            case Repeat():
                return self._repeat(part, then)
        raise _TooLarge

    def _repeat(self, repeat: Repeat, then: int) -> int:
        if repeat.maximum is None:
            loop = self._state(goes=(then,))
            self._goes[loop] = (self._build(repeat.part, loop), then)
            first = loop
        else:
            first = then
            for _ in range(repeat.maximum - repeat.minimum):
                first = self._state(goes=(self._build(repeat.part, first), then))
        for _ in range(repeat.minimum):
            first = self._build(repeat.part, first)
        return first

    def _state(
        self,
        *,
        takes: tuple[Characters, int] | None = None,
        goes: tuple[int, ...] = (),
        edge: Edge | None = None,
    ) -> int:
        if len(self._takes) >= _MOST_STATES:
            raise _TooLarge
        self._takes.append(takes)
        self._goes.append(goes)
        self._edges.append(edge)
        return len(self._takes) - 1
