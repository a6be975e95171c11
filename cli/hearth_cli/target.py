"""The FHIR API that a command talks to: its address, its key and where tokens come from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hearth_local import demo_user
from hearth_local.errors import StageError
from hearth_local.running_stage import find
from hearth_local.stage_folder import folder_here

from hearth_cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class ApiTarget:
    """A stage's API."""

    base_url: str
    api_key: str
    token: Callable[[], str]
    """Returns a fresh token; asked again when one has expired."""


def target_of_url(url: str) -> ApiTarget:
    """Return the API at `url`, with the token and key that the environment holds.

    Raises CommandError.
    """
    if not _is_address(url):
        raise CommandError(f"--url is {url!r}; a base URL looks like: https://host/stage")
    token, api_key = os.environ.get("HEARTH_TOKEN", ""), os.environ.get("HEARTH_API_KEY", "")
    if not token or not api_key:
        raise CommandError("--url needs HEARTH_TOKEN and HEARTH_API_KEY in the environment")
    for name, value in (("HEARTH_TOKEN", token), ("HEARTH_API_KEY", api_key)):
        if not re.fullmatch(r"[!-~]+", value):  # never shown, since it is a secret
            raise CommandError(f"{name} holds a space or another character that no header takes")
    return ApiTarget(url.rstrip("/"), api_key, lambda: token)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def target_of_stage(root: Path, stage: str) -> ApiTarget:
    """Return the API of a stage that runs on this machine. Raises CommandError."""
    try:
        folder = folder_here(root, stage, "--url, with HEARTH_TOKEN and HEARTH_API_KEY")
        running = find(folder)
    except StageError as error:
        raise CommandError(str(error), error.hint) from None

    def token() -> str:
        return demo_user.id_token(
            folder, demo_user.NAME, running.endpoint, running.user_pool_client_id
        )

    return ApiTarget(running.base_url, running.api_key, token)
