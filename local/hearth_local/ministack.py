"""The AWS of a stage: one MiniStack process on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from hearth_local import locks
from hearth_local.errors import StageError
from hearth_local.loopback import ask
from hearth_local.ports import LOOPBACK
from hearth_local.stage_folder import StageFolder

_READY_SECONDS = 60.0
_SAVE_SECONDS = 120.0
"""A stage with a hundred thousand records takes about ten seconds to save."""
_POLL_SECONDS = 0.02


class MiniStack:
    """A running MiniStack. It lives no longer than this process."""

    def __init__(self, folder: StageFolder, port: int, region: str) -> None:
        """Start it; `ready` tells when it answers."""
        self._folder = folder
        self.port = port
        if not folder.ministack_saved.exists():
            folder.doubtful.touch()
        # From now on what is on the disk is older than what is in memory.
        folder.ministack_saved.unlink(missing_ok=True)
        self._log = folder.logs / "ministack.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "hearth_local.ministack_host",
                    str(folder.root),
                    folder.stage,
                ],
                cwd=folder.scratch,
                env=_environment(folder, port, region),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def endpoint(self) -> str:
        """The address of every AWS service."""
        return f"http://{LOOPBACK}:{self.port}"

    def ready(self) -> None:
        """Wait until it answers. Raises StageError."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise StageError(f"MiniStack did not start: {self._last_line()}")
            if _is_healthy(self.port):
                return
            time.sleep(_POLL_SECONDS)
        raise StageError(f"MiniStack did not answer in {_READY_SECONDS:.0f} s; see {self._log}")

    def ended(self) -> bool:
        """Say whether the process is gone."""
        return self._process.poll() is not None

    def stop(self) -> bool:
        """Stop it and wait until it has saved; say whether everything was saved."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_SAVE_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_group(self._process.pid)
            self._process.wait()
        # Its workers end with it; a worker that hangs does not.
        _kill_group(self._process.pid)
        return self._folder.ministack_saved.exists()

    def _last_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else f"see {self._log}"


def stop_stale(folder: StageFolder) -> bool:
    """Stop this stage's MiniStack if one outlived its `hearth`; say whether there was one.

    Nothing else is ever stopped: the process that holds the stage's lock is this one.
    """
    note = locks.holder(folder.ministack_lock)
    if note is None:
        return False
    # It saves and ends by itself when its `hearth` is gone.
    if locks.wait_until_free(folder.ministack_lock, _SAVE_SECONDS):
        return True
    pid = (locks.holder(folder.ministack_lock) or {}).get("pid")
    if isinstance(pid, int):
        _kill_group(pid)
    if not locks.wait_until_free(folder.ministack_lock, 10):
        raise StageError(f"a MiniStack of stage {folder.stage} (process {pid}) does not end")
    return True


def _environment(folder: StageFolder, port: int, region: str) -> dict[str, str]:
    # Functions get this whole environment: nothing of the user's own, and no credentials.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder.scratch),
        "TMPDIR": str(folder.scratch),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder.ministack),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder.objects),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": region,
        "LOG_LEVEL": "WARNING",
    }


def _is_healthy(port: int) -> bool:
    try:
        _, answer = ask(f"http://{LOOPBACK}:{port}/_ministack/health")
        health = json.loads(answer)
    except (OSError, ValueError):
        return False
    return isinstance(health, dict) and health.get("auth") == "enabled"


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
