"""Where in an existing VPC something runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi

from hearth_aws import inputs


class NetworkPlacement(TypedDict):
    """Subnets and security groups of a VPC that is already there."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """Ids of private subnets, in different availability zones."""
    security_group_ids: Sequence[pulumi.Input[str]]
    """Ids of the security groups that decide what is reached and by whom."""


@dataclass(frozen=True)
class Placement:
    """The checked form of a NetworkPlacement."""

    subnet_ids: tuple[pulumi.Input[str], ...]
    security_group_ids: tuple[pulumi.Input[str], ...]


def resolve(args: Mapping[str, Any], name: str = "network") -> Placement | None:
    """Return the placement that the input `name` asks for. Raises InputError."""
    if args.get(name) is None:
        return None
    group = inputs.nested(name, args[name], NetworkPlacement)
    parts = {}
    for part in ("subnet_ids", "security_group_ids"):
        path = f"{name}.{part}"
        parts[part] = tuple(inputs.several(path, inputs.required(group, part, f"{name}.")))
        if not parts[part]:
            raise inputs.InputError(path, "is empty; allowed: one id or more")
    return Placement(parts["subnet_ids"], parts["security_group_ids"])
