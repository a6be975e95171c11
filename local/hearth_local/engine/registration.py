"""What a program asks of the engine, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hearth_local.engine.wire import Properties


@dataclass(frozen=True, slots=True)
class AliasSpec:
    """Another place at which the resource may have been known; empty means unchanged."""

    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True, slots=True)
class ResourceOptions:
    """The resource options that reach an engine, inherited ones included.

    https://www.pulumi.com/docs/iac/concepts/resources/options/
    """

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[AliasSpec | str, ...] = ()
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    import_id: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    timeouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registration:
    """One resource as the program registers it."""

    type: str
    name: str
    parent: str
    custom: bool
    remote: bool
    inputs: Properties
    provider: str
    """`<urn>::<id>` of its provider, or empty."""
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    options: ResourceOptions
    read_id: str | None = None
    """The id of an existing resource that is only read."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registered resource became; an empty id is not known yet."""

    urn: str
    id: str
    outputs: Properties


class ResourceFailed(Exception):
    """A resource cannot be brought to what the program wants; the message names its URN."""

    def __init__(self, urn: str, problem: str) -> None:
        self.urn = urn
        self.problem = problem
        super().__init__(f"{urn}: {problem}")


class Deployment(Protocol):
    """What stands behind the resource monitor while a program runs.

    Every method may be called by many threads at once and raises ResourceFailed.
    """

    def register(self, registration: Registration) -> Registered:
        """Bring a resource to what the program wants, and return what it became."""

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Keep the outputs of a component or of the stack."""

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        """Return the answer of a provider function, or None where it is not known yet."""
