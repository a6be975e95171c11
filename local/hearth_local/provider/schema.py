"""What properties each AWS type has, and the check of a program's inputs against that.

The table comes from `pulumi_aws`: `python -m hearth_aws_schema` writes it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hearth_local.provider.values import (
    UNKNOWN,
    Archive,
    Asset,
    Properties,
    Secret,
    Unknown,
    has_unknown,
    reveal,
)

TABLE = Path(__file__).parent / "tables" / "schema.json"

CONFIGURATION = "pulumi:providers:aws"
"""The token under which the table has the provider's own configuration."""


@dataclass(frozen=True)
class Failure:
    """An input that is refused: where it is, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Shape:
    """The properties of a resource type or of an object inside one, with their types."""

    properties: Mapping[str, str]
    required: frozenset[str]
    computed: frozenset[str] = frozenset()

    def check(self, values: Properties, path: str = "") -> tuple[Properties, list[Failure]]:
        """Return the values in their types, and what is unknown, missing or of a wrong type."""
        failures: list[Failure] = []
        checked: Properties = {}
        for name, value in values.items():
            where = f"{path}.{name}" if path else name
            if name.startswith("__") or value is None:
                continue
            if name not in self.properties:
                failures.append(Failure(where, self._unknown(name)))
                continue
            checked[name] = _typed(value, self.properties[name], where, failures)
        for name in sorted(self.required - checked.keys()):
            where = f"{path}.{name}" if path else name
            failures.append(Failure(where, f"the required property {name!r} is missing"))
        return checked, failures

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.properties, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"there is no property {name!r}{hint}"


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(TABLE.read_text())
    return table


@cache
def resource_shape(token: str) -> Shape:
    """Return what a resource type takes; raises KeyError for a type that is not in the table."""
    row = _table()["resources"][token]
    return Shape(row["inputs"], frozenset(row["required"]), frozenset(row["computed"]))


@cache
def inner_shape(name: str) -> Shape:
    """Return what an object inside a resource takes (`#module/Name` without the `#`)."""
    row = _table()["shapes"][name]
    return Shape(row["properties"], frozenset(row["required"]))


def _typed(value: Any, spec: str, path: str, failures: list[Failure]) -> Any:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Secret):
        return Secret(_typed(value.value, spec, path, failures))
    kind, _, member = spec.partition(":")
    if spec.startswith("#"):
        if isinstance(value, dict):
            checked, inner = inner_shape(spec[1:]).check(value, path)
            failures.extend(inner)
            return checked
        kind = "object"
    elif kind == "list" and isinstance(value, list):
        return [_typed(item, member, f"{path}[{n}]", failures) for n, item in enumerate(value)]
    elif kind == "map" and isinstance(value, dict):
        return {key: _typed(item, member, f"{path}.{key}", failures) for key, item in value.items()}
    else:
        matched, plain = _plain(value, kind)
        if matched:
            return plain
    failures.append(Failure(path, f"expected {kind}, got {_kind(value)}"))
    return value


def _plain(value: Any, kind: str) -> tuple[bool, Any]:
    """Return whether `value` is of the kind, and the value; text and numbers convert freely."""
    match kind, value:
        case ("any", _) | ("asset", Asset() | Archive()) | ("archive", Archive()):
            return True, value
        case ("string", bool()) | ("json", bool()):
            return True, "true" if value else "false"
        case ("string" | "json", str() | int() | float()):
            return True, str(value)
        case ("json", dict() | list()):
            return True, _document(value)
        case ("boolean", bool()):
            return True, value
        case ("boolean", "true" | "false"):
            return True, value == "true"
        case ("integer", bool()) | ("number", bool()):
            return False, value
        case ("integer", int()) | ("number", int() | float()):
            return True, value
        case ("integer", str()) if value.lstrip("-").isdigit():
            return True, int(value)
    return False, value


def _document(value: Any) -> Any:
    """Return an object as JSON text; not known yet or secret as a whole if a part is."""
    if has_unknown(value):
        return UNKNOWN
    text = json.dumps(reveal(value))
    return text if reveal(value) == value else Secret(text)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "a boolean", str: "text"}
    return names.get(
        type(value), "a number" if isinstance(value, int | float) else "something else"
    )
