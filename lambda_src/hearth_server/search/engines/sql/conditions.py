"""SQL for whole conditions, as a test of a candidate."""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Self

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.sql import spans
from hearth_server.search.engines.sql.dialect import ROW_BY_ROW, Dialect
from hearth_server.search.engines.sql.fragment import (
    TRUE,
    Sql,
    among,
    every,
    some,
    sql,
)
from hearth_server.search.engines.sql.leaves import TABLE, Leaves
from hearth_server.search.engines.sql.schema import CONTAINED, CURRENT
from hearth_server.search.fields import Field, FieldKind
from hearth_server.search.query import (
    Amounts,
    And,
    Chain,
    Condition,
    Ids,
    Links,
    Listed,
    Moments,
    Near,
    Not,
    Or,
    Present,
    Referenced,
    Terms,
    Together,
    Updated,
    Words,
    parts,
)

TABLE_OF_KIND: dict[FieldKind, str] = {
    "token": "term",
    "string": "term",
    "uri": "term",
    "reference": "link",
    "date": "moment",
    "number": "amount",
    "quantity": "amount",
    "position": "place",
}

METERS_PER_DEGREE = 111_000
"""A little less than a degree of latitude has."""


class Conditions:
    """Writes the conditions of one tenant in one dialect.

    A test is true of the resource whose hash the column `rid` has; `id`, `updated` and `type`
    are columns of its row in `resource`, under the alias `at`.
    """

    def __init__(self, tenant: str, dialect: Dialect) -> None:
        self.tenant = tenant
        self.dialect = dialect
        self.leaves = Leaves(tenant, dialect)
        self._aliases = 0
        self._gathered: Mapping[Chain, str] = {}

    def with_targets(self, chain: Chain, name: str) -> Self:
        """Return the same for a statement that has the targets of a chain in a named query."""
        other = copy(self)
        other._gathered = {**self._gathered, chain: name}
        return other

    def test(self, condition: Condition, at: str) -> Sql:
        """Return that the condition is true of the resource in the row `at`."""
        match condition:
            case And(conditions=conditions):
                return every(self.test(each, at) for each in conditions)
            case Or(conditions=conditions):
                return some(self.test(each, at) for each in conditions)
            case Not(condition=inner):
                return sql("NOT ({})", self.test(inner, at))
            case Ids(ids=ids, type=type):
                named = among(f"{at}.id", ids)
                return named if type is None else sql(f"({{}} AND {at}.type = ?)", named, type)
            case Updated(bounds=bounds):
                return some(spans.updated(each, at) for each in bounds)
            case Words(part=part, tests=tests):
                return self._words(part, tests, at)
        return sql(f"EXISTS (SELECT 1 {{}}{self.dialect.apart})", self._rows(condition, at))

    def followed(self, rows: Sql, where: Sql, types: Sequence[str], condition: Condition) -> Sql:
        """Return FROM and WHERE of the resources `r` that rows `v` name and a condition keeps.

        What the hash alone can tell is tested before a resource is looked up.
        """
        tests = [(each, _asks_for_row(each)) for each in parts(condition)]
        named = [self.test(each, "v") for each, of_row in tests if not of_row]
        kept = [self.test(each, "r") for each, of_row in tests if of_row]
        return sql(
            self.dialect.followed,
            rows,
            every([where, *named]),
            every([self.current(types, "r"), *kept]),
        )

    def current(self, types: Sequence[str], at: str, *, contained: bool = False) -> Sql:
        """Return that a row of `resource` is the tenant's, of one of the types and not deleted."""
        states = f"IN ({CURRENT}, {CONTAINED})" if contained else f"= {CURRENT}"
        return every(
            [
                sql(f"{at}.tenant = ?", self.tenant),
                among(f"{at}.type", list(types)),
                Sql(f"{at}.state {states}"),
            ]
        )

    def _rows(self, condition: Condition, at: str) -> Sql:
        """Return FROM and WHERE of the rows that make the condition true of `at`."""
        match condition:
            case Terms() | Links() | Moments() | Amounts():
                table, alias = TABLE[type(condition)], self.alias("v")
                row = self.leaves.row(condition, alias)
                return sql(f"FROM {table} {alias} WHERE {alias}.rid = {at}.rid AND {{}}", row)
            case Present(fields=fields, only=only):
                table, alias = TABLE_OF_KIND[fields[0].kind], self.alias("v")
                named = self.leaves.fields(fields, alias)
                kept = some(_shown_as(each, alias) for each in only) if only else TRUE
                return sql(
                    f"FROM {table} {alias} WHERE {alias}.rid = {at}.rid AND {{}} AND {{}}",
                    named,
                    kept,
                )
            case Near():
                alias = self.alias("v")
                place = self.near(condition, alias)
                return sql(f"FROM place {alias} WHERE {alias}.rid = {at}.rid AND {{}}", place)
            case Together():
                return self.together(condition, at)
            case Listed():
                return self._listed_rows(condition, at)
            case Chain():
                return self._chain_rows(condition, at)
            case Referenced(type=referrer, fields=fields, condition=inner):
                return self._referenced_rows(referrer, fields, inner, at)
        raise TypeError(f"{type(condition).__name__} has no rows")

    def _listed_rows(self, condition: Listed, at: str) -> Sql:
        alias = self.alias("v")
        return sql(
            f"FROM link {alias} WHERE {alias}.rid = ? AND {alias}.target = {at}.rid AND {{}}",
            resource_hash(self.tenant, condition.type, condition.id),
            self.leaves.fields(condition.fields, alias),
        )

    def _chain_rows(self, chain: Chain, at: str) -> Sql:
        link, other = self.alias("l"), self.alias("x")
        fields = self.leaves.fields(chain.fields, link)
        name = self._gathered.get(chain)
        if name is not None:
            gathered = Sql(f"{link}.target IN (SELECT rid FROM {name})")
            return sql(
                f"FROM link {link} WHERE {link}.rid = {at}.rid AND {{}} AND {ROW_BY_ROW}",
                fields,
                gathered,
            )
        return sql(
            f"FROM link {link} CROSS JOIN resource {other} WHERE {link}.rid = {at}.rid"
            f" AND {{}} AND {other}.rid = {link}.target AND {{}} AND {{}}",
            fields,
            self.current(chain.types, other, contained=True),
            self.test(chain.condition, other),
        )

    def _referenced_rows(
        self, type: str, fields: Sequence[Field], inner: Condition, at: str
    ) -> Sql:
        link, other = self.alias("l"), self.alias("x")
        return sql(
            f"FROM link {link} CROSS JOIN resource {other} WHERE {link}.target = {at}.rid"
            f" AND {{}} AND {other}.rid = {link}.rid AND {{}} AND {{}}",
            self.leaves.fields(fields, link),
            self.current([type], other),
            self.test(inner, other),
        )

    def together(self, condition: Together, at: str | None) -> Sql:
        """Return FROM and WHERE of rows that have the others beside them in the same element."""
        first, *others = condition.inside
        conditions = [Sql(f"e0.rid = {at}.rid")] if at else []
        conditions.append(self.leaves.row(first, "e0"))
        for number, leaf in enumerate(others, 1):
            conditions.append(
                sql(
                    f"EXISTS (SELECT 1 FROM {TABLE[type(leaf)]} e{number}"
                    f" WHERE e{number}.rid = e0.rid AND e{number}.ordinal = e0.ordinal AND {{}}"
                    f"{self.dialect.apart})",
                    self.leaves.row(leaf, f"e{number}"),
                )
            )
        return sql(f"FROM {TABLE[type(first)]} e0 WHERE {{}}", every(conditions))

    def near(self, near: Near, alias: str) -> Sql:
        """Return that a row of `place` is near enough."""
        slack = near.meters / METERS_PER_DEGREE
        meters = self.dialect.distance(
            f"{alias}.latitude", f"{alias}.longitude", near.latitude, near.longitude
        )
        return sql(
            f"{{}} AND {alias}.latitude >= ? AND {alias}.latitude <= ? AND {{}} <= ?",
            self.leaves.fields(near.fields, alias),
            near.latitude - slack,
            near.latitude + slack,
            meters,
            near.meters,
        )

    def _words(self, part: str, tests: Sequence[Sequence[str]], at: str) -> Sql:
        alias = self.alias("w")
        contains = self.dialect.contains.format(f"{alias}.{part}", "?")
        found = some(every(sql(contains, f" {word} ") for word in words) for words in tests)
        return sql(
            f"EXISTS (SELECT 1 FROM words {alias} WHERE {alias}.rid = {at}.rid AND {{}})", found
        )

    def alias(self, letter: str) -> str:
        """Return a name that no other table of the statement has."""
        self._aliases += 1
        return f"{letter}{self._aliases}"


def _asks_for_row(condition: Condition) -> bool:
    """Whether a test needs more of a resource's row than its hash."""
    match condition:
        case And(conditions=conditions) | Or(conditions=conditions):
            return any(map(_asks_for_row, conditions))
        case Not(condition=inner):
            return _asks_for_row(inner)
    return isinstance(condition, Ids | Updated)


def _shown_as(type: str, alias: str) -> Sql:
    return sql(f"({alias}.shown >= ? AND {alias}.shown < ?)", f"{type}/", f"{type}0")
