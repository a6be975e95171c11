"""Makes a stage whole again whose MiniStack was killed, and so forgot what it had not saved."""

from __future__ import annotations

import shutil

from hearth_local import demo_user
from hearth_local.engine import urns
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.project import Project
from hearth_local.engine.refresh import refresh
from hearth_local.engine.registration import ResourceFailed
from hearth_local.engine.run import Run
from hearth_local.engine.state import StageState
from hearth_local.engine.steps import Journal
from hearth_local.engine.wire import Properties
from hearth_local.errors import StageError
from hearth_local.index_rebuild import rebuild
from hearth_local.listener import Listener
from hearth_local.running_stage import RunningStage
from hearth_local.snapshots import INTERVAL_SECONDS
from hearth_local.stage_folder import StageFolder


def recover(
    project: Project,
    state: StageState,
    providers: ConfiguredProviders,
    folder: StageFolder,
    listener: Listener,
) -> None:
    """Forget what is gone, so that the update makes it again, and say so in one line.

    The search index is dropped with it, to be filled again, and so is what `hearth load` noted.
    Raises StageError.
    """
    known = sum(each.custom and not urns.is_provider(each.type) for each in state.live())
    if known:
        # First, so that an end before the refresh is over does not leave them behind.
        demo_user.forget(folder)
        shutil.rmtree(folder.load_journal, ignore_errors=True)
        _drop_index(project, folder)
        listener.note(_refresh(project, state, providers, known))
    folder.doubtful.unlink()


def _refresh(
    project: Project, state: StageState, providers: ConfiguredProviders, known: int
) -> str:
    try:
        gone = refresh(Run(project, state, providers, Journal()))
    except ResourceFailed as error:
        raise StageError(str(error)) from None
    lost = f"{len(gone)} of {known} resources are lost with what they held, and made again"
    return (
        f"MiniStack was not stopped cleanly: {lost if gone else 'no resource is lost'}; "
        f"what was written in its last {INTERVAL_SECONDS:.0f} s may be{' lost too' if gone else ''}"
    )


def refill_index(
    folder: StageFolder, running: RunningStage, outputs: Properties, listener: Listener
) -> None:
    """Index what the table still holds, if the index was dropped. Raises StageError."""
    if not folder.index_dropped.exists():
        return
    table, indexer = outputs.get("tableName"), outputs.get("indexerFunctionName")
    if isinstance(table, str) and isinstance(indexer, str):
        count = rebuild(running.endpoint, running.region, table, indexer)
        listener.note(f"indexed again what is left: {count} resources")
    folder.index_dropped.unlink()


def _drop_index(project: Project, folder: StageFolder) -> None:
    """Delete the search index, which may name records that are gone."""
    location = project.config.get("hearth:searchFile")
    if not location:
        return
    # The note outlives an update that fails before the index is filled again.
    folder.index_dropped.touch()
    file = project.root / location
    file.unlink(missing_ok=True)
    # What SQLite keeps beside it, and the generations that a reindex has built.
    for part in (*file.parent.glob(f"{file.name}-*"), *file.parent.glob(f"{file.name}.[0-9]*")):
        part.unlink(missing_ok=True)
