"""The stage `local`, up in a copy of this project, for the tests that use it as its users do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass
class LocalStage:
    """A running stage, and the `hearth` command in its project."""

    root: Path
    base_url: str = ""
    api_key: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    _token: str = ""

    def hearth(
        self, *words: str, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run the command; with `check`, fail with what it printed unless it exits with 0."""
        command = [sys.executable, "-m", "hearth_cli", *words]
        ended = subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, check=False, **options
        )
        if check and ended.returncode != 0:
            raise AssertionError(f"hearth {' '.join(words)}: {ended.returncode}\n{ended.stderr}")
        return ended

    def up(self, *words: str) -> None:
        """Bring the stage up in the background."""
        self.outputs = json.loads(self.hearth("up", "--detach", "--json", *words).stdout)
        self.base_url = self.outputs["baseUrl"]
        self.api_key = self.outputs["apiKey"]

    def down(self, *words: str) -> None:
        """Stop it."""
        self.hearth("down", *words)

    @property
    def token(self) -> str:
        """An ID token of the demo user."""
        if not self._token:
            self._token = self.hearth("token", "--user", "demo").stdout.strip()
        return self._token

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        signed_in: bool = True,
    ) -> Answer:
        """Send one request to the API; `body` is JSON unless it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/fhir+json"} if data is not None else {}
        if signed_in:
            sent |= {"Authorization": f"Bearer {self.token}", "x-api-key": self.api_key}
        request = urllib.request.Request(
            f"{self.base_url}/{path}" if path else self.base_url,
            data,
            {**sent, **(headers or {})},
            method=method,
        )
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            named = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, named, answer.read())


def copy_project(target: Path) -> Path:
    """Copy every file that git knows, or would take, of this project to `target`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = PROJECT / name
        if source.is_file() and not name.startswith("tests/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


@contextmanager
def running_stage(folder: Path) -> Iterator[LocalStage]:
    """Yield a stage that is up in a copy of the project, and destroy it at the end."""
    stage = LocalStage(copy_project(folder))
    stage.up()
    try:
        yield stage
    finally:
        stage.hearth("down", "--destroy", "--yes", check=False)


def shared_data() -> Path | None:
    """Return the folder of test data that HEARTH_SHARED_DATA names."""
    named = os.environ.get("HEARTH_SHARED_DATA", "")
    return Path(named) if named and Path(named).is_dir() else None
