"""Runs a stage's MiniStack in this process: `python -m hearth_local.ministack_host ROOT STAGE`.

It holds the stage's MiniStack lock, ends when its standard input closes, so that no MiniStack
outlives a killed `hearth`, and leaves a mark after a stop at which everything was saved.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from hearth_local import pace, undelivered
from hearth_local.locks import FileLock
from hearth_local.snapshots import Snapshots
from hearth_local.stage_folder import StageFolder


class _Problems(logging.Handler):
    """Notes what MiniStack only logs: that state could not be saved or read."""

    def __init__(self, doubtful: Path) -> None:
        super().__init__(logging.ERROR)
        self._doubtful = doubtful
        self.unsaved = False

    def emit(self, record: logging.LogRecord) -> None:
        """Look for MiniStack's own words for the two."""
        message = record.getMessage()
        if "failed to save" in message or "error getting state" in message:
            self.unsaved = True
        if "failed to load" in message or "Failed to restore" in message:
            self._doubtful.touch()


def main() -> int:
    """Serve until told to stop; return 0 if everything was saved."""
    folder = StageFolder(Path(sys.argv[1]), sys.argv[2])
    lock = FileLock(folder.ministack_lock)
    lock.take({"port": int(os.environ["GATEWAY_PORT"])})
    threading.Thread(target=_stop_with_the_stage, daemon=True).start()
    problems = _Problems(folder.doubtful)
    for name in ("persistence", "ministack"):
        logging.getLogger(name).addHandler(problems)
    # MiniStack is a large import, and starts sooner when garbage is looked for less often.
    gc.set_threshold(50_000, 20, 20)
    from ministack import app  # it reads the environment when imported
    from ministack.core.persistence import save_all

    pace.quicken()
    undelivered.keep(app)
    app.app = Snapshots(app.app, lambda: save_all(app._build_persistence_save_dict()))
    sys.argv = ["ministack"]
    try:
        app.main()
    except SystemExit as stop:
        if stop.code not in (None, 0):
            return 1
    if not problems.unsaved:
        folder.ministack_saved.touch()
    return 0


def _stop_with_the_stage() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
