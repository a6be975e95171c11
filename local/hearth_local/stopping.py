"""Takes a stage down, whichever process runs it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from hearth_local import locks, ministack
from hearth_local.errors import StageError
from hearth_local.stage_folder import folder_here

_SECONDS = 180.0


def stop(root: Path, stage: str) -> bool:
    """Stop the stage and wait until its data is saved; say whether it was up.

    Raises StageError if it does not end, or does not run here.
    """
    folder = folder_here(root, stage)
    note = locks.holder(folder.up_lock)
    if note is not None:
        # Its holder is alive, or the lock would be free: the number is no other process's.
        process = note.get("pid")
        if isinstance(process, int):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        if not locks.wait_until_free(folder.up_lock, _SECONDS):
            raise StageError(f"stage {stage} (process {process}) does not end")
    stale = ministack.stop_stale(folder)
    folder.running.unlink(missing_ok=True)
    return note is not None or stale


def lost_something(root: Path, stage: str) -> bool:
    """Say whether the last stop of the stage could not save everything."""
    folder = folder_here(root, stage)
    return folder.ministack_lock.exists() and not folder.ministack_saved.exists()


def destroy(root: Path, stage: str) -> None:
    """Stop the stage and delete everything that it holds. Raises StageError."""
    stop(root, stage)
    folder_here(root, stage).destroy()
