"""Starts resource providers as Pulumi starts its plugins.

The plugin prints its port as the first line and ends when its standard input closes.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path


class PluginError(Exception):
    """A provider did not start; the message says why in one line."""


class Plugin:
    """A running provider process."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start the process; what it writes to standard error goes to `log`."""
        self._name = command[-1]
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(environment),
                start_new_session=True,
            )

    def address(self) -> str:
        """Return where it listens, as soon as it does. Raises PluginError."""
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port.isdigit():
            raise PluginError(f"the provider {self._name} did not start; see {self._log}")
        return f"127.0.0.1:{int(port)}"

    def close(self) -> None:
        """End the process and wait for it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class PluginSource:
    """Gives each configured provider a process of its own; one is started ahead of its use."""

    def __init__(self, start: Callable[[], Plugin]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._ahead: Plugin | None = None
        self._started: list[Plugin] = []

    def warm(self) -> None:
        """Start a process now, so that it is ready when the program needs it."""
        with self._lock:
            if self._ahead is None:
                self._ahead = self._new()

    def take(self) -> str:
        """Return the address of a process that nobody uses yet. Raises PluginError."""
        with self._lock:
            plugin, self._ahead = self._ahead or self._new(), None
        return plugin.address()

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for plugin in self._started:
                plugin.close()
            self._started.clear()
            self._ahead = None

    def _new(self) -> Plugin:
        plugin = self._start()
        self._started.append(plugin)
        return plugin
