"""Makes a stage whole again whose MiniStack was killed, and so forgot what it had not saved."""

from __future__ import annotations

from pathlib import Path

from hearth_local import demo_user
from hearth_local.engine import urns
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.project import Project
from hearth_local.engine.refresh import refresh
from hearth_local.engine.registration import ResourceFailed
from hearth_local.engine.run import Run
from hearth_local.engine.state import StageState
from hearth_local.engine.steps import Journal
from hearth_local.errors import StageError
from hearth_local.listener import Listener
from hearth_local.stage_folder import StageFolder


def recover(
    project: Project,
    state: StageState,
    providers: ConfiguredProviders,
    folder: StageFolder,
    listener: Listener,
) -> None:
    """Forget what is gone, so that the update makes it again, and say so in one line.

    Raises StageError.
    """
    known = sum(each.custom and not urns.is_provider(each.type) for each in state.live())
    if not known:
        return
    try:
        gone = refresh(Run(project, state, providers, Journal()))
    except ResourceFailed as error:
        raise StageError(str(error)) from None
    demo_user.forget(folder)
    drop_index(project)
    listener.note(
        f"MiniStack was killed and forgot what it had not saved: {len(gone)} of {known} resources "
        "are gone and made again, with what was written since its last save"
    )


def drop_index(project: Project) -> None:
    """Delete the search index, which may name records that are gone."""
    location = project.config.get("hearth:searchFile")
    if not location:
        return
    file = project.root / location
    for part in (file, *(Path(f"{file}{end}") for end in ("-wal", "-shm", "-journal"))):
        part.unlink(missing_ok=True)
