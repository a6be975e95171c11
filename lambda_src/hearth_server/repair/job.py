"""A job: what it tells of itself, and how slices of its time are run one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

LEASE_MILLISECONDS = 30_000
"""How long a job belongs to a runner in the midst of a slice: longer than any step takes."""

PAUSE_MILLISECONDS = 5_000
"""How long it belongs to one between two slices."""


class Report(Struct, frozen=True, omit_defaults=True):
    """How far a job has come. It holds keys and counts, and nothing that a resource says."""

    phase: str
    done: int
    of: int
    """What `done` is when the phase is over."""
    counts: Mapping[str, int]
    finished: bool = False
    busy: bool = False
    """Whether another runner is at it."""
    details: tuple[Mapping[str, Any], ...] = ()
    """What it found, in a form of the job's own; only once it is finished."""


class Job(Protocol):
    """A piece of work that can be stopped between its steps."""

    def step(self) -> None:
        """Do what takes a second or two. Steps can be repeated: a crash loses the last note."""

    def report(self) -> Report:
        """Return how far it has come."""

    def state(self) -> bytes:
        """Return what the next slice needs to go on."""


class Note(Protocol):
    """What is noted of a job, and the revision of the note."""

    @property
    def content(self) -> bytes:
        """What was noted last; empty at first."""

    @property
    def revision(self) -> int:
        """Rises with every change."""


class Notes(Protocol):
    """Where it is noted how far jobs have come."""

    def read(self, name: str) -> Note:
        """Return the note of a job."""

    def write(self, name: str, content: bytes, revision: int) -> int:
        """Replace the note of `revision`, return the new one; fail if it was changed since."""


class _Held(Struct):
    """A job's state, and who is at it until when."""

    runner: str
    until: int
    finished: bool
    state: bytes


def run(
    name: str,
    runner: str,
    notes: Notes,
    resume: Callable[[bytes], Job],
    seconds: float,
    clock: Callable[[], int],
) -> Report:
    """Run steps of a job for so many seconds, or to its end, and return how far it has come.

    `resume` makes the job from the state of its last step, a new one from none. A job that is
    finished begins anew.
    """
    end = time.monotonic() + seconds
    note = notes.read(name)
    held = msgspec.msgpack.decode(note.content, type=_Held) if note.content else None
    if held is not None and not held.finished and held.runner != runner and held.until > clock():
        return Report("", 0, 0, {}, busy=True)
    job = resume(held.state if held is not None and not held.finished else b"")
    revision = note.revision
    while True:
        job.step()
        report = job.report()
        over = report.finished or time.monotonic() >= end
        until = clock() + (PAUSE_MILLISECONDS if over else LEASE_MILLISECONDS)
        written = _Held(runner, until, report.finished, job.state())
        revision = notes.write(name, msgspec.msgpack.encode(written), revision)
        if over:
            return report


def cancel(name: str, notes: Notes) -> bool:
    """Have the next run begin anew; return whether there was anything to forget."""
    note = notes.read(name)
    if not note.content:
        return False
    held = msgspec.msgpack.decode(note.content, type=_Held)
    held_before, held.finished, held.until = held.finished, True, 0
    notes.write(name, msgspec.msgpack.encode(held), note.revision)
    return not held_before
