"""The page of the `hearth` command, from its own help."""

from __future__ import annotations

from hearth_cli.__main__ import app
from typer.testing import CliRunner

WIDTH = 100
_INTRODUCTION = """# The `hearth` command

Made from the command's own help by `make docs`. Results go to standard output, progress and errors
to standard error. Exit status: 0 done, 1 something is wrong with what the command was given to
judge or load, 2 it could not run.
"""


def page() -> str:
    """Return the page in Markdown."""
    names = sorted(str(command.name) for command in app.registered_commands)
    return "\n".join([_INTRODUCTION, *(_section(name) for name in names)])


def _section(name: str) -> str:
    asked = CliRunner().invoke(
        app, [name, "--help"], env={"COLUMNS": str(WIDTH), "TERMINAL_WIDTH": str(WIDTH)}
    )
    text = "\n".join(line.rstrip() for line in asked.output.strip().splitlines())
    return f"## `hearth {name}`\n\n```text\n{text}\n```\n"
