"""What MiniStack only stores or refuses: declared in the stage, without effect there."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hearth_local.provider.values import Properties

TABLE = Path(__file__).parent / "tables" / "declared.json"

MARK = "__hearthDeclaredOnly"
"""Output that is true on a resource which exists in name only."""
SETTINGS_MARK = "__hearthDeclaredSettings"
"""Output that lists the settings of a resource which have no effect here, with the reasons."""


@cache
def declared_types() -> dict[str, str]:
    """Return the types that exist in name only, with the reason."""
    types: dict[str, str] = _table()["types"]
    return types


@cache
def declared_settings() -> dict[str, dict[str, str]]:
    """Return by type the inputs without effect, with the reason."""
    settings: dict[str, dict[str, str]] = _table()["settings"]
    return settings


def marks(token: str, inputs: Properties) -> Properties:
    """Return the outputs that say what of a resource is declared only."""
    found: Properties = {}
    if token in declared_types():
        found[MARK] = True
    reasons = declared_settings().get(token, {})
    settings = {name: reasons[name] for name in sorted(reasons) if inputs.get(name)}
    if settings:
        found[SETTINGS_MARK] = settings
    return found


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text())
    return table
