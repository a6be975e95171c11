"""Tells how a stage on this machine is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth_local import locks
from hearth_local.errors import StageError
from hearth_local.loopback import ask
from hearth_local.running_stage import RunningStage, find
from hearth_local.stage_folder import StageFolder, folder_here, read_document

_DECLARED_ONLY = "__hearthDeclaredOnly"
_DECLARED_SETTINGS = "__hearthDeclaredSettings"
_ASK_SECONDS = 20


@dataclass(frozen=True, slots=True)
class StageStatus:
    """How a stage is."""

    stage: str
    condition: str
    """down, starting, up, or broken: up, but its API does not answer."""
    process: int | None
    """The process that runs it."""
    running: RunningStage | None
    resources: int
    declared_only: tuple[str, ...]
    """`type name` of resources of which MiniStack only takes note."""
    declared_settings: tuple[str, ...]
    """`type name: setting, ...` of those that work without some of their settings."""


def status(root: Path, stage: str) -> StageStatus:
    """Return how the stage is. Raises StageError for a damaged folder, or one in AWS."""
    folder = folder_here(root, stage, f"pulumi stack output --stack {stage}")
    holder = locks.holder(folder.up_lock)
    running = find(folder) if holder is not None and folder.running.exists() else None
    resources = _resources(folder)
    return StageStatus(
        stage=stage,
        condition=_condition(holder is not None, running),
        process=(holder or {}).get("pid"),
        running=running,
        resources=len(resources),
        declared_only=tuple(
            name for name, outputs in resources if outputs.get(_DECLARED_ONLY) is True
        ),
        declared_settings=tuple(
            f"{name}: {', '.join(sorted(outputs[_DECLARED_SETTINGS]))}"
            for name, outputs in resources
            if outputs.get(_DECLARED_SETTINGS)
        ),
    )


def _condition(held: bool, running: RunningStage | None) -> str:
    if not held:
        return "down"
    if running is None:
        return "starting"
    return "up" if _answers(running.base_url) else "broken"


def _answers(base_url: str) -> bool:
    try:
        _, answer = ask(f"{base_url}/metadata", seconds=_ASK_SECONDS)
        return bool(json.loads(answer).get("resourceType") == "CapabilityStatement")
    except (OSError, ValueError, AttributeError):
        return False


def _resources(folder: StageFolder) -> list[tuple[str, dict[str, Any]]]:
    """Return name and outputs of every resource that AWS would have."""
    # The engine's own reader would bring gRPC with it, half a second for a question.
    entries = read_document(folder.state).get("resources", [])
    if not isinstance(entries, list):
        raise StageError(f"{folder.state} is damaged")
    return [
        (f"{each['type']} {each['urn'].rsplit('::', 1)[-1]}", each.get("outputs", {}))
        for each in entries
        if each.get("custom") and not each["type"].startswith("pulumi:")
    ]
