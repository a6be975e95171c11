"""Brings the stage's resources to its program, on a MiniStack that has just been started."""

from __future__ import annotations

from dataclasses import dataclass

from hearth_local import demo_user, loss
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.monitor import Message
from hearth_local.engine.plugins import PluginSource
from hearth_local.engine.project import Project
from hearth_local.engine.state import StageState
from hearth_local.engine.update import Updated, UpdateFailed, update
from hearth_local.errors import StageError
from hearth_local.listener import Listener
from hearth_local.ministack import MiniStack
from hearth_local.running_stage import RunningStage, describe
from hearth_local.stage_folder import StageFolder


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stage on its way up."""

    folder: StageFolder
    project: Project
    state: StageState
    aws: MiniStack
    region: str
    listener: Listener

    def complete(self, provider: PluginSource) -> tuple[Updated, RunningStage]:
        """Run the program, and make what the stage has beside it. Raises StageError."""
        providers = ConfiguredProviders({"aws": provider})
        try:
            updated = self._update(providers)
        except UpdateFailed as error:
            raise StageError(str(error)) from None
        finally:
            providers.close()
        running = describe(
            self.project.stage,
            self.aws.endpoint,
            self.region,
            updated.outputs,
            self.state.live(),
        )
        demo_user.ensure(self.folder, self.aws.endpoint, self.region, running.user_pool_id)
        loss.refill_index(self.folder, running, updated.outputs, self.listener)
        running.save(self.folder)
        return updated, running

    def _update(self, providers: ConfiguredProviders) -> Updated:
        with (self.folder.logs / "program.log").open("a", encoding="utf-8") as log:

            def hear(message: Message) -> None:
                log.write(f"{message.severity}: {message.text}\n")
                self.listener.message(message)

            return update(
                self.project,
                self.state,
                providers,
                report=self.listener.step,
                on_message=hear,
                prepare=lambda: self._prepare(providers),
            )

    def _prepare(self, providers: ConfiguredProviders) -> None:
        self.aws.ready()
        if self.folder.doubtful.exists():
            loss.recover(self.project, self.state, providers, self.folder, self.listener)
