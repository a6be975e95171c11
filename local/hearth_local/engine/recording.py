"""Runs a program without any provider and records what it registers.

For tests and policy checks:

    resources = preview(Path("."), "dev")              # outputs unknown, as in `pulumi preview`
    resources = preview(Path("."), "dev", known=True)  # made-up ids, ARNs and names, as after `up`
    table = next(r for r in resources if r.type == "aws:dynamodb/table:Table")
    assert table.inputs["deletionProtectionEnabled"] is True
    assert wire.is_unknown(table.inputs["serverSideEncryption"]["kmsKeyArn"])

A program of a few lines needs no files: `preview_source("import pulumi_aws ...", {"a:b": 1})`.
The stack's exports are the outputs of the resource of type `pulumi:pulumi:Stack`.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hearth_local.engine import functions, goals, urns, wire
from hearth_local.engine.fabricated import fabricate
from hearth_local.engine.goals import Goal, Goals
from hearth_local.engine.monitor import Message
from hearth_local.engine.program import ProgramRun, ignore_message, run
from hearth_local.engine.project import Project, load
from hearth_local.engine.registration import (
    Registered,
    Registration,
    ResourceFailed,
    ResourceOptions,
)
from hearth_local.engine.wire import Properties


@dataclass(frozen=True, slots=True)
class RegisteredResource:
    """One resource as the program registered it."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Properties
    """In wire form: unknown values and secrets are marked, see `hearth_local.engine.wire`."""
    outputs: Properties
    id: str
    """Empty where it is not known yet, and for components."""
    parent: str
    provider: str
    """URN of its provider; empty for components and providers."""
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    options: ResourceOptions


def preview(
    program_dir: Path,
    stage: str,
    *,
    known: bool = False,
    config: Mapping[str, Any] | None = None,
    on_message: Callable[[Message], None] = ignore_message,
) -> list[RegisteredResource]:
    """Return what the program registers for a stage, sorted by URN with the stack first.

    Outputs that only a provider can tell are unknown or, with `known`, made up. `config` wins
    over the stage's file. Raises ProjectError, ProgramFailed.
    """
    project = load(program_dir.resolve(), stage, config)
    recorder = Recorder(project, known=known)
    run(project, ProgramRun(recorder, preview=not known), on_message=on_message)
    return recorder.resources()


def preview_both(
    program_dir: Path,
    stage: str,
    *,
    config: Mapping[str, Any] | None = None,
    preload: Sequence[str] = (),
) -> tuple[list[RegisteredResource], list[RegisteredResource]]:
    """Return what `preview` does without and with `known` outputs, for the price of little more.

    `preload` names modules that the program imports and that register nothing by themselves.
    """
    project = load(program_dir.resolve(), stage, config)
    unknown, known = Recorder(project, known=False), Recorder(project, known=True)
    run(
        project,
        ProgramRun(unknown, preview=True),
        ProgramRun(known, preview=False),
        preload=preload,
    )
    return unknown.resources(), known.resources()


def preview_source(
    source: str, config: Mapping[str, Any] | None = None, *, stage: str = "dev", known: bool = False
) -> list[RegisteredResource]:
    """Return what a program given as text registers, in a project called `hearth`.

    The AWS region is eu-central-1 unless `config` names another. Raises as `preview` does.
    """
    with tempfile.TemporaryDirectory(prefix="hearth-preview-") as folder:
        root = Path(folder)
        root.joinpath("__main__.py").write_text(source, encoding="utf-8")
        root.joinpath("Pulumi.yaml").write_text("name: hearth\nruntime: python\n", "utf-8")
        values = {"aws:region": "eu-central-1"} | dict(config or {})
        # JSON is YAML.
        root.joinpath(f"Pulumi.{stage}.yaml").write_text(json.dumps({"config": values}), "utf-8")
        return preview(root, stage, known=known)


class Recorder:
    """A deployment that keeps what is registered and asks no provider."""

    def __init__(self, project: Project, *, known: bool) -> None:
        self._project = project
        self._known = known
        self._goals = Goals(project)
        self._lock = threading.Lock()
        self._default_providers: dict[tuple[str, str], str] = {}
        self._resources: dict[str, RegisteredResource] = {}

    def resources(self) -> list[RegisteredResource]:
        """Return what was registered, sorted by URN with the stack first."""
        with self._lock:
            return sorted(
                self._resources.values(), key=lambda each: (each.type != urns.STACK_TYPE, each.urn)
            )

    def register(self, registration: Registration) -> Registered:
        """Record the resource; return its inputs as outputs, with made-up ones if known."""
        goal = self._goals.enter(registration)
        provider = self._provider_of(goal)
        id_, outputs = self._outcome(goal, provider)
        self._keep(goal, id_, outputs, goals.split_reference(provider)[0])
        return Registered(goal.urn, id_, outputs)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Record the outputs of a component or of the stack. Raises ResourceFailed."""
        with self._lock:
            if urn not in self._resources:
                raise ResourceFailed(urn, "has outputs but was never registered")
            self._resources[urn] = replace(self._resources[urn], outputs=outputs)

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        """Return a made-up answer. Raises ResourceFailed for a function that has none."""
        try:
            return functions.answer(token, arguments, self._region(provider))
        except LookupError as error:
            raise ResourceFailed(token, str(error)) from None

    def _outcome(self, goal: Goal, provider: str) -> tuple[str, Properties]:
        registration = goal.registration
        if not registration.custom:
            return "", {}
        if registration.read_id:
            return registration.read_id, registration.inputs
        if not self._known:
            return "", registration.inputs
        return fabricate(goal, self._region(provider))

    def _provider_of(self, goal: Goal) -> str:
        registration = goal.registration
        if not registration.custom or urns.is_provider(registration.type):
            return ""
        return registration.provider or self._default_provider(registration)

    def _default_provider(self, registration: Registration) -> str:
        key = (urns.package_of(registration.type), registration.options.version)
        with self._lock:
            if key not in self._default_providers:
                goal = self._goals.enter(goals.default_provider(self._project, *key))
                self._default_providers[key] = f"{goal.urn}::{wire.UNKNOWN}"
                self._resources[goal.urn] = _recorded(goal, "", goal.registration.inputs, "")
            return self._default_providers[key]

    def _region(self, provider: str) -> str:
        urn, _ = goals.split_reference(provider)
        with self._lock:
            recorded = self._resources.get(urn)
        region = recorded.inputs.get("region") if recorded else None
        return str(region or self._project.config.get("aws:region") or "us-east-1")

    def _keep(self, goal: Goal, id_: str, outputs: Properties, provider: str) -> None:
        with self._lock:
            self._resources[goal.urn] = _recorded(goal, id_, outputs, provider)


def _recorded(goal: Goal, id_: str, outputs: Properties, provider: str) -> RegisteredResource:
    registration = goal.registration
    return RegisteredResource(
        urn=goal.urn,
        type=registration.type,
        name=registration.name,
        custom=registration.custom,
        inputs=registration.inputs,
        outputs=outputs,
        id=id_,
        parent=registration.parent,
        provider=provider,
        dependencies=registration.dependencies,
        property_dependencies=registration.property_dependencies,
        options=registration.options,
    )
