"""Property values in the form in which Pulumi sends them.

https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from google.protobuf import struct_pb2

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Properties: TypeAlias = "dict[str, Value]"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that is not known before the update runs."""
_UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that says what kind of value an object stands for."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public marker of the protocol
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Return the properties that a message carries; whole numbers become int."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def to_struct(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Return the message that carries these properties."""
    struct = struct_pb2.Struct()
    struct.update(_plain(properties))
    return struct


def is_unknown(value: object) -> bool:
    """Say whether this very value is not known yet."""
    return isinstance(value, str) and value in _UNKNOWNS


def contains_unknown(value: object) -> bool:
    """Say whether this value, or anything inside it, is not known yet."""
    if isinstance(value, Mapping):
        return any(contains_unknown(each) for each in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(contains_unknown(each) for each in value)
    return is_unknown(value)


def is_secret(value: object) -> bool:
    """Say whether this very value is marked secret."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == SECRET


def contains_secret(value: object) -> bool:
    """Say whether this value, or anything inside it, is marked secret."""
    if isinstance(value, Mapping):
        return is_secret(value) or any(contains_secret(each) for each in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(contains_secret(each) for each in value)
    return False


def secret(value: Value) -> Value:
    """Return the value, marked secret once."""
    return value if is_secret(value) else {SIGNATURE: SECRET, "value": value}


def plain(value: Value) -> Value:
    """Return the value without any secret marks, at any depth."""
    if isinstance(value, dict):
        if is_secret(value):
            return plain(value.get("value"))
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def plain_properties(properties: Mapping[str, Value]) -> Properties:
    """Return the properties without any secret marks, at any depth."""
    return {key: plain(value) for key, value in properties.items()}


def _from_value(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [_from_value(each) for each in value.list_value.values]
    return None


def _plain(value: Any) -> Any:
    # Struct.update takes dict and list only, and no other mapping or sequence.
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
