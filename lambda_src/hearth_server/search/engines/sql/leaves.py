"""SQL for conditions on the values of one resource: what a row of a value table must be.

Each condition is written once, over the columns of its table; sources and tests wrap it.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from hearth_server.search.engines.hashes import (
    field_hash,
    resource_hash,
    text_hash,
    url_hash,
)
from hearth_server.search.engines.sql import spans
from hearth_server.search.engines.sql.dialect import Dialect
from hearth_server.search.engines.sql.fragment import Sql, among, every, some, sql
from hearth_server.search.fields import Field
from hearth_server.search.folding import CONTAINS_LENGTH, CUT, cut
from hearth_server.search.query import (
    Amounts,
    AmountTest,
    Leaf,
    Links,
    Moments,
    Target,
    Terms,
    TermTest,
)

HIGHEST_TEXT = "\U0010ffff"
"""Sorts after every text that has the same start."""

TABLE = {Terms: "term", Links: "link", Moments: "moment", Amounts: "amount"}


class Leaves:
    """Writes the conditions of one tenant in one dialect."""

    def __init__(self, tenant: str, dialect: Dialect) -> None:
        self._tenant = tenant
        self._dialect = dialect

    def fields(self, fields: Sequence[Field], alias: str) -> Sql:
        """Return that a row is of one of the fields."""
        return among(f"{alias}.field", [field_hash(self._tenant, each) for each in fields])

    def row(self, leaf: Leaf, alias: str) -> Sql:
        """Return what a row must be, as one condition."""
        return sql("{} AND {}", self.fields(leaf.fields, alias), some(self.branches(leaf, alias)))

    def branches(self, leaf: Leaf, alias: str) -> list[Sql]:
        """Return conditions, one of which must hold, each of which an index can find."""
        match leaf:
            case Terms(tests=tests):
                return list(self._terms(tests, alias))
            case Links(targets=targets):
                return list(self._links(targets, alias))
            case Moments(bounds=bounds):
                return spans.branches(bounds, alias)
            case Amounts(tests=amount_tests):
                return [branch for each in amount_tests for branch in _amounts(each, alias)]

    def lists(self, leaf: Terms | Links, alias: str) -> Iterator[Sql]:
        """Yield, for a leaf that names its values, a condition per field and value.

        An index has the rows of each in the order of the resources' hashes.
        """
        for field in leaf.fields:
            named = sql(f"{alias}.field = ?", field_hash(self._tenant, field))
            for value in self._values(leaf, alias):
                yield sql("{} AND {}", named, value)

    def _values(self, leaf: Terms | Links, alias: str) -> Iterator[Sql]:
        if isinstance(leaf, Links):
            for target in leaf.targets:
                yield from self._links([target], alias)
            return
        for test in leaf.tests:
            for key in test.keys or ():
                yield self._term(replace(test, keys=(key,)), alias)

    def _terms(self, tests: Sequence[TermTest], alias: str) -> Iterator[Sql]:
        """Yield one condition for all tests that list keys of one system, and for each other."""
        keys: dict[str | None, dict[str, None]] = {}
        for test in tests:
            if _lists_keys(test):
                keys.setdefault(test.qualifier, {}).update(dict.fromkeys(test.keys or ()))
            else:
                yield self._term(test, alias)
        for qualifier, listed in keys.items():
            yield self._term(TermTest(keys=tuple(listed), qualifier=qualifier), alias)

    def _term(self, test: TermTest, alias: str) -> Sql:
        conditions = []
        if test.keys is not None:
            conditions.append(among(f"{alias}.key", test.keys))
        if test.start is not None:
            end = test.start + HIGHEST_TEXT
            conditions.append(sql(f"{alias}.key >= ? AND {alias}.key < ?", test.start, end))
        if test.inside is not None:
            conditions.append(self._inside(test.inside[:CONTAINS_LENGTH], alias))
        if test.end is not None:
            length = len(test.end)
            conditions.append(
                sql(f"substr({alias}.key, length({alias}.key) - {length - 1}) = ?", test.end)
            )
        if test.qualifier is not None:
            conditions.append(sql(f"{alias}.qualifier = ?", text_hash(test.qualifier)))
        if not conditions or test == TermTest(qualifier=test.qualifier):
            conditions.append(Sql(f"{alias}.key > ''"))  # any code of a system
        return every(conditions)

    def _inside(self, text: str, alias: str) -> Sql:
        contains = self._dialect.contains.format(f"{alias}.key", "?")
        in_key = sql(f"({contains} AND NOT {contains})", text, CUT)  # a hash is no text
        in_passage = sql(self._dialect.contains.format("p.passage", "?"), text)
        return sql(
            f"({{}} OR EXISTS (SELECT 1 FROM passage p WHERE p.rid = {alias}.rid"
            f" AND p.field = {alias}.field AND p.key = {alias}.key AND {{}}))",
            in_key,
            in_passage,
        )

    def _links(self, targets: Sequence[Target], alias: str) -> Iterator[Sql]:
        anyhow = [self.target(each) for each in targets if each.version is None]
        if anyhow:
            yield among(f"{alias}.target", list(dict.fromkeys(anyhow)))
        for each in targets:
            if each.version is not None:
                condition = f"{alias}.target = ? AND {alias}.version = ?"
                yield sql(condition, self.target(each), cut(each.version))

    def target(self, target: Target) -> int:
        """Return the number of what a reference points at."""
        if target.type:
            return resource_hash(self._tenant, target.type, target.id)
        return url_hash(self._tenant, target.id)


def _lists_keys(test: TermTest) -> bool:
    return test.keys is not None and (test.start, test.inside, test.end) == (None,) * 3


def _amounts(test: AmountTest, alias: str) -> list[Sql]:
    units = []
    if test.system is not None:
        units.append(sql(f"{alias}.system = ?", text_hash(test.system)))
    if test.code is not None:
        units.append(sql(f"{alias}.code = ?", text_hash(test.code)))
    if test.unit is not None:
        number = text_hash(test.unit)
        units.append(sql(f"({alias}.code = ? OR {alias}.unit = ?)", number, number))
    return [every([span, *units]) for span in spans.branches(test.bounds, alias)]
