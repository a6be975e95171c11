"""Resource types that exist in the stage's state only: MiniStack has nothing behind them."""

from __future__ import annotations

import secrets
from typing import ClassVar

from hearth_local.provider.aws import Aws
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.values import Properties


class DeclaredResource(ResourceType):
    """A resource that is recorded and nothing more; its id and ARN look as AWS's do."""

    prefix: ClassVar[str] = ""
    """What the id begins with, such as `vpc`."""
    service: ClassVar[str] = "ec2"
    """The ARN's service."""
    path: ClassVar[str] = ""
    """The ARN's resource with `{id}`; empty for types without an ARN."""

    def create(self, aws: Aws, inputs: Properties) -> str:
        return f"{self.prefix}-0{secrets.token_hex(8)}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        if not state:
            return None  # an import: there is nothing to find
        seen = self.computed(aws, id, state)
        if self.path:
            seen["arn"] = aws.arn(self.service, self.path.format(id=id))
        if "tags" in self.shape.properties:
            seen["tagsAll"] = state.get("tags") or {}
        if "ownerId" in self.shape.computed:
            seen["ownerId"] = aws.account
        return seen

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        """Return the outputs that AWS would decide, made from the id and the inputs."""
        return {}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Nothing: the engine keeps the new inputs."""

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        """Nothing: the engine forgets the resource."""


def sibling(id: str, prefix: str) -> str:
    """Return the id of a thing that AWS makes together with another, such as a VPC's table."""
    return f"{prefix}-{id.split('-', 1)[1]}"
