"""Runs a Pulumi program once, or several times at once; started by the engine.

It reads one JSON line from standard input: where the engine is, and what the program is told.
It ends when standard input closes, so that no program outlives a killed engine.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import os
import runpy
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import reset_options, run_in_stack, set_all_config


def main() -> int:
    """Run the program, and tell the engine of each run what went wrong in it.

    Return which runs failed: the first as bit 0, and so on.
    """
    # A program lives for seconds and makes little garbage; to look for it takes a third of them.
    gc.disable()
    order = json.loads(sys.stdin.readline())
    if len(order["runs"]) == 1:
        return _one(order, order["runs"][0])
    for module in order["preload"]:
        with suppress(ImportError):
            importlib.import_module(module)
    # Each run starts from here, so what has been imported is paid once.
    children = [_fork(order, run) for run in order["runs"]]
    _watch_the_engine()
    failed = 0
    for index, child in enumerate(children):
        _, status = os.waitpid(child, 0)
        failed |= (status != 0) << index
    return failed


def _fork(order: dict[str, Any], run: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        status = _one(order, run)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _one(order: dict[str, Any], run: dict[str, Any]) -> int:
    """Run the program once; return 0, or 1 after telling the engine what went wrong."""
    _watch_the_engine()
    # Every debug line would be one more synchronous call, ten for each resource.
    pulumi.log.debug = lambda *_args, **_named: None
    # A failed task is reported once, by what awaits it.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    reset_options(
        project=order["project"],
        stack=order["stack"],
        root_directory=order["root"],
        parallel=order["parallel"],
        engine_address=run["engine"],
        monitor_address=run["engine"],
        preview=run["preview"],
        organization="organization",
    )
    set_all_config(order["config"], order["secret_keys"])
    program = Path(order["program"])
    folder = program if program.is_dir() else program.parent
    sys.path[0] = str(folder)
    sys.argv = [str(program)]
    return _run(program, folder, order["parallel"])


def _run(program: Path, folder: Path, parallel: int) -> int:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=parallel))
    loop.set_exception_handler(lambda _loop, _context: None)

    def run_program() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(run_program))
    except SystemExit as stop:
        if stop.code in (None, 0):
            return 0
        pulumi.log.error(f"the program ended itself: {stop.code}")
        return 1
    except BaseException as problem:  # noqa: BLE001 - the process boundary: anything is reported
        pulumi.log.error(_explain(problem, folder))
        _show(problem)
        return 1
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                loop.run_until_complete(task)
        loop.close()
    return 0


def _explain(problem: BaseException, folder: Path) -> str:
    """Return one line: what went wrong, and the user's own line of code where it did."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return f"SyntaxError: {problem.msg} ({_short(problem.filename, folder)}:{problem.lineno})"
    message = " ".join(str(problem).split()) or "no message"
    if not isinstance(problem, pulumi.RunError):
        message = f"{type(problem).__name__}: {message}"
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if _is_users(f.filename)]
    if isinstance(problem, pulumi.RunError):
        frames = _callers(frames)
    if not frames:
        return message
    return f"{message} ({_short(frames[-1].filename, folder)}:{frames[-1].lineno})"


def _callers(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Return the frames outside the package that raised: such an error is for who called it."""
    package = Path(frames[-1].filename).parent if frames else None
    if package is None or not (package / "__init__.py").is_file():
        return frames
    return [f for f in frames if not Path(f.filename).is_relative_to(package)] or frames


def _is_users(filename: str) -> bool:
    path = Path(filename)
    library = "site-packages" in path.parts or str(path).startswith(sys.base_prefix + os.sep)
    return not (library or filename.startswith("<") or path.name == Path(__file__).name)


def _short(filename: str, folder: Path) -> str:
    path = Path(filename)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _show(problem: BaseException) -> None:
    # The whole trace goes to standard error, which the engine keeps in its log.
    traceback.print_exception(problem)


def _watch_the_engine() -> None:
    threading.Thread(target=_end_with_the_engine, daemon=True).start()


def _end_with_the_engine() -> None:
    with suppress(OSError, ValueError):
        while sys.stdin.readline():
            pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
