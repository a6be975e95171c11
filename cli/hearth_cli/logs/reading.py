"""Reads the log groups of a stage's functions, each event once.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hearth_cli.errors import CommandError
from hearth_cli.stage_services import StageServices

PARTS = ("api", "indexer", "repair", "sweep")
"""The functions of a stage, by what they do."""

LATE_MILLISECONDS = 30_000
"""How late CloudWatch may show an event, seen from when it was logged."""

_FRAME = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")
"""How the lines begin that Lambda puts around each call: they say nothing of Hearth."""


@dataclass(frozen=True, order=True)
class Event:
    """One line of a log."""

    at: int
    """When it was logged, in milliseconds since 1970."""
    part: str
    message: str


class Reader:
    """Reads what some functions of a stage log."""

    def __init__(self, client: Any, groups: Mapping[str, str]) -> None:
        """Take the names of the log groups by the part of the stage that writes there."""
        self._client = client
        self._groups = groups
        self._seen: dict[Hashable, int] = {}
        """When the events were logged that may come again, by what tells them apart."""

    def new(self, since: int, mentioning: str = "") -> list[Event]:
        """Return what was logged at `since` or later and not returned before, oldest first.

        Raises CommandError.
        """
        self._seen = {id: at for id, at in self._seen.items() if at >= since}
        events = [
            event
            for part, group in self._groups.items()
            for event in self._of(part, group, since)
            if mentioning in event.message
        ]
        return sorted(events)

    def _of(self, part: str, group: str, since: int) -> Iterator[Event]:
        from botocore.exceptions import BotoCoreError, ClientError

        pages = self._client.get_paginator("filter_log_events")
        try:
            for page in pages.paginate(logGroupName=group, startTime=since):
                for each in page["events"]:
                    message = each["message"].rstrip("\n")
                    at, stream = each["timestamp"], each["logStreamName"]
                    identity = each.get("eventId") or (stream, at, message)
                    if identity not in self._seen and not message.startswith(_FRAME):
                        self._seen[identity] = at
                        yield Event(at, part, message)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"the log {group} cannot be read: {error}") from None


def log_groups(services: StageServices, parts: Mapping[str, str]) -> dict[str, str]:
    """Return the log group of each part, from the names of their functions.

    Raises CommandError.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    client = services.client("lambda")
    groups = {}
    for part, function in parts.items():
        try:
            found = client.get_function_configuration(FunctionName=function)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"{function} cannot be looked up: {error}") from None
        own = found.get("LoggingConfig", {}).get("LogGroup")
        groups[part] = own or f"/aws/lambda/{function}"
    return groups
