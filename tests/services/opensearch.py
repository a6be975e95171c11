"""OpenSearch itself, one node from Maven Central: started for a test run, stopped after it.

It is fetched once into the cache folder, where a class-data archive halves the time of a start.
Every node is fresh and empty, listens on loopback only, and ends with the process that started it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.services import fetched

_SOURCES = Path(__file__).parent / "opensearch_java"
_NAME = "OpenSearch"
_JVM = (
    "-Xms512m",
    "-Xmx512m",
    "-XX:+UseG1GC",
    "-XX:TieredStopAtLevel=1",
    "-Xlog:disable",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Djava.net.preferIPv4Stack=true",
)


class Node:
    """One node. It can be stopped and started again, and keeps what it holds and its port."""

    def __init__(self, *options: str, classes: str = "") -> None:
        """Make a node that is not running yet.

        `options` are further ones of the JVM, `classes` the one for its class-data archive.
        """
        archive = classes or f"-XX:SharedArchiveFile={_made() / 'classes.jsa'}"
        self._options = (*options, archive)
        self._home = tempfile.TemporaryDirectory(prefix="hearth-opensearch")
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        home = self._home.name
        self._process = subprocess.Popen(
            [fetched.program("java", _NAME), *_JVM, *self._options, "-cp", _class_path(_jars()),
             "Launcher", home, str(self._port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("port "):
                self._port = int(line.split()[1])
                return
        raise RuntimeError("OpenSearch ended before it named its port")

    def stop(self) -> None:
        """Stop it, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(60)
            process.stdout.close()

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has taken since its start."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Stop it and forget what it held."""
        self.stop()
        self._home.cleanup()


@cache
def shared() -> Node:
    """Return the node of this test run, started; skip the test where Java or Maven is missing."""
    node = Node()
    atexit.register(node.close)
    node.start()
    return node


def _class_path(folder: Path) -> str:
    return os.pathsep.join(str(path) for path in sorted(folder.glob("*.jar")))


@cache
def _made() -> Path:
    """Return the folder of jars with their class-data archive, made if need be."""
    folder = _jars()
    archive = folder / "classes.jsa"
    if not archive.exists():
        made = folder / f"classes.{os.getpid()}"
        node = Node(classes=f"-XX:ArchiveClassesAtExit={made}")
        node.start()
        node.close()
        made.rename(archive)
    return folder


def _jars() -> Path:
    """Return the folder of jars, fetched and the launcher compiled if need be."""
    key = fetched.key_of(_SOURCES / "pom.xml", _SOURCES / "Launcher.java")
    return fetched.folder("opensearch", key, _fetch)


def _fetch(target: Path) -> None:
    javac, jar = fetched.program("javac", _NAME), fetched.program("jar", _NAME)
    fetched.copy_dependencies(_SOURCES / "pom.xml", target, _NAME)
    launcher = str(_SOURCES / "Launcher.java")
    with tempfile.TemporaryDirectory() as classes:
        compiled = [javac, "-nowarn", "-cp", f"{target}/*", "-d", classes, launcher]
        subprocess.run(compiled, check=True)
        packed = [jar, "-cf", str(target / "launcher.jar"), "-C", classes, "."]
        subprocess.run(packed, check=True)
