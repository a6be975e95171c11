"""The page of the `hearth` command, from its own help."""

from __future__ import annotations

from collections.abc import Iterator

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
    return "\n".join([_INTRODUCTION, *(_section(words) for words in sorted(_commands()))])


def _commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of each command: `up`, and `ig add` of a group."""
    for command in app.registered_commands:
        yield (str(command.name),)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            yield str(group.name), str(command.name)


def _section(words: tuple[str, ...]) -> str:
    asked = CliRunner().invoke(
        app, [*words, "--help"], env={"COLUMNS": str(WIDTH), "TERMINAL_WIDTH": str(WIDTH)}
    )
    text = "\n".join(line.rstrip() for line in asked.output.strip().splitlines())
    return f"## `hearth {' '.join(words)}`\n\n```text\n{text}\n```\n"
