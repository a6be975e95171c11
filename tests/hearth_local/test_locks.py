"""Locks that their holder's death frees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hearth_local.locks import FileLock, LockHeldError, holder, wait_until_free

_HOLD = """
import sys, time
from pathlib import Path
from hearth_local.locks import FileLock
FileLock(Path(sys.argv[1])).take({"port": 1})
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_is_held_by_one_and_tells_by_whom(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    first = FileLock(file)
    first.take({"port": 80})

    with pytest.raises(LockHeldError) as refused:
        FileLock(file).take({})
    noted = holder(file)
    first.release()

    assert refused.value.holder == noted
    assert noted is not None
    assert noted["port"] == 80
    assert holder(file) is None


def test_a_lock_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    assert not wait_until_free(file, 0.1)
    noted = holder(file)
    process.kill()
    process.communicate()

    assert noted == {"pid": process.pid, "port": 1}
    assert wait_until_free(file, 5)
    FileLock(file).take({})


def test_a_file_that_nobody_holds_is_no_lock(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    assert holder(file) is None
    file.write_text('{"pid": 1}')

    assert holder(file) is None
