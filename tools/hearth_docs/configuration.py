"""The page of a stage's configuration, from the schema in Pulumi.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
STAGES = ("local", "dev", "prod")


def page() -> str:
    """Return the page in Markdown."""
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    stages = {name: _stage(name) for name in STAGES}
    lines = [
        "# Configuration of a stage",
        "",
        "Made from `Pulumi.yaml` and the stages' files by `make docs`. A key stands in",
        "`Pulumi.<stage>.yaml` as `hearth:key`; an unknown key or a wrong value is one error that",
        "names the key, the values that are allowed, and the file.",
        "",
        f"| key | type | default | {' | '.join(STAGES)} | |",
        "|---" * (4 + len(STAGES)) + "|",
    ]
    for key, entry in schema.items():
        values = [_shown(stages[name].get(f"hearth:{key}")) for name in STAGES]
        lines.append(
            f"| `{key}` | {entry['type']} | {_shown(entry.get('default'))} "
            f"| {' | '.join(values)} | {entry['description']} |"
        )
    return "\n".join([*lines, ""])


def _stage(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"])


def _shown(value: object) -> str:
    if value is None or value == "":
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
