"""PostgreSQL, the machine's own, started for a test run as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.services.requirement import missing

UNPRIVILEGED = ("postgres", "nobody")
"""Whom root starts it as: PostgreSQL refuses to run as root."""

_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run an empty PostgreSQL and give its connection string; skip the test where there is none."""
    initdb, server = _program("initdb"), _program("pg_ctl")
    user = _user()
    with tempfile.TemporaryDirectory(prefix="hearth-pg") as name:
        folder = Path(name)
        data = folder / "data"
        if user is not None:
            shutil.chown(folder, user)
        _run([initdb, "-D", str(data), "-A", "trust", "-U", "hearth", "-N", "-E", "UTF8",
              "--locale=C"], user)  # fmt: skip
        settings = f"-k {folder} -c listen_addresses='' -c fsync=off -c shared_buffers=64MB"
        control = [server, "-D", str(data), "-w", "-s", "-l", str(folder / "log")]
        _run([*control, "-o", settings, "start"], user)
        try:
            yield f"host={folder} user=hearth dbname=postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], user)


def _run(command: Sequence[str], user: str | None) -> None:
    subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        versions = sorted(_DEBIAN.glob(f"*/bin/{name}"))
        if not versions:
            missing("PostgreSQL (needs initdb and pg_ctl)")
        found = str(versions[-1])
    return found


def _user() -> str | None:
    """Return whom to run it as, None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in UNPRIVILEGED if name in known), None)
    return found or missing("PostgreSQL (needs a user other than root)")
