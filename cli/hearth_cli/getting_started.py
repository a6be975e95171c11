"""What one can do with a stage that is up: lines that work when pasted into a shell."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearth_local.running_stage import RunningStage

_PATIENT = (
    '{"resourceType":"Patient","name":[{"family":"Chalmers","given":["Peter"]}],'
    '"birthDate":"1974-12-25"}'
)


def lines(running: RunningStage) -> list[str]:
    """Return base URL, how to get a token, and three curl lines: metadata, create, search."""
    hearth = shlex.quote(str(Path(sys.executable).with_name("hearth")))
    token = f"{hearth} token --user demo"
    signed = f'-H "Authorization: Bearer $({token})" -H "x-api-key: {running.api_key}"'
    patients = shlex.quote(f"{running.base_url}/Patient")
    found = shlex.quote(f"{running.base_url}/Patient?family=Chalmers")
    return [
        f"Base URL  {running.base_url}",
        f"API key   {running.api_key}",
        f"Token     {token}",
        "",
        f"curl -s {shlex.quote(f'{running.base_url}/metadata')}",
        f"curl -s -X POST {patients} {signed}"
        f" -H 'Content-Type: application/fhir+json' -d {shlex.quote(_PATIENT)}",
        f"curl -s {found} {signed}",
    ]


def as_json(running: RunningStage) -> dict[str, str]:
    """Return what a program needs to use the stage."""
    return {
        "stage": running.stage,
        "baseUrl": running.base_url,
        "apiKey": running.api_key,
        "userPoolId": running.user_pool_id,
        "userPoolClientId": running.user_pool_client_id,
    }
