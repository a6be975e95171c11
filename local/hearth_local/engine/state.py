"""What a stage's engine remembers between runs, in one file that is replaced at each step.

The file holds secrets in clear text, so only its owner may read it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hearth_local.engine.wire import Properties
from hearth_local.private_file import write_private

FORMAT = 1
"""Rises when the file's form changes; a newer file is refused, never misread."""


class StateError(Exception):
    """The state file cannot be used; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class ResourceState:
    """One resource as the last step left it."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    """`<urn>::<id>` of its provider; empty for components and providers."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    external: bool = False
    """It was only read: the stage does not own it."""
    condemned: bool = False
    """A replacement stands in its place; it is to be deleted."""
    unfinished: tuple[str, ...] = ()
    """Why its creation did not end well; the next update tries again."""


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """A provider call that had begun, and of which nobody knows whether it took effect."""

    urn: str
    operation: str
    inputs: Properties


class StageState:
    """The resources of a stage. Safe to use from many threads; every change is saved at once."""

    def __init__(self, project: str, stage: str, file: Path | None = None) -> None:
        """Make an empty state; without `file` nothing is saved, as in a preview."""
        self._project = project
        self._stage = stage
        self._file = file
        self._lock = threading.RLock()
        self._live: dict[str, ResourceState] = {}
        self._condemned: list[ResourceState] = []
        self._pending: dict[str, PendingOperation] = {}
        self._saved: list[ResourceState] = []
        self._lines: dict[int, str] = {}

    @classmethod
    def load(cls, file: Path, project: str, stage: str) -> StageState:
        """Return the saved state, or an empty one if there is none. Raises StateError."""
        state = cls(project, stage, file)
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return state
        except (OSError, UnicodeDecodeError) as error:
            raise StateError(f"{file} cannot be read: {error}") from None
        document = _parse(file, text)
        _check_owner(file, document, project, stage)
        try:
            state._fill(document)
        except (TypeError, KeyError, AttributeError) as error:
            raise StateError(f"{file} is damaged: {type(error).__name__} {error}") from None
        return state

    def for_preview(self) -> StageState:
        """Return a copy whose changes are not saved."""
        copy = StageState(self._project, self._stage)
        with self._lock:
            copy._live = dict(self._live)
            copy._condemned = list(self._condemned)
            copy._pending = dict(self._pending)
        return copy

    def get(self, urn: str) -> ResourceState | None:
        """Return the live resource of this URN, if there is one."""
        with self._lock:
            return self._live.get(urn)

    def live(self) -> list[ResourceState]:
        """Return the live resources, in the order in which they came to be."""
        with self._lock:
            return list(self._live.values())

    def condemned(self) -> list[ResourceState]:
        """Return what was replaced and is still to be deleted."""
        with self._lock:
            return list(self._condemned)

    def pending(self, urn: str) -> PendingOperation | None:
        """Return the operation on this URN that an earlier run did not end."""
        with self._lock:
            return self._pending.get(urn)

    def begin(self, operation: PendingOperation) -> None:
        """Note that a provider call is about to be made."""
        with self._lock:
            self._pending[operation.urn] = operation
            self._save()

    def abandon(self, urn: str) -> None:
        """Note that the call on this URN had no effect."""
        with self._lock:
            if self._pending.pop(urn, None) is not None:
                self._save()

    def put(self, resource: ResourceState, condemn: ResourceState | None = None) -> None:
        """Keep a resource; `condemn` is the one whose place it takes."""
        with self._lock:
            if condemn is not None:
                self._condemned.append(replace(condemn, condemned=True))
            unchanged = condemn is None and self._live.get(resource.urn) == resource
            self._live[resource.urn] = resource
            settled = self._pending.pop(resource.urn, None)
            if settled or not unchanged:
                self._save()

    def forget(self, resource: ResourceState) -> None:
        """Drop a resource that exists no more."""
        with self._lock:
            if resource.condemned:
                self._condemned.remove(resource)
            else:
                self._live.pop(resource.urn, None)
            self._pending.pop(resource.urn, None)
            self._save()

    def rename(self, old: str, new: str) -> None:
        """Let a resource and all that refers to it follow to another URN."""
        with self._lock:
            self._live = {
                new if urn == old else urn: _renamed(resource, old, new)
                for urn, resource in self._live.items()
            }
            self._condemned = [_renamed(resource, old, new) for resource in self._condemned]
            self._save()

    def save(self) -> None:
        """Write the file now."""
        with self._lock:
            self._save()

    def sync(self) -> None:
        """Make sure that the last save is on the disk."""
        if self._file is not None and self._file.exists():
            with self._file.open("rb") as stream:
                os.fsync(stream.fileno())

    def _fill(self, document: dict[str, Any]) -> None:
        for entry in document["resources"]:
            resource = _resource(entry)
            if resource.condemned:
                self._condemned.append(resource)
            else:
                self._live[resource.urn] = resource
        for entry in document["pending"]:
            operation = PendingOperation(**entry)
            self._pending[operation.urn] = operation

    def _save(self) -> None:
        if self._file is None:
            return
        resources = [*self._live.values(), *self._condemned]
        # Most resources are what they were at the last save: their text is kept. The objects
        # are kept with it, so that no other object can get the same identity meanwhile.
        self._lines = {id(each): self._lines.get(id(each)) or _line(each) for each in resources}
        self._saved = resources
        head = {"format": FORMAT, "project": self._project, "stage": self._stage}
        text = (
            json.dumps(head)[:-1]
            + ',\n"resources": [\n'
            + ",\n".join(self._lines.values())
            + '\n],\n"pending": '
            + json.dumps([asdict(each) for each in self._pending.values()])
            + "}\n"
        )
        write_private(self._file, text)


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        raise StateError(f"{file} is damaged: it is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("format"), int):
        raise StateError(f"{file} is damaged: it is not a state file")
    if document["format"] > FORMAT:
        raise StateError(f"{file} was written by a newer Hearth (format {document['format']})")
    return document


def _check_owner(file: Path, document: dict[str, Any], project: str, stage: str) -> None:
    owner = (document.get("project"), document.get("stage"))
    if owner != (project, stage):
        raise StateError(f"{file} belongs to {owner[0]}/{owner[1]}, not to {project}/{stage}")


def _line(resource: ResourceState) -> str:
    defaults = {each.name: each.default for each in fields(ResourceState)}
    entry = asdict(resource)
    return json.dumps({key: value for key, value in entry.items() if value != defaults[key]})


def _resource(entry: dict[str, Any]) -> ResourceState:
    lists = ("dependencies", "unfinished")
    for key in lists:
        if key in entry:
            entry[key] = tuple(entry[key])
    if "property_dependencies" in entry:
        entry["property_dependencies"] = {
            key: tuple(urns) for key, urns in entry["property_dependencies"].items()
        }
    return ResourceState(**entry)


def _renamed(resource: ResourceState, old: str, new: str) -> ResourceState:
    def follow(urn: str) -> str:
        return new if urn == old else urn

    def follow_all(urns: Iterable[str]) -> tuple[str, ...]:
        return tuple(follow(urn) for urn in urns)

    provider_urn, separator, provider_id = resource.provider.rpartition("::")
    return replace(
        resource,
        urn=follow(resource.urn),
        parent=follow(resource.parent),
        provider=follow(provider_urn) + separator + provider_id,
        dependencies=follow_all(resource.dependencies),
        property_dependencies={
            key: follow_all(urns) for key, urns in resource.property_dependencies.items()
        },
        deleted_with=follow(resource.deleted_with),
    )
