"""Where a stage on this machine keeps everything: `.hearth/<stage>`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth_local.errors import StageError
from hearth_local.private_file import write_private

STAGE = "local"
"""The one stage that runs on this machine."""


@dataclass(frozen=True, slots=True)
class StageFolder:
    """The files of one stage. Only the owner may look inside."""

    root: Path
    """The project's folder."""
    stage: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.root / ".hearth" / self.stage

    @property
    def state(self) -> Path:
        """What the engine remembers."""
        return self.path / "state.json"

    @property
    def running(self) -> Path:
        """What is known of the stage while it is up."""
        return self.path / "running.json"

    @property
    def secrets(self) -> Path:
        """The passwords of the users that the stage made by itself."""
        return self.path / "secrets.json"

    @property
    def up_lock(self) -> Path:
        """Held by the process that runs the stage."""
        return self.path / "up.lock"

    @property
    def ministack_lock(self) -> Path:
        """Held by the stage's MiniStack."""
        return self.path / "ministack.lock"

    @property
    def ministack(self) -> Path:
        """MiniStack's state."""
        return self.path / "ministack"

    @property
    def ministack_saved(self) -> Path:
        """There when MiniStack's last stop saved everything."""
        return self.ministack / "saved"

    @property
    def doubtful(self) -> Path:
        """There until it is known what MiniStack has lost since its last clean stop."""
        return self.path / "doubtful"

    @property
    def load_journal(self) -> Path:
        """What `hearth load` need not load again."""
        return self.path / "load"

    @property
    def objects(self) -> Path:
        """The bodies of S3 objects."""
        return self.path / "s3"

    @property
    def index_dropped(self) -> Path:
        """There while the search index is to be filled from the table."""
        return self.path / "index-dropped"

    @property
    def scratch(self) -> Path:
        """Temporary files of MiniStack and its functions; emptied at each start."""
        return self.path / "tmp"

    @property
    def logs(self) -> Path:
        """What MiniStack, the provider and the program wrote."""
        return self.path / "logs"

    def prepare(self) -> None:
        """Make the folder, and empty the scratch folder. Raises StageError."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(self.scratch, ignore_errors=True)
            for folder in (self.ministack, self.objects, self.scratch, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StageError(f"{self.path} cannot be used: {error.strerror}") from None

    def has_data(self) -> bool:
        """Say whether MiniStack has ever saved something here."""
        return any(self.ministack.glob("*.json"))

    def destroy(self) -> None:
        """Delete the folder with everything in it. Raises StageError."""
        try:
            shutil.rmtree(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StageError(f"{error.filename} cannot be deleted: {error.strerror}") from None


def folder_here(root: Path, stage: str, instead: str = "") -> StageFolder:
    """Return the folder of a stage that runs on this machine; `instead` is for one in AWS.

    Raises StageError for one in AWS, of which nothing is known here.
    """
    if stage != STAGE:
        raise StageError(f"stage {stage} runs in AWS, not on this machine", hint=instead)
    return StageFolder(root, stage)


def read_document(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file; empty if there is none. Raises StageError."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise StageError(f"{file} is damaged", hint=f"rm {file}") from None
    if not isinstance(document, dict):
        raise StageError(f"{file} is damaged", hint=f"rm {file}")
    return document


def write_document(file: Path, document: Mapping[str, Any]) -> None:
    """Replace a file by this JSON object, for its owner only."""
    write_private(file, json.dumps(document, indent=2) + "\n")
