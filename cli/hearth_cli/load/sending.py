"""Sends units to the API, each at most once as far as the records are concerned.

Every POST carries an Idempotency-Key made from the file's hash, the position in it and the
attempt, so that a request repeated after a lost answer gets the kept answer.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import urllib3

from hearth_cli.errors import CommandError
from hearth_cli.load.journal import Arrived
from hearth_cli.load.units import Unit, batch_body
from hearth_cli.target import ApiTarget

RETRIED = {429, 500, 502, 503, 504}
ATTEMPTS = 6
TIMEOUT = urllib3.Timeout(connect=10, read=60)


class _Response(msgspec.Struct):
    status: str = ""
    outcome: msgspec.Raw = msgspec.Raw(b"")


class _AnswerEntry(msgspec.Struct):
    response: _Response | None = None


class _Answer(msgspec.Struct):
    entry: list[_AnswerEntry] = []


@dataclass(frozen=True, slots=True)
class Failure:
    """One entry, or one whole unit, that the server refused."""

    file: Path
    position: int
    entry: int | None
    """Which entry of the unit; None for all of it."""
    status: int
    outcome: bytes
    """The OperationOutcome, or what stands in for it."""

    @property
    def name(self) -> str:
        """What a person calls the place of the failure."""
        name = self.file.name
        if self.position > 0:
            name += f" part {self.position}"
        return name if self.entry is None else f"{name} entry {self.entry}"


@dataclass(slots=True)
class Sent:
    """What became of one unit."""

    stored: list[str] = field(default_factory=list)
    """The type of each entry that was stored."""
    failures: list[Failure] = field(default_factory=list)
    waits: bool = False
    """Refused because something that it refers to by condition is not there (yet)."""


class Sender:
    """Sends units over kept-alive connections; safe to use from several threads."""

    def __init__(self, target: ApiTarget, connections: int, salt: str = "") -> None:
        """Open a pool of `connections` to the API; a new `salt` makes every request a new one."""
        self._target = target
        self._salt = salt
        self._pool = urllib3.PoolManager(maxsize=connections, block=True, timeout=TIMEOUT)
        self._token = ""
        self._renewing = threading.Lock()

    def send(self, unit: Unit, before: Arrived | None) -> tuple[Sent, Arrived | None]:
        """Send `unit`, or what an earlier run left of it; return what is to be remembered."""
        if unit.fault:
            failure = _failure(unit, None, 0, unit.fault.encode())
            return Sent(failures=[failure]), None
        if before is not None and not before.failed:
            return Sent(), before
        attempt = 0 if before is None else before.attempt + 1
        # Of a batch of our own, only what was refused goes again; a file's own bundle goes whole.
        again = before.failed if before is not None and unit.entries else None
        numbers = range(len(unit.types)) if again is None else again
        body = unit.body or batch_body(unit.entries[number] for number in numbers)
        status, answer = self._post(
            body, f"{unit.digest[:40]}{self._salt}-{unit.position}-{attempt}"
        )
        if status >= 300:
            waits = status == 412
            return Sent(failures=[_failure(unit, None, status, answer)], waits=waits), None
        sent = _read_answer(unit, list(numbers), answer)
        failed = tuple(each.entry for each in sent.failures if each.entry is not None)
        return sent, Arrived(attempt, failed)

    def _post(self, body: bytes, key: str) -> tuple[int, bytes]:
        for attempt in range(ATTEMPTS):
            token = self._token or self._renew("")
            try:
                response = self._pool.request(
                    "POST",
                    self._target.base_url,
                    body=body,
                    headers={
                        "Authorization": f"Bearer {token}",
                        "x-api-key": self._target.api_key,
                        "Content-Type": "application/fhir+json",
                        "Accept": "application/fhir+json",
                        "Idempotency-Key": key,
                    },
                    retries=False,
                )
            except urllib3.exceptions.HTTPError as error:
                if attempt == ATTEMPTS - 1:
                    raise CommandError(
                        f"the API at {self._target.base_url} does not answer: {_first_line(error)}",
                        hint="the same again once it does: what is stored is not sent twice",
                    ) from None
                time.sleep(_pause(attempt, ""))
                continue
            if response.status == 401 and attempt < 2:
                self._renew(token)
            elif response.status in RETRIED and attempt < ATTEMPTS - 1:
                time.sleep(_pause(attempt, response.headers.get("Retry-After", "")))
            else:
                return response.status, response.data
        raise AssertionError("the last attempt returns or raises")

    def _renew(self, refused: str) -> str:
        with self._renewing:
            if self._token == refused:
                self._token = self._target.token()
            return self._token


def _pause(attempt: int, retry_after: str) -> float:
    """Return seconds to wait: what the server asked for, or twice as long each time."""
    asked = float(retry_after) if retry_after.isdigit() else 0.0
    doubled: float = random.uniform(0.1, 0.3) * 2**attempt  # noqa: S311 - spreads retries
    return max(asked, doubled)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _failure(unit: Unit, entry: int | None, status: int, outcome: bytes) -> Failure:
    return Failure(unit.file, unit.position, entry, status, outcome)


def _read_answer(unit: Unit, numbers: list[int], answer: bytes) -> Sent:
    sent = Sent()
    try:
        entries = msgspec.json.decode(answer, type=_Answer).entry
    except msgspec.DecodeError:
        entries = []
    if len(entries) != len(numbers):
        sent.failures.append(_failure(unit, None, 200, b"the answer does not fit the request"))
        return sent
    for number, entry in zip(numbers, entries, strict=True):
        response = entry.response or _Response()
        status = int(response.status[:3]) if response.status[:3].isdigit() else 0
        if 200 <= status < 300:
            sent.stored.append(unit.types[number])
        else:
            outcome = bytes(response.outcome)
            sent.failures.append(_failure(unit, number, status, outcome))
    return sent
