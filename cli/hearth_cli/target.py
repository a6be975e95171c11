"""The FHIR API that a command talks to: its address, its key and where tokens come from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hearth_local import demo_user
from hearth_local.errors import StageError
from hearth_local.running_stage import find
from hearth_local.stage_folder import StageFolder

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
    folder = StageFolder(root, stage)
    try:
        running = find(folder)
    except StageError as error:
        raise CommandError(str(error), error.hint) from None

    def token() -> str:
        return demo_user.id_token(
            folder, demo_user.NAME, running.endpoint, running.user_pool_client_id
        )

    return ApiTarget(running.base_url, running.api_key, token)
