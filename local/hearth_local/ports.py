"""Chooses the port that a stage listens on."""

from __future__ import annotations

import errno
import os
import socket

from hearth_local.errors import StageError

LOOPBACK = "127.0.0.1"


def choose(wanted: int | None, last: int | None) -> int:
    """Return `wanted`, else the port of last time if it is free, else one that is free.

    Raises StageError if `wanted` cannot be had.
    """
    if wanted is not None:
        problem = _problem(wanted)
        if problem:
            raise StageError(
                f"port {wanted} {problem}", hint="another --port, or none to get one that is free"
            )
        return wanted
    if last is not None and not _problem(last):
        return last
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _problem(port: int) -> str:
    with socket.socket() as probe:
        # A port whose last connections are still being closed is free, as servers see it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is in use"
            return f"cannot be used: {os.strerror(error.errno or 0)}"
    return ""
