"""Pieces of SQL with the parameters that they bind: no value ever stands in a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Value: TypeAlias = int | float | str | None


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL, in which `?` stands for each parameter, and the parameters in order."""

    text: str
    parameters: tuple[Value, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.text + other.text, self.parameters + other.parameters)


TRUE = Sql("1 = 1")
FALSE = Sql("1 = 0")


def sql(text: str, *parts: Sql | Value) -> Sql:
    """Return `text` with each `{}` filled by a piece, and each `?` bound to a value, in order."""
    pieces = iter(parts)
    written: list[str] = []
    parameters: list[Value] = []
    for token in _tokens(text):
        if token in ("{}", "?"):
            part = next(pieces)
            if isinstance(part, Sql):
                written.append(part.text)
                parameters.extend(part.parameters)
            else:
                written.append("?")
                parameters.append(part)
        else:
            written.append(token)
    return Sql("".join(written), tuple(parameters))


def joined(separator: str, pieces: Iterable[Sql]) -> Sql:
    """Return the pieces with a separator between them."""
    listed = list(pieces)
    parameters = tuple(value for piece in listed for value in piece.parameters)
    return Sql(separator.join(piece.text for piece in listed), parameters)


def every(pieces: Iterable[Sql]) -> Sql:
    """Return the conjunction."""
    listed = [piece for piece in pieces if piece is not TRUE]
    if FALSE in listed:
        return FALSE
    return joined(" AND ", listed) if listed else TRUE


def some(pieces: Iterable[Sql]) -> Sql:
    """Return the disjunction."""
    listed = list(pieces)
    if len(listed) == 1:
        return listed[0]
    return sql("({})", joined(" OR ", (sql("({})", each) for each in listed))) if listed else FALSE


def among(column: str, values: Sequence[Value]) -> Sql:
    """Return that a column has one of the values."""
    if len(values) == 1:
        return Sql(f"{column} = ?", tuple(values))
    marks = ", ".join("?" * len(values))
    return Sql(f"{column} IN ({marks})", tuple(values)) if values else FALSE


@lru_cache(maxsize=4096)
def _tokens(text: str) -> list[str]:
    return re.split(r"(\{\}|\?)", text)
