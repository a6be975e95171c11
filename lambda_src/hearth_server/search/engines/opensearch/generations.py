"""The generations of an index: one OpenSearch index each, behind aliases that say what it is for.

`<name>-write` are all generations, `<name>-read` is the one that is read and `<name>-built` the
one that is being built. Each has a door of its own, `<index>-in`, through which it is written: a
write that comes after its generation was removed fails there, and does not bring it back.
"""

from __future__ import annotations

from typing import Any

from hearth_server.search.engines.opensearch.cluster import Cluster, Exists, Missing
from hearth_server.search.engines.opensearch.mapping import template

SHARDS = 1
"""Of a new generation: one holds some ten million resources."""


class Generations:
    """Which generations an index has."""

    def __init__(self, cluster: Cluster, name: str, refresh_seconds: float) -> None:
        self._cluster = cluster
        self._name = name
        self._refresh_seconds = refresh_seconds
        self.read = f"{name}-read"
        """The alias of the generation that is read."""
        self.built = f"{name}-built"
        """The alias of the generation that is being built."""

    def doors(self) -> list[str]:
        """Return where to write, so that every generation hears; the first is made if need be."""
        return [_door(index) for index in self._states()]

    def building(self) -> str | None:
        """Return the door of the generation that is being built, None without one."""
        for index, aliases in self._states().items():
            if self.built in aliases:
                return _door(index)
        return None

    def begin(self) -> None:
        """Add a generation to be built, unless there is one."""
        states = self._states()
        if not any(self.built in aliases for aliases in states.values()):
            newest = max(int(index.rpartition("-")[2]) for index in states)
            self._make(newest + 1, self.built)

    def swap(self) -> None:
        """Have the one that is being built be read."""
        states = self._states()
        built = [index for index, aliases in states.items() if self.built in aliases]
        if built:
            before = [index for index, aliases in states.items() if self.read in aliases]
            self._cluster.send(
                "POST",
                "/_aliases",
                {
                    "actions": [
                        *({"remove": {"index": each, "alias": self.read}} for each in before),
                        {"remove": {"index": built[0], "alias": self.built}},
                        {"add": {"index": built[0], "alias": self.read}},
                    ]
                },
            )

    def discard(self) -> None:
        """Remove those that are neither read nor built."""
        for index, aliases in self._states().items():
            if not aliases & {self.read, self.built}:
                self._remove(index)

    def abandon(self) -> None:
        """Remove the one that is being built."""
        for index, aliases in self._states().items():
            if self.built in aliases:
                self._remove(index)

    def prepare(self) -> None:
        """Make the first generation, unless it is there."""
        self._make(1, self.read)

    def refresh(self) -> None:
        """Have searches see all that has been written."""
        self._cluster.send("POST", f"/{self._name}-write/_refresh")

    def _states(self) -> dict[str, set[str]]:
        """Return the aliases of each generation, the first made if there is none."""
        try:
            found: dict[str, Any] = self._cluster.send("GET", f"/{self._name}-write/_alias")
        except Missing:
            self.prepare()
            found = self._cluster.send("GET", f"/{self._name}-write/_alias")
        return {index: set(each["aliases"]) for index, each in sorted(found.items())}

    def _make(self, number: int, role: str) -> None:
        body = template(self._name, shards=SHARDS, refresh_seconds=self._refresh_seconds)
        self._cluster.send("PUT", f"/_index_template/{self._name}", body)
        index = f"{self._name}-{number}"
        aliases: dict[str, dict[str, Any]] = {
            role: {}, f"{self._name}-write": {}, _door(index): {}
        }  # fmt: skip
        try:
            self._cluster.send("PUT", f"/{index}", {"aliases": aliases})
        except Exists:  # another process was faster
            return

    def _remove(self, index: str) -> None:
        try:
            self._cluster.send("DELETE", f"/{index}")
        except Missing:
            return


def _door(index: str) -> str:
    return f"{index}-in"
