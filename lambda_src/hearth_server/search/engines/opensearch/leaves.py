"""Query clauses for conditions on the values of one resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from hearth_server.search.engines.opensearch import keys
from hearth_server.search.fields import Field
from hearth_server.search.folding import CONTAINS_LENGTH, CUT
from hearth_server.search.query import (
    Amounts,
    AmountTest,
    Bounds,
    Leaf,
    Links,
    Moments,
    Target,
    Terms,
    TermTest,
)

Clause: TypeAlias = dict[str, Any]

TERMS_AT_ONCE = 60_000
"""Terms of one clause: OpenSearch takes 65,536."""

STATES = 200_000
"""How much work the automaton of a text may be: enough for the longest."""

_UNCUT = f"[^{CUT}{keys.PART}]*"
_ANYTHING = f"[^{keys.PART}]*"
_SPECIAL = re.compile(r"[!-/:-@\[-`{-~]")


def every(clauses: Iterable[Clause]) -> Clause:
    """Return that all clauses hold."""
    listed = list(clauses)
    if len(listed) == 1:
        return listed[0]
    return {"bool": {"filter": listed}} if listed else {"match_all": {}}


def some(clauses: Iterable[Clause]) -> Clause:
    """Return that one of the clauses holds."""
    listed = list(clauses)
    if len(listed) == 1:
        return listed[0]
    return {"bool": {"should": listed}} if listed else {"match_none": {}}


def among(path: str, terms: Sequence[str]) -> Clause:
    """Return that one of the terms is there."""
    if len(terms) == 1:
        return {"term": {path: terms[0]}}
    starts = range(0, len(terms), TERMS_AT_ONCE)
    return some({"terms": {path: terms[at : at + TERMS_AT_ONCE]}} for at in starts)


def nested(path: str, clause: Clause) -> Clause:
    """Return that some part at a path meets a clause."""
    return {"nested": {"path": path, "query": clause, "score_mode": "none"}}


def leaf(condition: Leaf, path: str) -> Clause:
    """Return that a value below `path` passes one of a condition's tests."""
    match condition:
        case Terms(fields=fields, tests=tests):
            return _terms(fields, tests, path)
        case Links(fields=fields, targets=targets):
            return _links(fields, targets, path)
        case Moments(fields=fields, bounds=bounds):
            at = f"{path}moments"
            within = some(_within(each, at) for each in bounds)
            return nested(at, every([_named(fields, at), within]))
        case Amounts(fields=fields, tests=amount_tests):
            at = f"{path}amounts"
            passing = some(_amount(each, at) for each in amount_tests)
            return nested(at, every([_named(fields, at), passing]))


def _named(fields: Sequence[Field], path: str) -> Clause:
    return among(f"{path}.field", [keys.tag(field) for field in fields])


def _terms(fields: Sequence[Field], tests: Sequence[TermTest], path: str) -> Clause:
    """Return one clause for all terms that are whole, and one for each that is looked for."""
    whole: dict[str, dict[str, None]] = {}
    clauses = []
    for test in tests:
        for field in fields:
            if (test.start, test.inside, test.end) != (None, None, None):
                clauses.append(_looked_for(field, test, path))
                continue
            where, found = _whole(field, test)
            whole.setdefault(where, {}).update(dict.fromkeys(found))
    listed = (among(f"{path}{where}", list(terms)) for where, terms in whole.items())
    return some([*(each for each in listed if each != {"match_none": {}}), *clauses])


def _whole(field: Field, test: TermTest) -> tuple[str, list[str]]:
    """Return where the terms are that stand for a test without patterns, and which they are."""
    if test.keys is not None and test.qualifier is not None:
        return "exact", [keys.qualified(field, key, test.qualifier) for key in test.keys]
    if test.keys is not None:
        return "terms", [keys.term(field, key) for key in test.keys]
    if test.qualifier:
        return "exact", [keys.of_system(field, test.qualifier)]
    return "fields", [keys.keyed(field)]


def _looked_for(field: Field, test: TermTest, path: str) -> Clause:
    """Return the clause for a test that knows only parts of the key."""
    lead = keys.term(field, "")
    if test.keys is not None or test.qualifier is not None:
        raise NotImplementedError("no parameter asks for a part of a key and for all of it")
    if test.inside is None and test.end is None:
        return {"prefix": {f"{path}terms": f"{lead}{test.start}"}}
    found = _pattern(lead, test, f"{path}terms", _UNCUT)
    if test.inside is None:
        return found
    return some([found, _pattern(lead, test, f"{path}passages", _ANYTHING)])


def _pattern(lead: str, test: TermTest, path: str, rest: str) -> Clause:
    """Return that a term matches all parts of a test; an automaton takes them as one."""
    parts = []
    if test.start is not None:
        parts.append(f"{_plain(test.start)}{rest}")
    if test.inside is not None:
        parts.append(f"{rest}{_plain(test.inside[:CONTAINS_LENGTH])}{rest}")
    if test.end is not None:
        parts.append(f"{rest}{_plain(test.end)}")
    value = "&".join(f"{_plain(lead)}{part}" for part in parts)
    pattern = {"value": value, "flags": "INTERSECTION", "max_determinized_states": STATES}
    return {"regexp": {path: pattern}}


def _plain(text: str) -> str:
    """Return the pattern that only a text matches."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _links(fields: Sequence[Field], targets: Sequence[Target], path: str) -> Clause:
    anyhow: dict[str, None] = {}
    versions: dict[str, None] = {}
    for field in fields:
        for target in targets:
            text = f"{target.type}/{target.id}" if target.type else target.id
            if target.version is None:
                anyhow[keys.link(field, text)] = None
            else:
                versions[keys.versioned(field, text, target.version)] = None
    found = [(f"{path}links", anyhow), (f"{path}exact", versions)]
    return some(among(where, list(terms)) for where, terms in found if terms)


def _within(bounds: Bounds[int] | Bounds[str], path: str) -> Clause:
    sides = (
        (f"{path}.low", bounds.low_min, bounds.low_max),
        (f"{path}.high", bounds.high_min, bounds.high_max),
    )
    clauses = []
    for side, least, most in sides:
        edges = {name: edge for name, edge in (("gte", least), ("lte", most)) if edge is not None}
        if edges:
            clauses.append({"range": {side: edges}})
    return every(clauses)


def _amount(test: AmountTest, path: str) -> Clause:
    clauses = []
    for letters, text in (("s", test.system), ("c", test.code), ("cu", test.unit)):
        if text is not None:
            units = [f"{letter}{keys.short(text)}" for letter in letters]
            clauses.append(among(f"{path}.units", units))
    return every([some(_within(each, path) for each in test.bounds), *clauses])
