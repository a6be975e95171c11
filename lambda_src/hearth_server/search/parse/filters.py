"""`_filter`: conditions with and, or, not and brackets.

`and` and `or` have no precedence: they are read from left to right.
https://hl7.org/fhir/R4/search_filter.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import And, Condition, Not, Or

MAXIMUM_LENGTH = 10_000
MAXIMUM_DEPTH = 20
"""Brackets within each other."""

OPERATORS = frozenset(
    {"eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr", "po", "ss"}
    | {"sb", "in", "ni", "re"}
)

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<sign>[()\[\]])|(?P<word>[^\s()\[\]"]+))', re.DOTALL
)


class Comparison(NamedTuple):
    """`path op value`."""

    path: str
    operator: str
    value: str


Compare = Callable[[Comparison], Condition]
"""Returns the condition of one comparison."""


class Follower(NamedTuple):
    """What reads the parts of a filter that are about one resource type."""

    compare: Compare
    follow: Callable[[str], tuple[Follower, Callable[[Condition], Condition]]]
    """Takes a reference parameter; returns what reads about its target, and what joins it."""


def filtered(text: str, reader: Follower) -> Condition:
    """Return the condition that a filter asks for. Raises InvalidRequest for a wrong one."""
    if len(text) > MAXIMUM_LENGTH:
        raise _wrong(f"it has more than {MAXIMUM_LENGTH} characters")
    parser = _Parser(text)
    found = parser.expression(reader, 0)
    if parser.word:
        raise _wrong("it goes on after a complete expression")
    return found


class _Parser:
    """Walks the tokens once; `word` is the next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.word = ""
        self._string = False
        self._next()

    def expression(self, reader: Follower, depth: int) -> Condition:
        """Return the condition up to a closing bracket or the end."""
        if depth > MAXIMUM_DEPTH:
            raise _wrong(f"more than {MAXIMUM_DEPTH} brackets stand within each other")
        left = self._term(reader, depth)
        while self.word.lower() in ("and", "or") and not self._string:
            both = self.word.lower() == "and"
            self._next()
            right = self._term(reader, depth)
            left = And((left, right)) if both else Or((left, right))
        return left

    def _term(self, reader: Follower, depth: int) -> Condition:
        if self.word == "(":
            return self._bracketed(reader, depth, ")")
        if self.word.lower() == "not":
            self._next()
            if self.word != "(":
                raise _wrong("not needs a bracket after it")
            return Not(self._bracketed(reader, depth, ")"))
        return self._comparison(reader, depth)

    def _bracketed(self, reader: Follower, depth: int, closing: str) -> Condition:
        self._next()
        inside = self.expression(reader, depth + 1)
        if self.word != closing:
            raise _wrong(f"a {closing} is missing")
        self._next()
        return inside

    def _comparison(self, reader: Follower, depth: int) -> Condition:
        path = self._taken("the name of a parameter")
        if self.word == "[":
            target, joined = reader.follow(path)
            inside = self._bracketed(target, depth, "]")
            if not self.word.startswith("."):
                raise _wrong("a . is missing after ]")
            self.word = self.word[1:]
            return joined(And((inside, self._comparison(target, depth + 1))))
        operator = self._taken("an operator").lower()
        if operator not in OPERATORS:
            raise _wrong(f"the operator is not one of {', '.join(sorted(OPERATORS))}")
        value = self._taken("a value")
        reference, dot, rest = path.partition(".")
        if dot:
            target, joined = reader.follow(reference)
            return joined(_nested(target, rest, operator, value, depth))
        return reader.compare(Comparison(path, operator, value))

    def _taken(self, what: str) -> str:
        word = self.word
        if not word or (word in "()[]" and not self._string):
            raise _wrong(f"{what} is missing")
        self._next()
        return word

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            if self._text[self._at :].strip():
                raise _wrong("a text in quotes does not end")
            self.word, self._string = "", False
            return
        self._at = match.end()
        self._string = match["string"] is not None
        self.word = _string(match["string"]) if self._string else match["sign"] or match["word"]


def _nested(reader: Follower, path: str, operator: str, value: str, depth: int) -> Condition:
    if depth > MAXIMUM_DEPTH:
        raise _wrong(f"more than {MAXIMUM_DEPTH} references are followed in a row")
    reference, dot, rest = path.partition(".")
    if not dot:
        return reader.compare(Comparison(path, operator, value))
    target, joined = reader.follow(reference)
    return joined(_nested(target, rest, operator, value, depth + 1))


def _string(quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        raise _wrong("a text in quotes is not as JSON writes it") from None


def _wrong(problem: str) -> Exception:
    return wrong_value("_filter", problem)
