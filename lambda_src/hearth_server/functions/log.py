"""The function's log: one line of JSON for each request, and for each fault.

Nothing in it says what a resource says: no path, no query, no body, no header but the request id.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

import msgspec

from hearth_server.aws.errors import CallFailed


def line(event: str, **facts: Any) -> None:
    """Write one line on standard output, which is the function's log."""
    sys.stdout.write(msgspec.json.encode({"event": event, **facts}).decode() + "\n")
    sys.stdout.flush()


def fault(event: str, error: BaseException, **facts: Any) -> None:
    """Write where an unexpected error came from, and not what it says: that may quote a body.

    Of a call to AWS it is written which one was refused, and how.
    """
    frames = traceback.extract_tb(error.__traceback__)
    trace = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    if isinstance(error, CallFailed):
        facts |= {"call": error.operation, "code": error.code}
    line(event, level="error", error=type(error).__name__, trace=trace, **facts)
