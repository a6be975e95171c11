"""Lets MiniStack save its state while it serves, so that little is lost when it is killed.

MiniStack itself saves only at a clean stop. A copy of the process, which `fork` makes between two
steps of its event loop, has all the time that writing takes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

INTERVAL_SECONDS = 30.0
_LONGEST_SECONDS = 120.0
_READING = ("GET", "HEAD", "OPTIONS")

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Snapshots:
    """An ASGI application around MiniStack's own that saves when something was written."""

    def __init__(
        self,
        application: Application,
        save: Callable[[], None],
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._application = application
        self._save = save
        self._interval = interval
        self._written = False
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or MiniStack's whole life."""
        if scope["type"] == "lifespan":
            self._task = asyncio.get_running_loop().create_task(self._keep_saving())
        elif scope.get("method") not in _READING:
            self._written = True
        await self._application(scope, receive, send)

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            if self._written:
                self._written = False
                await _wait(self._fork())

    def _fork(self) -> int:
        copy = os.fork()
        if copy:
            return copy
        status = 1
        try:
            # The copy must neither answer requests nor keep the port.
            os.closerange(3, 4096)
            self._save()
            status = 0
        finally:
            os._exit(status)


async def _wait(process: int) -> None:
    """Wait until the copy has saved; end one that hangs on a lock that nobody will release."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while os.waitpid(process, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            sys.stderr.write("a snapshot took too long and was given up\n")
            return
        await asyncio.sleep(0.1)
