"""Options that several commands take, each with the same words in every command's help."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
RepairFunctionName = Annotated[
    str, typer.Option("--function", help="Name of the stage's repair function in AWS.")
]
