"""What a command prints: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

progress = Console(stderr=True, highlight=False)
"""Steps, progress bars and errors. Plain lines when standard error is not a terminal."""


def result(line: str) -> None:
    """Print one line of the result on standard output, as it is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def json_result(answer: Mapping[str, Any]) -> None:
    """Print the result as one JSON object on one line."""
    result(json.dumps(answer, ensure_ascii=False))


def step(line: str) -> None:
    """Print one step as it happens."""
    progress.print(line, markup=False, soft_wrap=True)
