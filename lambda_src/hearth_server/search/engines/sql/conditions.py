"""SQL for whole conditions: as a test of a candidate, and as a source of candidates."""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.sql import spans
from hearth_server.search.engines.sql.dialect import Dialect
from hearth_server.search.engines.sql.fragment import (
    FALSE,
    TRUE,
    Sql,
    among,
    every,
    joined,
    some,
    sql,
)
from hearth_server.search.engines.sql.leaves import TABLE, Leaves
from hearth_server.search.engines.sql.schema import CONTAINED, CURRENT
from hearth_server.search.fields import Field, FieldKind
from hearth_server.search.query import (
    Amounts,
    And,
    Bounds,
    CanonicalChain,
    CanonicalReferenced,
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

ROUGHLY = 50_000
"""How many resources are followed at most to count roughly what refers to them."""

METERS_PER_DEGREE = 111_000
"""A little less than a degree of latitude has."""


@dataclass(frozen=True, slots=True)
class Source:
    """A query for the hashes of resources that may meet a condition."""

    rows: Sql
    """Has one column, `rid`; it may name a resource twice, and others of other types."""
    exact: bool = True
    """Whether all of them meet the condition."""
    tables: tuple[Sql, ...] = ()
    """Queries that `rows` refers to by name: nested, they would be too deep for SQLite's parser."""
    rough: Source | None = None
    """What is counted in its place, if to count it would be as much work as to gather it."""

    @property
    def counted(self) -> Source:
        """What to count, to know about how many rows it has."""
        return self.rough or self


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
                return some(_updated(each, at) for each in bounds)
            case Words(part=part, tests=tests):
                return self._words(part, tests, at)
        return sql(f"EXISTS (SELECT 1 {{}}{self.dialect.apart})", self._rows(condition, at))

    def source(self, condition: Condition, types: Sequence[str]) -> Source | None:
        """Return where to look for resources that meet a condition; None for everywhere."""
        match condition:
            case And(conditions=conditions):
                return self._part_source(conditions, types)
            case Or(conditions=conditions):
                return self._any_source(conditions, types)
            case CanonicalChain() | CanonicalReferenced():
                raise TypeError("search.canonicals puts URLs in its place")
            case Not() | Words():
                return None
            case Updated(bounds=bounds):
                return Source(self._updated_source(bounds, types))
            case Ids(ids=ids, type=type):
                of = types if type is None else [type]
                numbers = [resource_hash(self.tenant, each, id) for each in of for id in ids]
                return Source(sql("SELECT rid FROM resource WHERE {}", among("rid", numbers)))
            case Terms() | Links() | Moments() | Amounts():
                return Source(self._leaf_source(condition))
            case Present(fields=fields, only=only):
                return Source(self._present_source(fields), exact=not only)
            case Chain(fields=fields, types=of, condition=inner):
                return self._chain_source(fields, of, inner)
            case Referenced(type=referrer, fields=fields, condition=inner):
                return self._referenced_source(referrer, fields, inner)
        return Source(self._row_source(condition))

    def followed(self, rows: Sql, where: Sql, types: Sequence[str], test: Sql) -> Sql:
        """Return FROM and WHERE of the resources `r` that rows `v` name and a test keeps."""
        kept = every([self.current(types, "r"), test])
        return sql(self.dialect.followed, rows, where, kept)

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

    def _part_source(self, conditions: Sequence[Condition], types: Sequence[str]) -> Source | None:
        found = (self.source(each, types) for each in conditions)
        first = next((each for each in found if each is not None), None)
        return first and replace(first, exact=first.exact and len(conditions) == 1)

    def _any_source(self, conditions: Sequence[Condition], types: Sequence[str]) -> Source | None:
        found = [self.source(each, types) for each in conditions]
        sources = [each for each in found if each is not None]
        if not found:
            return Source(sql("SELECT rid FROM resource WHERE {}", FALSE))
        if len(sources) < len(found):
            return None
        counted = _union([each.counted for each in sources], exact=False)
        return replace(_union(sources, all(each.exact for each in sources)), rough=counted)

    def _updated_source(self, bounds: Sequence[Bounds[int]], types: Sequence[str]) -> Sql:
        lowest, highest = spans.limits(bounds, 0)
        return sql(
            "SELECT u.rid AS rid FROM resource u WHERE {} AND {} AND {}",
            self.current(types, "u"),
            every(spans.within("u.updated", lowest, highest)),
            some(_updated(each, "u") for each in bounds),
        )

    def _leaf_source(self, leaf: Terms | Links | Moments | Amounts) -> Sql:
        fields, table = self.leaves.fields(leaf.fields, "v"), TABLE[type(leaf)]
        return joined(
            " UNION ALL ",
            (
                sql(f"SELECT v.rid AS rid FROM {table} v WHERE {{}} AND {{}}", fields, branch)
                for branch in self.leaves.branches(leaf, "v")
            ),
        )

    def _row_source(self, condition: Listed | Near | Together) -> Sql:
        match condition:
            case Listed(type=type, id=id, fields=fields):
                return sql(
                    "SELECT v.target AS rid FROM link v WHERE v.rid = ? AND {}",
                    resource_hash(self.tenant, type, id),
                    self.leaves.fields(fields, "v"),
                )
            case Near():
                return sql("SELECT v.rid AS rid FROM place v WHERE {}", self._near(condition, "v"))
            case Together():
                return sql("SELECT e0.rid AS rid {}", self._together(condition, None))

    def _rows(self, condition: Condition, at: str) -> Sql:
        """Return FROM and WHERE of the rows that make the condition true of `at`."""
        match condition:
            case Terms() | Links() | Moments() | Amounts():
                table, alias = TABLE[type(condition)], self._alias("v")
                row = self.leaves.row(condition, alias)
                return sql(f"FROM {table} {alias} WHERE {alias}.rid = {at}.rid AND {{}}", row)
            case Present(fields=fields, only=only):
                table, alias = TABLE_OF_KIND[fields[0].kind], self._alias("v")
                named = self.leaves.fields(fields, alias)
                kept = some(_shown_as(each, alias) for each in only) if only else TRUE
                return sql(
                    f"FROM {table} {alias} WHERE {alias}.rid = {at}.rid AND {{}} AND {{}}",
                    named,
                    kept,
                )
            case Near():
                alias = self._alias("v")
                place = self._near(condition, alias)
                return sql(f"FROM place {alias} WHERE {alias}.rid = {at}.rid AND {{}}", place)
            case Together():
                return self._together(condition, at)
            case Listed():
                return self._listed_rows(condition, at)
            case Chain(fields=fields, types=types, condition=inner):
                return self._chain_rows(fields, types, inner, at)
            case Referenced(type=referrer, fields=fields, condition=inner):
                return self._referenced_rows(referrer, fields, inner, at)
        raise TypeError(f"{type(condition).__name__} has no rows")

    def _listed_rows(self, condition: Listed, at: str) -> Sql:
        alias = self._alias("v")
        return sql(
            f"FROM link {alias} WHERE {alias}.rid = ? AND {alias}.target = {at}.rid AND {{}}",
            resource_hash(self.tenant, condition.type, condition.id),
            self.leaves.fields(condition.fields, alias),
        )

    def _chain_rows(
        self, fields: Sequence[Field], types: Sequence[str], inner: Condition, at: str
    ) -> Sql:
        link, other = self._alias("l"), self._alias("x")
        return sql(
            f"FROM link {link} CROSS JOIN resource {other} WHERE {link}.rid = {at}.rid"
            f" AND {{}} AND {other}.rid = {link}.target AND {{}} AND {{}}",
            self.leaves.fields(fields, link),
            self.current(types, other, contained=True),
            self.test(inner, other),
        )

    def _referenced_rows(
        self, type: str, fields: Sequence[Field], inner: Condition, at: str
    ) -> Sql:
        link, other = self._alias("l"), self._alias("x")
        return sql(
            f"FROM link {link} CROSS JOIN resource {other} WHERE {link}.target = {at}.rid"
            f" AND {{}} AND {other}.rid = {link}.rid AND {{}} AND {{}}",
            self.leaves.fields(fields, link),
            self.current([type], other),
            self.test(inner, other),
        )

    def _chain_source(
        self, fields: Sequence[Field], types: Sequence[str], inner: Condition
    ) -> Source | None:
        found = self.source(inner, types)
        if found is None:
            return None
        some = replace(found.counted, rows=sql(f"{{}} LIMIT {ROUGHLY}", found.counted.rows))
        met = self._met(found, inner, types, contained=True)
        rough = self._linked("rid", "target", some, fields)
        return replace(self._linked("rid", "target", met, fields), rough=rough)

    def _referenced_source(
        self, type: str, fields: Sequence[Field], inner: Condition
    ) -> Source | None:
        found = self.source(inner, [type])
        if found is None:
            return None
        met = self._met(found, inner, [type], contained=False)
        rough = found.counted  # each refers to one, as a rule
        return replace(self._linked("target", "rid", met, fields), rough=rough)

    def _met(
        self, found: Source, inner: Condition, types: Sequence[str], *, contained: bool
    ) -> Source:
        """Return those of a source that are there and meet a condition, each once."""
        other = self._alias("x")
        rows = sql(
            f"SELECT DISTINCT s.rid AS rid FROM ({{}}) s WHERE EXISTS (SELECT 1 FROM resource"
            f" {other} WHERE {other}.rid = s.rid AND {{}} AND {{}}{self.dialect.apart})",
            found.rows,
            self.current(types, other, contained=contained),
            TRUE if found.exact else self.test(inner, other),
        )
        return Source(rows, tables=found.tables)

    def _linked(self, chosen: str, followed: str, found: Source, fields: Sequence[Field]) -> Source:
        """Return the ends of the links whose other ends are in a source; null for those without.

        A nested loop follows an outer join from its left: links are looked up one by one.
        """
        name = self._alias("c")
        rows = sql(
            f"SELECT l.{chosen} AS rid FROM {name} d LEFT JOIN link l"
            f" ON l.{followed} = d.rid AND {{}}",
            self.leaves.fields(fields, "l"),
        )
        return Source(rows, tables=(*found.tables, sql(f"{name} AS ({{}})", found.rows)))

    def _present_source(self, fields: Sequence[Field]) -> Sql:
        table = TABLE_OF_KIND[fields[0].kind]
        return sql(
            f"SELECT v.rid AS rid FROM {table} v WHERE {{}}", self.leaves.fields(fields, "v")
        )

    def _together(self, condition: Together, at: str | None) -> Sql:
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

    def _near(self, near: Near, alias: str) -> Sql:
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
        alias = self._alias("w")
        contains = self.dialect.contains.format(f"{alias}.{part}", "?")
        found = some(every(sql(contains, f" {word} ") for word in words) for words in tests)
        return sql(
            f"EXISTS (SELECT 1 FROM words {alias} WHERE {alias}.rid = {at}.rid AND {{}})", found
        )

    def _alias(self, letter: str) -> str:
        self._aliases += 1
        return f"{letter}{self._aliases}"


def _updated(bounds: Bounds[int], at: str) -> Sql:
    """Return that a version was committed within bounds; it has a width of one microsecond."""
    conditions = []
    for text, edge in (
        (f"{at}.updated >= ?", bounds.low_min),
        (f"{at}.updated <= ?", bounds.low_max),
        (f"{at}.updated + 1 >= ?", bounds.high_min),
        (f"{at}.updated + 1 <= ?", bounds.high_max),
    ):
        if edge is not None:
            conditions.append(sql(text, edge))
    return every(conditions)


def _shown_as(type: str, alias: str) -> Sql:
    return sql(f"({alias}.shown >= ? AND {alias}.shown < ?)", f"{type}/", f"{type}0")


def _union(sources: Sequence[Source], exact: bool) -> Source:
    rows = joined(" UNION ALL ", (each.rows for each in sources))
    return Source(rows, exact, tuple(table for each in sources for table in each.tables))
