"""Where in an existing VPC something runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi

from hearth_aws import inputs

Ids = pulumi.Input[Sequence[pulumi.Input[str]]]


class NetworkPlacement(TypedDict):
    """Subnets and security groups of a VPC that is already there."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Ids of private subnets, in different availability zones."""
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Ids of the security groups that decide what is reached and by whom."""


@dataclass(frozen=True)
class Placement:
    """The checked form of a NetworkPlacement."""

    subnet_ids: Ids
    security_group_ids: Ids

    @property
    def ids(self) -> Any:
        """Subnets and security groups, as every AWS resource takes them under a type of its own."""
        return {"subnet_ids": self.subnet_ids, "security_group_ids": self.security_group_ids}

    @property
    def subnets(self) -> int | None:
        """The number of subnets, where it is known before they are made."""
        return None if isinstance(self.subnet_ids, pulumi.Output) else len(self.subnet_ids)  # type: ignore[arg-type]


def resolve(args: Mapping[str, Any], name: str = "network") -> Placement | None:
    """Return the placement that the input `name` asks for. Raises InputError."""
    if args.get(name) is None:
        return None
    group = inputs.nested(name, args[name], NetworkPlacement)
    return Placement(
        subnet_ids=_ids(group, name, "subnet_ids"),
        security_group_ids=_ids(group, name, "security_group_ids"),
    )


def _ids(group: Mapping[str, Any], name: str, part: str) -> Ids:
    value: Ids = inputs.required(group, part, f"{name}.")
    if isinstance(value, pulumi.Output):  # the subnets of a VPC that is made in the same program
        return value
    listed = inputs.several(f"{name}.{part}", value)
    if not listed:
        raise inputs.InputError(f"{name}.{part}", "is empty; allowed: one id or more")
    return [inputs.wired(f"{name}.{part}[{place}]", each) for place, each in enumerate(listed)]
