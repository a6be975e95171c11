"""Runs a project's own program under the real Pulumi engine; prints the state that it leaves.

It is a process of its own because Pulumi's Automation API keeps its settings in globals.
Arguments: the `pulumi` binary, the project's folder, a folder for Pulumi's own files, and the
provider's port. MiniStack's address comes in AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation

STACK = "local"


def main() -> None:
    """Bring the stage up, prove that a second time changes nothing, print both, destroy it."""
    binary, project, folder = (Path(argument) for argument in sys.argv[1:4])
    os.environ["PATH"] = f"{binary.parent}{os.pathsep}{os.environ['PATH']}"
    os.chdir(project)
    stack = _stack(project, folder, sys.argv[4])
    created = stack.up().summary.resource_changes
    again = stack.up(expect_no_changes=True).summary.resource_changes
    refreshed = stack.refresh(expect_no_changes=True).summary.resource_changes
    resources = stack.export_stack().deployment["resources"]
    destroyed = stack.destroy().summary.resource_changes
    report: dict[str, Any] = {
        "created": created,
        "again": again,
        "refreshed": refreshed,
        "destroyed": destroyed,
        "resources": resources,
    }
    sys.stdout.write(json.dumps(report) + "\n")


def _stack(project: Path, folder: Path, port: str) -> automation.Stack:
    backend, work = folder / "backend", folder / "work"
    backend.mkdir()
    work.mkdir()
    options = automation.LocalWorkspaceOptions(
        work_dir=str(work),
        pulumi_home=str(folder / "home"),
        env_vars={
            "PULUMI_CONFIG_PASSPHRASE": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
        },
        project_settings=automation.ProjectSettings(
            name="hearth",
            runtime="python",
            backend=automation.ProjectBackend(url=f"file://{backend}"),
        ),
    )
    stack = automation.create_or_select_stack(
        stack_name=STACK,
        project_name="hearth",
        program=lambda: runpy.run_path(str(project / "__main__.py")),
        opts=options,
    )
    given = yaml.safe_load((project / f"Pulumi.{STACK}.yaml").read_text())["config"]
    for key, value in given.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        stack.set_config(key, automation.ConfigValue(text))
    return stack


if __name__ == "__main__":
    main()
