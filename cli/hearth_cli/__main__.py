"""The `hearth` command: only wires its commands and turns errors into one line."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
from typing import NoReturn

import typer

from hearth_cli import commands, console
from hearth_cli.errors import CommandError

app = typer.Typer(
    name="hearth",
    help="FHIR on AWS, kept where you put it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
# A command is mostly imports, which leave no garbage worth looking for.
gc.set_threshold(50_000, 20, 20)
_names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
# A module of `commands` registers the command of its name; the one that is called is enough.
_called = [name for name in _names if sys.argv[1:2] == [name.replace("_", "-")]]
for _name in _called or _names:
    importlib.import_module(f"hearth_cli.commands.{_name}").register(app)


@app.callback()
def _several_commands() -> None:
    """Keep the name of a command that is registered alone."""


def main() -> None:
    """Run the command line; exit 2 with one line when something is wrong.

    What the system refuses, a full disk or a file that may not be read, is said like the rest.
    """
    try:
        app()
    except CommandError as error:
        _end(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _end(CommandError(f"{place}{error.strerror or error}"))
    except KeyboardInterrupt:
        sys.exit(130)


def _end(error: CommandError) -> NoReturn:
    console.step(f"hearth: {error.message}")
    if error.hint:
        console.step(f"  try: {error.hint}")
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
