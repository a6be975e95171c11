"""Locks that their holder's death frees, with a note of who holds them."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STEP_SECONDS = 0.05


class LockHeldError(Exception):
    """Another process holds the lock; `holder` is what it noted."""

    def __init__(self, holder: dict[str, Any]) -> None:
        self.holder = holder
        super().__init__("the lock is held")


class FileLock:
    """An exclusive lock for the life of this process, or until it is let go."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def take(self, note: Mapping[str, Any]) -> None:
        """Take the lock and leave a note. Raises LockHeldError."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LockHeldError(_note(self._file)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": os.getpid(), **note}).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the lock go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def holder(file: Path) -> dict[str, Any] | None:
    """Return the note of the process that holds the lock; None if nobody does."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _note(file)
    finally:
        os.close(descriptor)
    return None


def wait_until_free(file: Path, seconds: float) -> bool:
    """Wait until nobody holds the lock; say whether that happened in time."""
    deadline = time.monotonic() + seconds
    while holder(file) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_STEP_SECONDS)
    return True


def _note(file: Path) -> dict[str, Any]:
    # The holder may be just about to write it.
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
