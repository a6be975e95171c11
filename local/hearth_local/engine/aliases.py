"""Where a resource may be found in the state: under its URN, or under one it had before.

https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from hearth_local.engine import urns
from hearth_local.engine.goals import Goal
from hearth_local.engine.registration import AliasSpec


class Aliases:
    """The former URNs of every resource of one run; children inherit their parents'."""

    def __init__(self, stage: str, project: str) -> None:
        self._stage = stage
        self._project = project
        self._lock = threading.Lock()
        self._of: dict[str, tuple[str, ...]] = {}

    def enter(self, goal: Goal) -> tuple[str, ...]:
        """Return every URN under which the resource may have been known, nearest first."""
        with self._lock:
            parents = self._of.get(goal.registration.parent, ())
        found = dict.fromkeys(self._former(goal, parents))
        found.pop(goal.urn, None)
        with self._lock:
            self._of[goal.urn] = tuple(found)
        return tuple(found)

    def _former(self, goal: Goal, parents: tuple[str, ...]) -> Iterator[str]:
        registration = goal.registration
        own = [AliasSpec(), *goal.options.aliases]
        for alias in own:
            if isinstance(alias, str):
                yield alias
                continue
            yield self._urn(goal, alias, alias.parent or registration.parent, alias.name)
            if alias.parent or alias.no_parent:
                continue
            for parent in parents:
                name = alias.name or _inherited_name(registration.name, goal, parent)
                yield self._urn(goal, alias, parent, name)

    def _urn(self, goal: Goal, alias: AliasSpec, parent: str, name: str) -> str:
        # A parent's URN carries its own stack and project; only the type chain is taken from it.
        return urns.create(
            alias.stack or self._stage,
            alias.project or self._project,
            "" if alias.no_parent else parent,
            alias.type or goal.registration.type,
            name or goal.registration.name,
        )


def _inherited_name(name: str, goal: Goal, former_parent: str) -> str:
    """Return the name with its parent's former name in front, if the parent's name is there."""
    parent = urns.name_of(goal.registration.parent)
    if name.startswith(parent):
        return urns.name_of(former_parent) + name.removeprefix(parent)
    return name
