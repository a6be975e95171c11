"""An event of a log as a line for people: when, which function, and what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hearth_cli.logs.reading import Event

_FOR_METRICS = ("_aws", "FunctionName")
"""What an event says to CloudWatch's metrics alone."""


def shown(event: Event) -> list[str]:
    """Return the line of an event, and below it where a fault came from, innermost last."""
    said = _parsed(event.message)
    start = f"{_time(event.at)} {event.part:<8}"
    if said is None:
        return [f"{start}{line}" for line in event.message.splitlines()]
    trace = said.pop("trace", None) or []
    name = said.pop("event", "")
    facts = (
        f"{key}={_value(value)}"
        for key, value in said.items()
        if value is not None and key not in _FOR_METRICS
    )
    return [" ".join(filter(None, [f"{start}{name}", *facts])), *(f"    {each}" for each in trace)]


def record(event: Event) -> dict[str, Any]:
    """Return an event for programs."""
    said = _parsed(event.message)
    message: Any = event.message if said is None else said
    return {"at": _time(event.at), "function": event.part, "message": message}


def _parsed(message: str) -> dict[str, Any] | None:
    """Return what a line of JSON says, None for any other."""
    try:
        said = json.loads(message)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _time(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
