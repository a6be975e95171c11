"""The `hearth` command: only wires its commands and turns errors into one line."""

from __future__ import annotations

import importlib
import pkgutil
import sys

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
# Each module of `commands` registers its own commands on the application.
for _module in sorted(module.name for module in pkgutil.iter_modules(commands.__path__)):
    importlib.import_module(f"hearth_cli.commands.{_module}").register(app)


def main() -> None:
    """Run the command line; exit 2 with one line when something is wrong."""
    try:
        app()
    except CommandError as error:
        console.step(f"hearth: {error.message}")
        if error.hint:
            console.step(f"  try: {error.hint}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
