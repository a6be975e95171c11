"""The properties of AWS resource types, read from the classes of `pulumi_aws`.

A type is written as `string`, `boolean`, `integer`, `number`, `json` (text or an object that
becomes text), `archive`, `asset`, `any`, `list:T`, `map:T`, or `#module/Shape`.
"""

from __future__ import annotations

import collections.abc
import enum
import importlib
import inspect
import json
import types
import typing
from typing import Any

import pulumi
import pulumi_aws
from hearth_local.provider.schema import CONFIGURATION
from pulumi import _types

_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}


def schema_text(tokens: list[str]) -> str:
    """Return the table for these type tokens as JSON text, one property set a line."""
    shapes: dict[str, Any] = {}
    resources = {token: _resource(token, shapes) for token in tokens}
    rows = [_section("resources", resources), _section("shapes", dict(sorted(shapes.items())))]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _section(name: str, rows: dict[str, Any]) -> str:
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items())
    return f'"{name}": {{\n{lines}\n}}'


def _resource(token: str, shapes: dict[str, Any]) -> dict[str, Any]:
    resource = _class(token)
    module, name = importlib.import_module(resource.__module__), resource.__name__
    # `InitArgs` where the package has an inner type of the same name.
    arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    inputs = _properties(arguments, shapes)
    outputs = _types.resource_types(resource)
    return {
        "inputs": inputs,
        "required": _required(arguments),
        "computed": sorted(outputs.keys() - inputs.keys()),
    }


def _class(token: str) -> type:
    if token == CONFIGURATION:
        return pulumi_aws.Provider
    _, path, name = token.split(":")
    module = path.split("/")[0]
    module = "lambda_" if module == "lambda" else module
    resource: type = getattr(importlib.import_module(f"pulumi_aws.{module}"), name)
    return resource


def _properties(input_type: type, shapes: dict[str, Any]) -> dict[str, str]:
    kinds = _types.input_type_types(input_type)
    return {name: _spec(kind, shapes) for name, kind in sorted(kinds.items())}


def _required(input_type: type) -> list[str]:
    names = _types.input_type_py_to_pulumi_names(input_type)
    parameters = inspect.signature(input_type.__init__).parameters  # type: ignore[misc]
    return sorted(
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    )


def _spec(kind: Any, shapes: dict[str, Any]) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(kind), shapes)
    if origin is collections.abc.Sequence:
        return "list:" + _spec(typing.get_args(kind)[0], shapes)
    if origin is collections.abc.Mapping:
        return "map:" + _spec(typing.get_args(kind)[1], shapes)
    if kind is pulumi.Archive:
        return "archive"
    if isinstance(kind, type) and issubclass(kind, pulumi.Asset):
        return "asset"
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return "string"
    if isinstance(kind, type) and kind.__module__.startswith("pulumi_aws"):
        return _shape(kind, shapes)
    return "any"


def _union(members: tuple[Any, ...], shapes: dict[str, Any]) -> str:
    """Return the plain member's type: `Input` is a union with Awaitable, Output and None."""
    kinds = [member for member in members if _is_plain(member)]
    names = {getattr(kind, "__name__", "") for kind in kinds}
    if "PolicyDocumentArgs" in names or "PolicyDocument" in names:
        return "json"
    if names & {"Asset", "Archive"}:
        return "asset"
    specs = sorted({_spec(kind, shapes) for kind in kinds})
    return specs[0] if len(specs) == 1 else "any"


def _is_plain(member: Any) -> bool:
    origin = typing.get_origin(member)
    return member is not type(None) and origin not in (collections.abc.Awaitable, pulumi.Output)


def _shape(kind: type, shapes: dict[str, Any]) -> str:
    module = kind.__module__.split(".")[1].rstrip("_")
    name = f"{module}/{kind.__name__.removesuffix('Args')}"
    if name not in shapes:
        shapes[name] = {}  # a shape may hold itself
        shapes[name] = {"properties": _properties(kind, shapes), "required": _required(kind)}
    return f"#{name}"
