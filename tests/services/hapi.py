"""The HAPI FHIR validator from Maven Central, as an oracle: one Java process that stays.

It is fetched once into the cache folder. Its first answer takes half a minute, then 0.1 s each,
so what it has said of a body is kept there too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services import fetched

_SOURCES = Path(__file__).parent / "hapi_java"
_NAME = "the HAPI validator"
_JVM = ("-XX:+UseSerialGC", "-Xmx1800m", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Message:
    """One message of the HAPI validator."""

    severity: str
    location: str
    id: str
    text: str


@dataclass(frozen=True)
class Judgement:
    """What the HAPI validator says of one resource."""

    messages: tuple[Message, ...]
    microseconds: int = 0
    fault: str | None = None
    """What it threw instead of an answer."""

    @property
    def errors(self) -> list[Message]:
        """Return the messages that make the resource invalid."""
        return [each for each in self.messages if each.severity in ("error", "fatal")]


class Hapi:
    """The HAPI validator with some IG packages, started when a body is new to it."""

    def __init__(self, packages: Sequence[Path] = (), *, kept: bool = True) -> None:
        self._packages = packages
        self._process: subprocess.Popen[str] | None = None
        self._answers = sqlite3.connect(_kept_answers(packages) if kept else ":memory:")
        self._answers.execute(
            "CREATE TABLE IF NOT EXISTS answers (body TEXT PRIMARY KEY, said TEXT)"
        )

    def judge(self, body: bytes) -> Judgement:
        """Return what it says of a resource's JSON."""
        digest = hashlib.sha256(body).hexdigest()
        row = self._answers.execute("SELECT said FROM answers WHERE body = ?", [digest]).fetchone()
        if row is None:
            row = [self._ask(body)]
            self._answers.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", [digest, row[0]])
            self._answers.commit()
        return _judgement(json.loads(row[0]))

    def close(self) -> None:
        """Stop the process."""
        self._answers.close()
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(20)
            self._process.stdout.close()

    def _ask(self, body: bytes) -> str:
        if self._process is None:
            self._process = _start(self._packages)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(base64.b64encode(body).decode() + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def hapi(packages: Sequence[Path] = (), *, kept: bool = True) -> Iterator[Hapi]:
    """Give the validator; skip the test where Java or Maven is missing.

    `kept`: it need not judge again what it has judged before; not for measuring its speed.
    """
    validator = Hapi(packages, kept=kept)
    try:
        yield validator
    finally:
        validator.close()


def _judgement(answer: dict[str, Any]) -> Judgement:
    messages = (
        Message(each["severity"], each["location"] or "", each["id"] or "", each["text"] or "")
        for each in answer.get("issues", ())
    )
    return Judgement(tuple(messages), answer.get("microseconds", 0), answer.get("fault"))


def _start(packages: Sequence[Path]) -> subprocess.Popen[str]:
    java = fetched.program("java", _NAME)
    path = os.pathsep.join([f"{_jars()}/*", *{str(each.parent) for each in packages}])
    process = subprocess.Popen(
        [java, *_JVM, "-cp", path, str(_SOURCES / "Judge.java"), *[each.name for each in packages]],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError("the HAPI validator does not start")
    return process


def _kept_answers(packages: Sequence[Path]) -> Path:
    digest = fetched.key_of(_SOURCES / "pom.xml", _SOURCES / "Judge.java", *packages)
    folder = fetched.home() / "hapi-answers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{digest}.sqlite"


def _jars() -> Path:
    """Return the folder of jars, fetched if need be."""
    pom = _SOURCES / "pom.xml"
    return fetched.folder(
        "hapi", fetched.key_of(pom), lambda to: fetched.copy_dependencies(pom, to, _NAME)
    )
