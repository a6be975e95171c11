"""Runs the program of a stage against a deployment, and tells how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import IO

from hearth_local.engine.monitor import EngineLog, Message, ResourceMonitor, serving
from hearth_local.engine.project import Project
from hearth_local.engine.registration import Deployment

_PARALLEL = 32


class ProgramFailed(Exception):
    """The program ended before it had registered everything; the message says why."""


def ignore_message(_message: Message) -> None:
    """Drop a log line."""


@dataclass(frozen=True, slots=True)
class ProgramRun:
    """One run of a program: what it deploys to, and whether values may be unknown."""

    deployment: Deployment
    preview: bool


def run(
    project: Project,
    *runs: ProgramRun,
    preload: Sequence[str] = (),
    on_message: Callable[[Message], None] = ignore_message,
) -> None:
    """Run the program of `project` to its end, in a process of its own for each of `runs`.

    Several runs share what it costs to import the modules in `preload`. `on_message` gets each
    line that a run logs or prints. Raises ProgramFailed.
    """
    with ExitStack() as open_runs:
        served = [_Served.of(project, each, on_message, open_runs) for each in runs]
        try:
            failed = _run_process(project, served, preload, on_message)
        except BaseException:
            for each in served:
                each.monitor.stop()
            raise
    for index, each in enumerate(served):
        each.judge(project, bool(failed >> index & 1))


@dataclass(frozen=True, slots=True)
class _Served:
    """A run that has its monitor."""

    monitor: ResourceMonitor
    address: str
    preview: bool
    errors: list[str]

    @classmethod
    def of(
        cls,
        project: Project,
        run: ProgramRun,
        on_message: Callable[[Message], None],
        until: ExitStack,
    ) -> _Served:
        errors: list[str] = []

        def keep(message: Message) -> None:
            if message.severity == "error":
                errors.append(message.text)
            on_message(message)

        monitor = ResourceMonitor(project, run.deployment, preview=run.preview)
        address = until.enter_context(serving(monitor, EngineLog(keep)))
        return cls(monitor, address, run.preview, errors)

    def judge(self, project: Project, failed: bool) -> None:
        """Raise ProgramFailed if the run did not get to its end."""
        if failed and self.monitor.failures:
            raise ProgramFailed(str(self.monitor.failures[0]))
        if failed or self.errors:
            raise ProgramFailed(self.errors[0] if self.errors else "the program ended early")
        if not self.monitor.registered_something:
            raise ProgramFailed(f"the program in {project.program} registered nothing")


def _run_process(
    project: Project,
    runs: Sequence[_Served],
    preload: Sequence[str],
    on_message: Callable[[Message], None],
) -> int:
    """Return which runs failed, as bits; all of them if the process itself did."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "hearth_local.engine.language_host"],
        cwd=project.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
        # Ctrl-C is the engine's to handle: it lets steps that are under way end.
        start_new_session=True,
    )
    assert process.stdin is not None
    readers = [
        _forward(process.stdout, "info", on_message),
        _forward(process.stderr, "debug", on_message),
    ]
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(_order(project, runs, preload)) + "\n")
            process.stdin.flush()
        status = process.wait()
        return status if status >= 0 else (1 << len(runs)) - 1
    finally:
        # It ends by itself when its standard input closes.
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        for reader in readers:
            reader.join()


def _order(project: Project, runs: Sequence[_Served], preload: Sequence[str]) -> dict[str, object]:
    return {
        "project": project.name,
        "stack": project.stage,
        "root": str(project.root),
        "program": str(project.program),
        "config": dict(project.config),
        "secret_keys": sorted(project.secret_keys),
        "preload": list(preload),
        "runs": [{"engine": each.address, "preview": each.preview} for each in runs],
        "parallel": _PARALLEL,
    }


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_CONFIG")}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def _forward(
    stream: IO[str] | None, severity: str, on_message: Callable[[Message], None]
) -> threading.Thread:
    assert stream is not None

    def pump() -> None:
        for line in stream:
            on_message(Message(severity, line.rstrip("\n"), ""))
        stream.close()

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    return thread
