"""A FHIRPath Patch as Parameters has it, read into operations.

https://hl7.org/fhir/R4/fhirpatch.html
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, cast

import msgspec

from hearth_server.errors import InvalidRequest

MAXIMUM_OPERATIONS = 1000

Kind = Literal["add", "insert", "delete", "replace", "move"]
_NEEDED: dict[str, tuple[str, ...]] = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "delete": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "source", "destination"),
}
_JSON_TYPES: dict[str, type] = {"index": int, "source": int, "destination": int}


class Value(NamedTuple):
    """The value of an operation, still with the type that its name in Parameters says."""

    key: str
    """`valueDate`, `resource`, or `part` for the parts of an element without a type name."""
    content: Any
    extra: Any
    """A primitive's id and extensions."""


class Operation(msgspec.Struct, frozen=True):
    """One operation; what its kind does not need is as the defaults are."""

    kind: Kind
    path: str
    location: str
    """Where it stands in Parameters, for messages."""
    name: str = ""
    value: Value = Value("part", [], None)
    index: int = 0
    source: int = 0
    destination: int = 0


def operations(patch: Any) -> list[Operation]:
    """Return the operations of a Parameters resource. Raises InvalidRequest."""
    if not isinstance(patch, dict) or patch.get("resourceType") != "Parameters":
        raise InvalidRequest("A FHIRPath Patch is a Parameters resource.")
    listed = patch.get("parameter", [])
    if not isinstance(listed, list) or len(listed) > MAXIMUM_OPERATIONS:
        raise InvalidRequest(f"A FHIRPath Patch has at most {MAXIMUM_OPERATIONS} operations.")
    return [_operation(each, f"Parameters.parameter[{at}]") for at, each in enumerate(listed)]


def parts(item: Any, location: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the parts of a parameter with their names. Raises InvalidRequest."""
    listed = item.get("part", []) if isinstance(item, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise _wrong("has no list of parts", location)
    names = [each.get("name") for each in listed]
    if not all(isinstance(name, str) for name in names):
        raise _wrong("has a part without a name", location)
    return list(zip(cast(list[str], names), listed, strict=True))


def value_of(part: dict[str, Any], location: str) -> Value:
    """Return what a part holds. Raises InvalidRequest unless it is exactly one thing."""
    keys = {
        key.removeprefix("_")
        for key in part
        if key.removeprefix("_").startswith("value") or key in ("part", "resource")
    }
    if len(keys) != 1:
        raise _wrong("has not exactly one value", location)
    (key,) = keys
    return Value(key, part.get(key), part.get(f"_{key}"))


def _operation(item: Any, location: str) -> Operation:
    if not isinstance(item, dict) or item.get("name") != "operation":
        raise _wrong("is not named `operation`", location)
    found: dict[str, Any] = {}
    for name, part in parts(item, location):
        if name in found or name not in ("type", *_all_names()):
            raise _wrong(f"has a part {name[:64]!r} twice or that no operation has", location)
        value = value_of(part, location)
        found[name] = value if name == "value" else _plain(value, name, location)
    kind = found.pop("type", None)
    if kind not in _NEEDED:
        raise _wrong(f"has no `type` of {', '.join(_NEEDED)}", location)
    if set(found) != set(_NEEDED[kind]):
        needed = ", ".join(f"`{name}`" for name in _NEEDED[kind])
        raise _wrong(f"({kind}) takes {needed}, each once and nothing else", location)
    return Operation(kind, location=location, **found)


def _all_names() -> set[str]:
    return {name for needed in _NEEDED.values() for name in needed}


def _plain(value: Value, name: str, location: str) -> Any:
    wanted = _JSON_TYPES.get(name, str)
    if value.content.__class__ is not wanted:
        raise _wrong(f"has a {name!r} that is no {wanted.__name__}", location)
    return value.content


def _wrong(problem: str, location: str) -> InvalidRequest:
    return InvalidRequest(f"{location} {problem}.", expression=location)
