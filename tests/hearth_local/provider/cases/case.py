"""A resource type's life as a table row: inputs, what AWS then says, what forces a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.hearth_local.provider.serving import Kept
from tests.hearth_local.provider.world import World

Inputs = Callable[[World], dict[str, Any]]
Look = Callable[[World, Kept], Any]


@dataclass(frozen=True)
class Case:
    """One type. `look` asks AWS by boto3; a type that is only declared has none."""

    type: str
    first: Inputs
    """The inputs to create with."""
    look: Look | None = None
    at_first: Any = None
    """What `look` returns then; a function of the world if it depends on that."""
    second: Inputs | None = None
    """The inputs to update to; none for a type in which every input forces a new one."""
    at_second: Any = None
    replaced_by: dict[str, Any] = field(default_factory=dict)
    """Inputs that AWS cannot change, each with another value."""
    id: str = ".+"
    """A pattern of the id."""
    import_id: Callable[[Kept], str] | None = None
    """What a user would give to `pulumi import`, where that is not the id."""
    imports: bool = True
    """Whether the resource can be found by its id alone."""
    stays: bool = False
    """Whether AWS keeps it after a delete, as a setting without an off."""


def expected(value: Any, world: World) -> Any:
    """Return the value, or what it makes of the world."""
    return value(world) if callable(value) else value
