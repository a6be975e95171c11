"""Where the tables of a release go, and how they are written: the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parents[2] / "lambda_src" / "hearth_server" / "fhir" / "tables"


def encode(content: Any) -> bytes:
    """Return compact JSON with one line per member of the outermost object or array."""
    if isinstance(content, Mapping):
        lines = [f"{_compact(key)}:{_compact(value)}" for key, value in content.items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
    else:
        text = "[\n" + ",\n".join(_compact(each) for each in content) + "\n]\n"
    return text.encode()


def write(folder: Path, tables: Mapping[str, Any]) -> None:
    """Write each table below `folder`."""
    for path, content in tables.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode(content))


def differences(folder: Path, tables: Mapping[str, Any]) -> list[str]:
    """Return the paths of tables that are missing, unequal, or no longer made."""
    present = {str(path.relative_to(folder)) for path in folder.rglob("*.json")}
    return sorted(
        (present - set(tables))
        | {
            path
            for path, content in tables.items()
            if path not in present or (folder / path).read_bytes() != encode(content)
        }
    )


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
