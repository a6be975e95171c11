"""DynamoDB Local, Amazon's own, from Maven Central: started for a test run, stopped after it.

It is fetched once into the cache folder; every start is a fresh, empty database in memory.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import fetched

_SOURCES = Path(__file__).parent / "dynamodb_local_java"
_NAME = "DynamoDB Local"
_JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xmx768m",
    "-Djava.net.preferIPv4Stack=true",
)

ACCESS_KEY = "hearth"
"""Letters and digits only: DynamoDB Local refuses others."""


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run DynamoDB Local and give its URL; skip the test where Java or Maven is missing."""
    java = fetched.program("java", _NAME)
    process = subprocess.Popen(
        [java, *_JVM, "-cp", f"{_jars()}/*", str(_SOURCES / "Launcher.java"),
         "-inMemory", "-sharedDb", "-disableTelemetry"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{_port(process.stdout)}"
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def _port(output: Iterator[str]) -> int:
    for line in output:
        if line.strip().isdigit():
            return int(line)
    raise RuntimeError("DynamoDB Local ended before it named its port")


def _jars() -> Path:
    """Return the folder of jars, fetched if need be."""
    pom = _SOURCES / "pom.xml"
    return fetched.folder(
        "dynamodb-local", fetched.key_of(pom), lambda to: fetched.copy_dependencies(pom, to, _NAME)
    )
