"""Paths into a resource's properties: `a.b[0]["c.d"].*`, as resource options write them.

https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hearth_local.engine.wire import Properties, Value

_PART = re.compile(r"""\.?([^.\[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]""")
_MISSING = object()


def parse(path: str) -> tuple[str | int, ...]:
    """Return the steps of a path: names, list positions, and `*` for all."""
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        found = _PART.match(path, position)
        if found is None:
            raise ValueError(f"{path!r} is not a property path")
        name, index, quoted, star = found.groups()
        steps.append(int(index) if index else star or name or quoted.replace('\\"', '"'))
        position = found.end()
    return tuple(steps)


def covers(pattern: str, path: str) -> bool:
    """Say whether a difference at `path` lies at, in or around what `pattern` names."""
    return all(
        want in ("*", have) or have == "*"
        for want, have in zip(parse(pattern), parse(path), strict=False)
    )


def keep_ignored(olds: Properties, news: Properties, ignored: Iterable[str]) -> Properties:
    """Return `news` with the old value at every ignored path."""
    kept: Value = news
    for path in ignored:
        kept = _keep(olds, kept, parse(path))
    assert isinstance(kept, dict)
    return kept


def _keep(old: object, new: Value, path: tuple[str | int, ...]) -> Value:
    step, rest = path[0], path[1:]
    if isinstance(new, list) and isinstance(old, list):
        return [
            _keep_at(old[index], value, rest)
            if step in ("*", index) and index < len(old)
            else value
            for index, value in enumerate(new)
        ]
    if not isinstance(new, dict) or not isinstance(old, dict):
        return new
    result = dict(new)
    for key in {*old, *new} if step == "*" else {str(step)}:
        before = old.get(key, _MISSING)
        if before is _MISSING:
            if not rest:
                result.pop(key, None)
        elif not rest:
            result[key] = before
        elif key in result:
            result[key] = _keep(before, result[key], rest)
    return result


def _keep_at(old: Value, new: Value, rest: tuple[str | int, ...]) -> Value:
    return _keep(old, new, rest) if rest else old
