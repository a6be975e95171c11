"""Runs `hearth up` in the background: the child goes on after its parent has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

LOG_VARIABLE = "HEARTH_BACKGROUND_LOG"
"""Set in the child: the file that it writes to once the stage is up."""


def start(arguments: Sequence[str], root: Path, log: Path) -> str:
    """Start `hearth` with these arguments and return the line that it prints when it is up.

    Its progress goes to this process's standard error meanwhile. If the child ends, this process
    exits as it did.
    """
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    child = subprocess.Popen(
        [sys.executable, "-m", "hearth_cli", *arguments],
        cwd=root,
        env={**os.environ, LOG_VARIABLE: str(log)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    relay = threading.Thread(target=_relay, args=(child.stderr.fileno(),))
    relay.start()
    try:
        answer = child.stdout.readline().decode().strip()
    except BaseException:
        # Ctrl-C here is for the stage too: it takes down what it has started.
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        child.wait()
        raise
    finally:
        relay.join()
    if not answer:
        # It has said itself what was wrong.
        sys.exit(child.wait() or 1)
    return answer


def let_go() -> None:
    """In the child: write to the log from now on, so that the parent may end."""
    log = os.environ.get(LOG_VARIABLE)
    if not log:
        return
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, sys.stdout.fileno())
    os.dup2(descriptor, sys.stderr.fileno())


def _relay(source: int) -> None:
    while part := os.read(source, 4096):
        sys.stderr.write(part.decode(errors="replace"))
        sys.stderr.flush()
