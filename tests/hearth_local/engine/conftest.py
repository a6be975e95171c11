"""A stage over the fake provider, driven by registrations instead of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hearth_local.engine.configured import ConfiguredProviders
from hearth_local.engine.deployment import StageDeployment
from hearth_local.engine.project import Project
from hearth_local.engine.refresh import refresh
from hearth_local.engine.registration import Registered, Registration, ResourceOptions
from hearth_local.engine.run import Run
from hearth_local.engine.state import ResourceState, StageState
from hearth_local.engine.steps import Journal, Phase, Step

from tests.hearth_local.engine.fake_provider import Cloud, FixedSource, serving

PREFIX = "urn:pulumi:local::shop::"


def thing(
    name: str,
    inputs: dict[str, Any] | None = None,
    *,
    needs: tuple[str, ...] = (),
    takes: Mapping[str, tuple[str, ...]] | None = None,
    parent: str = "",
    read_id: str | None = None,
    **options: Any,
) -> Registration:
    """Return the registration of a `test:index:Thing`; `takes` says what each property needs."""
    return Registration(
        type="test:index:Thing",
        name=name,
        parent=parent,
        custom=True,
        remote=False,
        inputs=dict(inputs or {}),
        provider="",
        dependencies=tuple({*needs, *(urn for urns in (takes or {}).values() for urn in urns)}),
        property_dependencies=dict(takes or {}),
        options=ResourceOptions(**options),
        read_id=read_id,
    )


def group(name: str, parent: str = "", **options: Any) -> Registration:
    """Return the registration of a component."""
    return Registration(
        "test:index:Group", name, parent, False, False, {}, "", (), {}, ResourceOptions(**options)
    )


def urn(name: str) -> str:
    """Return the URN of a thing without a parent."""
    return f"{PREFIX}test:index:Thing::{name}"


@dataclass
class FakeStage:
    """A stage with its state on the disk and its cloud in memory."""

    project: Project
    file: Path
    address: str
    cloud: Cloud
    steps: list[Step] = field(default_factory=list)

    def up(self, *registrations: Registration, preview: bool = False) -> dict[str, Registered]:
        """Register all in this order, then delete what is left over; return them by name."""
        self.steps.clear()
        state = self.state().for_preview() if preview else self.state()
        run = self._run(state, preview=preview)
        deployment = StageDeployment(run)
        try:
            made = {each.name: deployment.register(each) for each in registrations}
            deployment.finish()
        finally:
            run.providers.close()
        return made

    def refresh(self) -> list[ResourceState]:
        """Read everything; return what is gone."""
        run = self._run(self.state())
        try:
            return refresh(run)
        finally:
            run.providers.close()

    def state(self) -> StageState:
        """Load the state from the disk."""
        return StageState.load(self.file, self.project.name, self.project.stage)

    def done(self) -> list[str]:
        """Return the steps that ended well, providers left out: `create queue`."""
        return [
            f"{step.operation} {step.name}"
            for step in self.steps
            if step.phase is Phase.DONE and step.type != "pulumi:providers:test"
        ]

    def calls(self) -> list[str]:
        """Return the provider's calls since this was asked last."""
        calls, self.cloud.calls = self.cloud.calls, []
        return calls

    def _run(self, state: StageState, *, preview: bool = False) -> Run:
        providers = ConfiguredProviders({"test": FixedSource(self.address)})
        return Run(self.project, state, providers, Journal(self.steps.append), preview)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FakeStage]:
    """A stage that is empty."""
    cloud = Cloud()
    project = Project("shop", tmp_path, tmp_path, "local", {"test:region": "here"}, frozenset())
    with serving(cloud) as address:
        yield FakeStage(project, tmp_path / ".hearth" / "state.json", address, cloud)
