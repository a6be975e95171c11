"""Random FHIRPath expressions over a Patient, from a seed."""

from __future__ import annotations

import random
from typing import Any

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "name": [
        {"use": "official", "family": "Chalmers", "given": ["Peter", "James"]},
        {"use": "usual", "given": ["Jim"]},
        {"use": "maiden", "family": "Windsor", "given": ["Peter"], "period": {"end": "2002"}},
    ],
    "telecom": [{"use": "home"}, {"system": "phone", "value": "(03) 5555", "rank": 1}],
    "gender": "male",
    "birthDate": "1974-12-25",
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "contact": [{"relationship": [{"coding": [{"code": "N"}]}], "name": {"family": "du"}}],
}
_PATHS = (
    "name", "name.given", "name.family", "name.use", "telecom", "telecom.value", "telecom.rank",
    "gender", "birthDate", "active", "deceased", "multipleBirth", "contact.name", "maritalStatus",
    "name.period.end", "id", "contact.relationship.coding.code", "Patient.name", "name.children()",
)  # fmt: skip
_DATES = (
    "birthDate", "@1974-12-25", "@2000-01-01", "@2015-02", "@2012", "name.period.end.first()",
    "@2015-02-04T14:34:28Z", "@2015-02-04T14:34:28+10:00", "(birthDate + 1 month)",
    "(birthDate - 3 weeks)",
)  # fmt: skip


class Expressions:
    """Makes expressions; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def any(self) -> str:
        """Return an expression of any type, up to four levels deep."""
        make = self._random.choice([self.items, self.truth, self.number, self.text])
        return make(self._random.randrange(1, 5))

    def items(self, depth: int) -> str:
        """Return an expression for a collection."""
        if depth <= 0:
            return self._random.choice(_PATHS)
        inner, other, count = (
            self.items(depth - 1),
            self.items(depth - 1),
            self._random.randrange(3),
        )
        return self._random.choice([
            f"{inner}.where({self.truth(depth - 1)})", f"{inner}.first()", f"{inner}.last()",
            f"{inner}.tail()", f"{inner}.skip({count})", f"{inner}.take({count})",
            f"{inner}.distinct()", f"({inner} | {other})", f"{inner}.intersect({other})",
            f"{inner}.exclude({other})", f"{inner}[{count}]", f"{inner}.combine({other})",
            f"iif({self.truth(depth - 1)}, {inner}, {other})", f"{inner}.select($index)",
            f"{inner}.repeat(given)", f"{inner}.ofType(HumanName)",
        ])  # fmt: skip

    def truth(self, depth: int) -> str:
        """Return an expression for a boolean."""
        if depth <= 0:
            return self._random.choice(
                ["true", "false", "name.exists()", "active", "$this.exists()"]
            )
        inner, other = self.truth(depth - 1), self.truth(depth - 1)
        items, text = self.items(depth - 1), self.text(depth - 1)
        operator = self._random.choice(["and", "or", "implies", "xor"])
        comparison = self._random.choice(["<", "<=", ">", ">=", "=", "!=", "~"])
        question = self._random.choice(["startsWith", "endsWith", "contains"])
        return self._random.choice([
            f"{items}.exists()", f"{items}.empty()", f"({inner} {operator} {other})",
            f"{inner}.not()", f"({self.number(depth - 1)} {comparison} {self.number(depth - 1)})",
            f"({text} {comparison} {self.text(depth - 1)})", f"{text}.{question}({self.text(0)})",
            f"{items}.all({inner})", f"{items}.isDistinct()", f"{items}.subsetOf({items})",
            f"({self._random.choice(_DATES)} {comparison} {self._random.choice(_DATES)})",
            f"({self._random.choice(_PATHS)} contains {self.text(0)})",
            f"{self.text(0)} in {self._random.choice(_PATHS)}",
        ])  # fmt: skip

    def number(self, depth: int) -> str:
        """Return an expression for a number."""
        if depth <= 0:
            return self._random.choice(["1", "2", "0", "1.5", "10", "multipleBirth"])
        inner, other, text = self.number(depth - 1), self.number(depth - 1), self.text(depth - 1)
        operator = self._random.choice(["+", "-", "*", "/", "div", "mod"])
        function = self._random.choice(["abs()", "ceiling()", "floor()", "truncate()", "round(1)"])
        return self._random.choice([
            f"{self.items(depth - 1)}.count()", f"({inner} {operator} {other})", f"{text}.length()",
            f"{inner}.{function}", f"{text}.indexOf({self.text(0)})", f"{inner}.toDecimal()",
            "(1 | 2 | 3).aggregate($this + $total, 0)",
        ])  # fmt: skip

    def text(self, depth: int) -> str:
        """Return an expression for a string."""
        if depth <= 0:
            return self._random.choice(["'Peter'", "'a'", "gender", "id", "name.given.first()"])
        inner, other, start = self.text(depth - 1), self.text(depth - 1), self._random.randrange(3)
        return self._random.choice([
            f"{inner}.upper()", f"{inner}.lower()", f"({inner} & {other})", f"({inner} + {other})",
            f"{inner}.substring({start})", f"{inner}.substring({start}, 2)",
            f"{inner}.replace({self.text(0)}, {self.text(0)})", "name.given.first()",
        ])  # fmt: skip
