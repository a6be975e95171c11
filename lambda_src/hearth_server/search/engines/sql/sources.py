"""SQL for whole conditions, as a source of candidates."""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.sql import spans
from hearth_server.search.engines.sql.conditions import TABLE_OF_KIND, Conditions
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
from hearth_server.search.engines.sql.leaves import TABLE
from hearth_server.search.fields import Field
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

ROUGHLY = 50_000
"""How many resources are followed at most to count roughly what refers to them."""


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


class Sources:
    """Finds where to look for what meets a condition."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    def of(self, condition: Condition, types: Sequence[str]) -> Source | None:
        """Return where to look for resources that meet a condition; None for everywhere."""
        match condition:
            case And(conditions=conditions):
                return self._part(conditions, types)
            case Or(conditions=conditions):
                return self._any(conditions, types)
            case CanonicalChain() | CanonicalReferenced():
                raise TypeError("search.canonicals puts URLs in its place")
            case Not() | Words():
                return None
            case Updated(bounds=bounds):
                return Source(self._updated(bounds, types))
            case Ids(ids=ids, type=type):
                of = types if type is None else [type]
                numbers = [
                    resource_hash(self._conditions.tenant, each, id) for each in of for id in ids
                ]
                return Source(sql("SELECT rid FROM resource WHERE {}", among("rid", numbers)))
            case Terms() | Links() | Moments() | Amounts():
                return Source(self._leaf(condition))
            case Present(fields=fields, only=only):
                return Source(self._present(fields), exact=not only)
            case Chain(fields=fields, types=of, condition=inner):
                return self._chain(fields, of, inner)
            case Referenced(type=referrer, fields=fields, condition=inner):
                return self._referenced(referrer, fields, inner)
        return Source(self._row(condition))

    def _part(self, conditions: Sequence[Condition], types: Sequence[str]) -> Source | None:
        found = (self.of(each, types) for each in conditions)
        first = next((each for each in found if each is not None), None)
        return first and replace(first, exact=first.exact and len(conditions) == 1)

    def _any(self, conditions: Sequence[Condition], types: Sequence[str]) -> Source | None:
        found = [self.of(each, types) for each in conditions]
        sources = [each for each in found if each is not None]
        if not found:
            return Source(sql("SELECT rid FROM resource WHERE {}", FALSE))
        if len(sources) < len(found):
            return None
        counted = _union([each.counted for each in sources], exact=False)
        return replace(_union(sources, all(each.exact for each in sources)), rough=counted)

    def _updated(self, bounds: Sequence[Bounds[int]], types: Sequence[str]) -> Sql:
        lowest, highest = spans.limits(bounds, 0)
        return sql(
            "SELECT u.rid AS rid FROM resource u WHERE {} AND {} AND {}",
            self._conditions.current(types, "u"),
            every(spans.within("u.updated", lowest, highest)),
            some(spans.updated(each, "u") for each in bounds),
        )

    def _leaf(self, leaf: Terms | Links | Moments | Amounts) -> Sql:
        fields, table = self._conditions.leaves.fields(leaf.fields, "v"), TABLE[type(leaf)]
        return joined(
            " UNION ALL ",
            (
                sql(f"SELECT v.rid AS rid FROM {table} v WHERE {{}} AND {{}}", fields, branch)
                for branch in self._conditions.leaves.branches(leaf, "v")
            ),
        )

    def _row(self, condition: Listed | Near | Together) -> Sql:
        match condition:
            case Listed(type=type, id=id, fields=fields):
                return sql(
                    "SELECT v.target AS rid FROM link v WHERE v.rid = ? AND {}",
                    resource_hash(self._conditions.tenant, type, id),
                    self._conditions.leaves.fields(fields, "v"),
                )
            case Near():
                return sql(
                    "SELECT v.rid AS rid FROM place v WHERE {}",
                    self._conditions.near(condition, "v"),
                )
            case Together():
                return sql("SELECT e0.rid AS rid {}", self._conditions.together(condition, None))

    def targets(self, chain: Chain) -> Source | None:
        """Return where to look for what a chain leads to, each once; None for everywhere."""
        found = self.of(chain.condition, chain.types)
        return found and self._met(found, chain.condition, chain.types, contained=True)

    def _chain(
        self, fields: Sequence[Field], types: Sequence[str], inner: Condition
    ) -> Source | None:
        found = self.of(inner, types)
        if found is None:
            return None
        some = replace(found.counted, rows=sql(f"{{}} LIMIT {ROUGHLY}", found.counted.rows))
        met = self._met(found, inner, types, contained=True)
        rough = self._linked("rid", "target", some, fields)
        return replace(self._linked("rid", "target", met, fields), rough=rough)

    def _referenced(self, type: str, fields: Sequence[Field], inner: Condition) -> Source | None:
        found = self.of(inner, [type])
        if found is None:
            return None
        met = self._met(found, inner, [type], contained=False)
        rough = found.counted  # each refers to one, as a rule
        return replace(self._linked("target", "rid", met, fields), rough=rough)

    def _met(
        self, found: Source, inner: Condition, types: Sequence[str], *, contained: bool
    ) -> Source:
        """Return those of a source that are there and meet a condition, each once."""
        other = self._conditions.alias("x")
        dialect = self._conditions.dialect
        current = self._conditions.current(types, other, contained=contained)
        test = TRUE if found.exact else self._conditions.test(inner, other)
        rows = sql(
            f"SELECT DISTINCT s.rid AS rid FROM ({{}}) s WHERE EXISTS (SELECT 1 FROM resource"
            f" {other} WHERE {other}.rid = s.rid AND {{}}{dialect.apart})",
            found.rows,
            sql(dialect.kept, every([current, test])),
        )
        return Source(rows, tables=found.tables)

    def _linked(self, chosen: str, followed: str, found: Source, fields: Sequence[Field]) -> Source:
        """Return the ends of the links whose other ends are in a source; null for those without.

        A nested loop follows an outer join from its left: links are looked up one by one.
        """
        name = self._conditions.alias("c")
        rows = sql(
            f"SELECT l.{chosen} AS rid FROM {name} d LEFT JOIN link l"
            f" ON l.{followed} = d.rid AND {{}}",
            self._conditions.leaves.fields(fields, "l"),
        )
        return Source(rows, tables=(*found.tables, sql(f"{name} AS ({{}})", found.rows)))

    def _present(self, fields: Sequence[Field]) -> Sql:
        table = TABLE_OF_KIND[fields[0].kind]
        return sql(
            f"SELECT v.rid AS rid FROM {table} v WHERE {{}}",
            self._conditions.leaves.fields(fields, "v"),
        )


def _union(sources: Sequence[Source], exact: bool) -> Source:
    rows = joined(" UNION ALL ", (each.rows for each in sources))
    return Source(rows, exact, tuple(table for each in sources for table in each.tables))
