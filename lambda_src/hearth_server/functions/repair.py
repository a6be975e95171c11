"""The function behind `hearth reindex`, `verify-index` and `redrive`: works on a job for a while.

It is called again and again until the job is finished, and notes in the table how far it has come.
What it answers holds counts, and the types and ids of what differs or fails; no resource.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from hearth_server import deadline
from hearth_server.errors import Unavailable
from hearth_server.functions import indexer, log, wiring
from hearth_server.repair import job
from hearth_server.repair.job import Job, Report
from hearth_server.repair.redrive import Redrive, StreamRecord
from hearth_server.repair.reindex import Reindex
from hearth_server.repair.verify import Verify
from hearth_server.search.engines.protocol import RepairableEngine
from hearth_server.store.limits import now_milliseconds

SLICE_SECONDS = 3.0
"""How long one call works, so that whoever watches sees it move."""

_MARGIN = 2.0
"""Seconds kept back from the function's time, to answer in."""


class Refused(Exception):
    """A job that cannot be started as it was asked for. Says why, to whoever asked."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Return how far the job has come after a few seconds of it, or `refused` and why.

    `event` names the `job`, the `runner` that calls, for reindex the `parameters`; `abandon` ends
    a job instead. Raises Unavailable when the store or the index cannot be reached.
    """
    started = time.perf_counter()
    name = event["job"]
    with deadline.within(context.get_remaining_time_in_millis() / 1000 - _MARGIN):
        try:
            answer = _abandon(name) if event.get("abandon") else _run(name, event)
        except Refused as refusal:
            answer = {"refused": str(refusal)}
    ms = round((time.perf_counter() - started) * 1000, 2)
    log.line("repair", job=name, phase=answer.get("phase", ""), ms=ms)
    return answer


def _run(name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    if name not in _JOBS:
        raise Refused(f"there is no job {name!r}")
    make = _JOBS[name]
    report: Report = job.run(
        name,
        str(event["runner"]),
        wiring.store().notes,
        lambda state: make(state, event),
        SLICE_SECONDS,
        now_milliseconds,
    )
    answer: dict[str, Any] = msgspec.to_builtins(report)
    return answer


def _abandon(name: str) -> dict[str, Any]:
    """Forget a job, and what a reindex has built."""
    forgotten = job.cancel(name, wiring.store().notes)
    if name == "reindex":
        _engine().abandon()
    return {"abandoned": forgotten}


def _reindex(state: bytes, event: Mapping[str, Any]) -> Reindex:
    parameters = event.get("parameters") or ()
    try:
        return Reindex(state, parameters, wiring.store(), _engine(), now_milliseconds)
    except LookupError as error:
        raise Refused(f"no resource type has a search parameter {error.args[0]}") from None
    except ValueError as error:
        others = f"of the parameters {error}" if str(error) else "of everything"
        raise Refused(
            f"another reindex is not finished yet, {others}; run that again, or --abandon it"
        ) from None


def _verify(state: bytes, _: Mapping[str, Any]) -> Verify:
    return Verify(state, wiring.store(), _engine(), now_milliseconds)


def _redrive(state: bytes, _: Mapping[str, Any]) -> Redrive:
    def index(records: Sequence[StreamRecord]) -> int:
        try:
            return len(indexer.index(records))
        except indexer.AWAY as error:
            raise Unavailable("The store or the search engine does not answer.") from error

    return Redrive(state, wiring.failed_records(), index)


_JOBS: Mapping[str, Callable[[bytes, Mapping[str, Any]], Job]] = {
    "reindex": _reindex,
    "verify": _verify,
    "redrive": _redrive,
}


def _engine() -> RepairableEngine:
    engine = wiring.search_engine()
    if engine is None:
        raise Refused("this stage has no search engine")
    return engine
