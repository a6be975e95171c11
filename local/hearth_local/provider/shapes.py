"""Objects between Pulumi's names (`kmsKeyArn`) and boto3's (`KmsKeyArn`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_local.provider.schema import inner_shape
from hearth_local.provider.values import Properties

Names = Mapping[str, str]


def chosen(inputs: Properties, names: Names) -> dict[str, Any]:
    """Return the inputs that are set, under boto3's names: `names` maps ours to theirs."""
    return {theirs: inputs[ours] for ours, theirs in names.items() if inputs.get(ours) is not None}


def observed(answer: Mapping[str, Any], names: Names) -> Properties:
    """Return the members of a boto3 answer under our names: `names` maps ours to theirs."""
    return {ours: answer[theirs] for ours, theirs in names.items() if theirs in answer}


def to_aws(value: Any, spec: str, names: Names | None = None) -> Any:
    """Return an object in boto3's form: names begin with a capital, but for those in `names`."""
    names = names or {}
    kind, _, member = spec.partition(":")
    if spec.startswith("#") and isinstance(value, dict):
        properties = inner_shape(spec[1:]).properties
        return {
            names.get(name, name[0].upper() + name[1:]): to_aws(item, properties[name], names)
            for name, item in value.items()
            if item is not None
        }
    if kind == "list" and isinstance(value, list):
        return [to_aws(item, member, names) for item in value]
    return value


def from_aws(value: Any, spec: str, names: Names | None = None) -> Any:
    """Return an object of boto3 in our form; members that Pulumi does not know are left out."""
    names = names or {}
    kind, _, member = spec.partition(":")
    if spec.startswith("#") and isinstance(value, Mapping):
        properties = inner_shape(spec[1:]).properties
        theirs = {names.get(name, name[0].upper() + name[1:]): name for name in properties}
        return {
            theirs[name]: from_aws(item, properties[theirs[name]], names)
            for name, item in value.items()
            if name in theirs and item is not None
        }
    if kind == "list" and isinstance(value, list):
        return [from_aws(item, member, names) for item in value]
    return value
