"""What differs between a resource's old and new inputs, and what of that forces a new resource."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from hearth_local.provider.values import Archive, Asset, Properties, Unknown, reveal

_INDEX = re.compile(r"\[(?:\d+|\"[^\"]*\")\]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")


@dataclass(frozen=True)
class Change:
    """One property that differs, at a Pulumi property path such as `rules[0].id`."""

    path: str
    kind: Literal["add", "update", "delete"]
    replaces: bool

    @property
    def name(self) -> str:
        """The top-level property's name."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


def changes(old: Properties, new: Properties, replace_on: Collection[str]) -> list[Change]:
    """Return every difference. `replace_on` holds names or dotted paths without indexes."""
    return list(_compare(reveal(old), reveal(new), "", replace_on))


def same(old: Any, new: Any) -> bool:
    """Return whether two values mean the same: empty is missing, JSON texts compare by content."""
    return next(_compare({"v": reveal(old)}, {"v": reveal(new)}, "", ()), None) is None


def _compare(
    old: Properties, new: Properties, path: str, replace_on: Collection[str]
) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        if not path and name.startswith("__"):
            continue
        before, after = old.get(name), new.get(name)
        yield from _compare_value(before, after, _join(path, name), replace_on)


def _compare_value(
    before: Any, after: Any, path: str, replace_on: Collection[str]
) -> Iterator[Change]:
    if _is_absent(before) and _is_absent(after):
        return
    match before, after:
        case (dict() | None, dict()) | (dict(), None):
            yield from _compare(before or {}, after or {}, path, replace_on)
        case (list() | None, list()) | (list(), None):
            before, after = before or [], after or []
            for index in range(max(len(before), len(after))):
                yield from _compare_value(
                    before[index] if index < len(before) else None,
                    after[index] if index < len(after) else None,
                    f"{path}[{index}]",
                    replace_on,
                )
        case _ if not _same_plain(before, after):
            kind: Literal["add", "update", "delete"] = "update"
            if _is_absent(before):
                kind = "add"
            elif _is_absent(after):
                kind = "delete"
            yield Change(path, kind, _forces_new(path, replace_on))


def _is_absent(value: Any) -> bool:
    return value is None or value == [] or value == {}


def _same_plain(before: Any, after: Any) -> bool:
    match before, after:
        case (Unknown(), _) | (_, Unknown()):
            return before is after
        case Archive() | Asset(), Archive() | Asset() if before.hash and after.hash:
            return before.hash == after.hash
        case str(), str() if before[:1] in "{[" and after[:1] in "{[":
            return before == after or _json(before) == _json(after)
        case (str(), int() | float()) | (int() | float(), str()):
            return str(before) == str(after)
    return bool(before == after)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _forces_new(path: str, replace_on: Collection[str]) -> bool:
    dotted = _INDEX.sub("", path)
    return any(dotted == rule or dotted.startswith(f"{rule}.") for rule in replace_on)


def _join(path: str, name: str) -> str:
    if not _PLAIN_KEY.match(name):
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name
