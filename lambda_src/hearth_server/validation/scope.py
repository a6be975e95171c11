"""What a check knows beyond the value that it judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hearth_server.fhir.fhirpath import Environment


class Entries(Protocol):
    """The entries of the bundle that a resource stands in."""

    def type_of(self, reference: str, base: str | None) -> str | None:
        """Return the type of the entry that a reference means; None when there is none."""

    def resource(self, reference: str, base: str | None) -> dict[str, Any] | None:
        """Return the resource of the entry that a reference means."""


class Scope:
    """One resource, and what stands around it."""

    __slots__ = (
        "contained", "element_ids", "entries", "environment", "fragments", "full_url", "outer",
        "resource", "root", "suggestions",
    )  # fmt: skip

    def __init__(
        self,
        resource: Mapping[str, Any],
        outer: Scope | None = None,
        entries: Entries | None = None,
        full_url: str | None = None,
    ) -> None:
        self.resource = resource
        self.outer = outer
        """The resource that contains this one."""
        self.root: Mapping[str, Any] = outer.root if outer else resource
        """What `#` means: the resource that contains others."""
        self.entries = entries
        self.full_url = full_url
        self.contained: dict[str, str | None] | None = outer.contained if outer else None
        """The type of each contained resource by its id, if there are any."""
        self.fragments: set[str] = set()
        """What has been referenced within `resource`."""
        self.element_ids: set[str] = set()
        """The ids of the elements met so far."""
        self.suggestions = 10
        """For how many unknown names what was meant is still looked for: it takes a while."""
        self.environment: Environment | None = None
        """What FHIRPath expressions see around them, once one has been evaluated."""
