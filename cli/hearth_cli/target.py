"""The FHIR API that a command talks to: its address, its key and where tokens come from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hearth_cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class ApiTarget:
    """A stage's API."""

    base_url: str
    api_key: str
    token: Callable[[], str]
    """Returns a fresh token; asked again when one has expired."""


def target_of_url(url: str) -> ApiTarget:
    """Return the API at `url`, with the token and key that the environment holds."""
    token, api_key = os.environ.get("HEARTH_TOKEN", ""), os.environ.get("HEARTH_API_KEY", "")
    if not token or not api_key:
        raise CommandError("--url needs HEARTH_TOKEN and HEARTH_API_KEY in the environment")
    return ApiTarget(url.rstrip("/"), api_key, lambda: token)


def target_of_stage(root: Path, stage: str) -> ApiTarget:
    """Return the API of a stage that runs on this machine. Raises CommandError."""
    raise CommandError(f"stage {stage} of {root.name} does not run here", hint="hearth up --detach")
