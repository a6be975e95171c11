"""Property values between Pulumi's wire form (protobuf Struct) and plain Python.

The wire form: https://github.com/pulumi/pulumi/blob/master/sdk/proto/pulumi/provider.proto
and https://pulumi-developer-docs.readthedocs.io/latest/developer-docs/ (property values).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from google.protobuf import struct_pb2

Properties: TypeAlias = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a signature, not a credential
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """A value that is not known before something else is deployed."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that an engine must store encrypted and never show."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True)
class Asset:
    """One file's content: a path, a text or an address."""

    kind: Literal["path", "text", "uri"]
    content: str
    hash: str = ""


@dataclass(frozen=True)
class Archive:
    """A folder or packed file (`path`), a map of names to assets (`assets`), or an address."""

    kind: Literal["path", "assets", "uri"]
    content: Any
    hash: str = ""


def decode(struct: struct_pb2.Struct) -> Properties:
    """Return the struct's members; secrets stay marked."""
    return {name: _decode(value) for name, value in struct.fields.items()}


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return the wire form; raises TypeError for a value that Pulumi has no form for."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        _encode(value, struct.fields[name])
    return struct


def reveal(value: Any) -> Any:
    """Return `value` with every secret mark taken off."""
    match value:
        case Secret():
            return reveal(value.value)
        case dict():
            return {name: reveal(member) for name, member in value.items()}
        case list():
            return [reveal(member) for member in value]
    return value


def secret_names(properties: Mapping[str, Any]) -> set[str]:
    """Return the names of the top-level properties that hold a secret anywhere."""
    return {name for name, value in properties.items() if _holds(value, Secret)}


def has_unknown(value: Any) -> bool:
    """Return whether a value that is not known yet is anywhere inside."""
    return _holds(value, Unknown)


def without_internal(properties: Mapping[str, Any]) -> Properties:
    """Return the properties but those that engines and providers keep for themselves (`__...`)."""
    return {name: value for name, value in properties.items() if not name.startswith("__")}


def _holds(value: Any, kind: type) -> bool:
    return any(isinstance(member, kind) for member in _walk(value))


def _walk(value: Any) -> Iterator[Any]:
    yield value
    match value:
        case Secret():
            yield from _walk(value.value)
        case dict():
            for member in value.values():
                yield from _walk(member)
        case list():
            for member in value:
                yield from _walk(member)


def _decode(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(member) for member in value.list_value.values]
        case "struct_value":
            return _decode_object(decode(value.struct_value))
    return None


def _decode_object(members: Properties) -> Any:
    match members.get(SIGNATURE):
        case str(signature) if signature == _SECRET:
            return Secret(members.get("value"))
        case str(signature) if signature == _ASSET:
            kind = _present(members, ("path", "text", "uri"))
            return Asset(kind, members.get(kind) or "", members.get("hash") or "")
        case str(signature) if signature == _ARCHIVE:
            kind = _present(members, ("path", "assets", "uri"))
            return Archive(kind, members.get(kind) or "", members.get("hash") or "")
        case str(signature) if signature == _RESOURCE:
            return members.get("id") or UNKNOWN
        case str(signature) if signature == _OUTPUT:
            value = members.get("value", UNKNOWN)
            return Secret(value) if members.get("secret") else value
    return members


def _present(members: Properties, kinds: tuple[Any, ...]) -> Any:
    """Return the kind that is given; an engine's state keeps the hash alone."""
    return next((kind for kind in kinds if members.get(kind) is not None), kinds[0])


def _encode(value: Any, into: struct_pb2.Value) -> None:
    match value:
        case None:
            into.null_value = struct_pb2.NULL_VALUE
        case bool():
            into.bool_value = value
        case int() | float():
            into.number_value = value
        case str():
            into.string_value = value
        case list() | tuple():
            into.list_value.SetInParent()
            for member in value:
                _encode(member, into.list_value.values.add())
        case Unknown():
            into.string_value = UNKNOWN_STRING
        case _:
            into.struct_value.CopyFrom(encode(_object_form(value)))


def _object_form(value: Any) -> Mapping[str, Any]:
    match value:
        case dict():
            return value
        case Secret():
            return {SIGNATURE: _SECRET, "value": value.value}
        case Asset() | Archive():
            signature = _ASSET if isinstance(value, Asset) else _ARCHIVE
            forgotten = value.kind == "path" and value.content == ""
            content: Properties = {} if forgotten else {value.kind: value.content}
            return {SIGNATURE: signature, "hash": value.hash, **content}
    raise TypeError(f"Pulumi has no form for a {type(value).__name__}")
