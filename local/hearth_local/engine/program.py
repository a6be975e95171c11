"""Runs the program of a stage against a deployment, and tells how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from hearth_local.engine.monitor import EngineLog, Message, ResourceMonitor, serving
from hearth_local.engine.project import Project
from hearth_local.engine.registration import Deployment

_PARALLEL = 32


class ProgramFailed(Exception):
    """The program ended before it had registered everything; the message says why."""


def ignore_message(_message: Message) -> None:
    """Drop a log line."""


def run(
    project: Project,
    deployment: Deployment,
    *,
    preview: bool,
    on_message: Callable[[Message], None] = ignore_message,
) -> None:
    """Run the program of `project` to its end in a process of its own.

    `on_message` gets each line that it logs or prints. Raises ProgramFailed.
    """
    errors: list[str] = []

    def keep(message: Message) -> None:
        if message.severity == "error":
            errors.append(message.text)
        on_message(message)

    monitor = ResourceMonitor(project, deployment, preview=preview)
    with serving(monitor, EngineLog(keep)) as address:
        try:
            status = _run_process(project, address, preview, on_message)
        except BaseException:
            monitor.stop()
            raise
    if status and monitor.failures:
        raise ProgramFailed(str(monitor.failures[0]))
    if status or errors:
        raise ProgramFailed(errors[0] if errors else f"the program ended with status {status}")
    if not monitor.registered_something:
        raise ProgramFailed(f"the program in {project.program} registered nothing")


def _run_process(
    project: Project, address: str, preview: bool, on_message: Callable[[Message], None]
) -> int:
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
            process.stdin.write(json.dumps(_order(project, address, preview)) + "\n")
            process.stdin.flush()
        return process.wait()
    finally:
        # It ends by itself when its standard input closes.
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        for reader in readers:
            reader.join()


def _order(project: Project, address: str, preview: bool) -> dict[str, object]:
    return {
        "project": project.name,
        "stack": project.stage,
        "root": str(project.root),
        "program": str(project.program),
        "config": dict(project.config),
        "secret_keys": sorted(project.secret_keys),
        "monitor": address,
        "engine": address,
        "preview": preview,
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
