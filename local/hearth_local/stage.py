"""A stage on this machine: MiniStack as the AWS, and the stage's own Pulumi program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hearth_local import ministack, ports
from hearth_local.bundle import BundleError, build
from hearth_local.engine import project as projects
from hearth_local.engine.plugins import PluginSource
from hearth_local.engine.project import Project, ProjectError
from hearth_local.engine.state import StageState, StateError
from hearth_local.errors import StageError
from hearth_local.lambda_runtimes import RuntimeNotUsable
from hearth_local.locks import FileLock, LockHeldError
from hearth_local.ministack import MiniStack
from hearth_local.provider_process import start_provider
from hearth_local.running_stage import RunningStage
from hearth_local.stage_folder import StageFolder, folder_here, read_document, write_document

if TYPE_CHECKING:
    from hearth_local.engine.update import Updated
    from hearth_local.listener import Listener

_PORT = "port.json"


class Stage:
    """A stage that is up, held by this process."""

    def __init__(
        self,
        folder: StageFolder,
        lock: FileLock,
        aws: MiniStack,
        running: RunningStage,
        updated: Updated,
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._aws = aws
        self.running = running
        self.updated = updated

    def ended(self) -> bool:
        """Say whether its MiniStack is gone, which nobody asked for."""
        return self._aws.ended()

    def stop(self) -> bool:
        """Stop all that was started; say whether everything was saved."""
        saved = self._aws.stop()
        self._folder.running.unlink(missing_ok=True)
        self._lock.release()
        return saved


def bring_up(
    root: Path,
    stage: str,
    port: int | None,
    listener: Listener,
    make_bundle: Callable[[Path, str, Callable[[str], None]], object] = build,
) -> Stage:
    """Bring the stage to its program and leave it running. Raises StageError.

    `make_bundle` makes what the functions run. When the stage does not come up, everything that
    was started is stopped again.
    """
    folder = folder_here(root, stage, f"pulumi up --stack {stage}")
    project = _project(root, stage)
    lock = _lock(folder)
    try:
        if ministack.stop_stale(folder):
            listener.note("stopped the MiniStack of a hearth that was killed")
        folder.running.unlink(missing_ok=True)
        folder.prepare()
        state = _state(folder, project)
        _make(make_bundle, root, stage, listener)
        return _start(folder, lock, project, state, port, listener)
    except BaseException:
        lock.release()
        raise


def _project(root: Path, stage: str) -> Project:
    try:
        return projects.load(root, stage)
    except ProjectError as error:
        raise StageError(str(error)) from None


def _lock(folder: StageFolder) -> FileLock:
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder.up_lock)
        lock.take({})
    except LockHeldError as held:
        process = held.holder.get("pid", "unknown")
        raise StageError(
            f"stage {folder.stage} is up already (process {process})", hint="hearth status"
        ) from None
    except OSError as error:
        raise StageError(f"{folder.path} cannot be used: {error.strerror}") from None
    return lock


def _state(folder: StageFolder, project: Project) -> StageState:
    try:
        state = StageState.load(folder.state, project.name, project.stage)
    except StateError as error:
        raise StageError(str(error), hint="hearth down --destroy, to begin anew") from None
    if not folder.state.exists():
        if folder.has_data():
            raise StageError(
                f"{folder.state} is missing, but MiniStack's data is there",
                hint="hearth down --destroy, to begin anew",
            )
        state.save()
    return state


def _make(
    make_bundle: Callable[[Path, str, Callable[[str], None]], object],
    root: Path,
    stage: str,
    listener: Listener,
) -> None:
    try:
        make_bundle(root, stage, listener.note)
    except (BundleError, RuntimeNotUsable) as error:
        raise StageError(str(error)) from None


def _start(
    folder: StageFolder,
    lock: FileLock,
    project: Project,
    state: StageState,
    port: int | None,
    listener: Listener,
) -> Stage:
    memory = folder.path / _PORT
    chosen = ports.choose(port, read_document(memory).get("port"))
    region = project.config.get("aws:region", "us-east-1")
    listener.note(f"starting MiniStack on port {chosen}")
    aws = MiniStack(folder, chosen, region)
    provider = PluginSource(lambda: start_provider(folder, aws.endpoint, region))
    try:
        provider.warm()
        # Half a second of imports, in which MiniStack and the provider start.
        from hearth_local.arrival import Arrival

        arrival = Arrival(folder, project, state, aws, region, listener)
        updated, running = arrival.complete(provider)
        write_document(memory, {"port": chosen})
    except BaseException:
        aws.stop()
        raise
    finally:
        provider.close()
    return Stage(folder, lock, aws, running, updated)
