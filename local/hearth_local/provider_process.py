"""Starts the provider of `aws:*` for one stage."""

from __future__ import annotations

import os
import sys

from hearth_local.engine.plugins import Plugin
from hearth_local.stage_folder import StageFolder


def start_provider(folder: StageFolder, endpoint: str, region: str) -> Plugin:
    """Start a provider process that knows nothing but the stage's MiniStack."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder.scratch),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        # MiniStack's own root key: it means nothing anywhere else.
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = [sys.executable, "-m", "hearth_local.provider"]
    return Plugin(command, environment, folder.logs / "provider.log")
