"""A process that serves saves what it has, in a copy of itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hearth_local.snapshots import Snapshots

_INTERVAL = 0.02


async def _answer(_scope: Any, _receive: Any, _send: Any) -> None:
    """Answer nothing: what counts is that it was asked."""


def _run(snapshots: Snapshots, *methods: str) -> None:
    async def live() -> None:
        await snapshots({"type": "lifespan"}, None, None)
        for method in methods:
            await snapshots({"type": "http", "method": method}, None, None)
        await asyncio.sleep(0.5)

    asyncio.run(live())


def test_what_was_written_is_saved_once(tmp_path: Path) -> None:
    saved = tmp_path / "saved"

    def save() -> None:
        with saved.open("a") as file:
            file.write("x")

    _run(Snapshots(_answer, save, _INTERVAL), "POST", "GET", "PUT")

    assert saved.read_text() == "x"


def test_nothing_is_saved_while_nothing_is_written(tmp_path: Path) -> None:
    saved = tmp_path / "saved"

    _run(Snapshots(_answer, saved.touch, _INTERVAL), "GET", "HEAD", "OPTIONS")

    assert not saved.exists()


def test_a_save_that_fails_does_not_stop_the_service(tmp_path: Path) -> None:
    """The copy's trouble is its own; the next write is saved by another copy."""
    saved = tmp_path / "saved"
    first = tmp_path / "first"

    def save() -> None:
        if not first.exists():
            first.touch()
            raise ValueError("no room")
        saved.touch()

    async def live() -> None:
        snapshots = Snapshots(_answer, save, _INTERVAL)
        await snapshots({"type": "lifespan"}, None, None)
        await snapshots({"type": "http", "method": "POST"}, None, None)
        while not first.exists():
            await asyncio.sleep(_INTERVAL)
        await snapshots({"type": "http", "method": "POST"}, None, None)
        await asyncio.sleep(0.5)

    asyncio.run(live())

    assert saved.exists()
