"""Runs `hearth up` in the background: the child goes on after its parent has ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path


def divide(root: Path) -> str | None:
    """Go on twice: return None in a child, and here the line that it prints when it is up.

    The child has imported all that this process has. Its progress goes to this process's standard
    error meanwhile. If it ends, this process exits as it did.
    """
    answers, progress = os.pipe(), os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        _settle(root, answers[1], progress[1])
        return None
    os.close(answers[1])
    os.close(progress[1])
    relay = threading.Thread(target=_relay, args=(progress[0],))
    relay.start()
    try:
        with os.fdopen(answers[0], "rb") as lines:
            answer = lines.readline().decode().strip()
    except BaseException:
        # Ctrl-C here is for the stage too: it takes down what it has started.
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        raise
    finally:
        relay.join()
    if not answer:
        # It has said itself what was wrong.
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or 1)
    return answer


def _settle(root: Path, answers: int, progress: int) -> None:
    """Leave the terminal: a session, a folder and standard streams of the child's own."""
    os.setsid()
    os.chdir(root)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (answers, 1), (progress, 2)):
        os.dup2(source, target)
    os.closerange(3, max(nothing, answers, progress) + 1)


def let_go(log: Path) -> None:
    """In the child: write to the log from now on, so that the parent may end."""
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, sys.stdout.fileno())
    os.dup2(descriptor, sys.stderr.fileno())


def _relay(source: int) -> None:
    while part := os.read(source, 4096):
        sys.stderr.write(part.decode(errors="replace"))
        sys.stderr.flush()
