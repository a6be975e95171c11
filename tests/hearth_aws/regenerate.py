"""Writes the golden files again: `python -m tests.hearth_aws.regenerate`.

What they hold is what a deployment would get. A change in one is a change for every user: read
the difference before it is committed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.hearth_aws.graph import ROOT, STAGES, program
from tests.hearth_aws.plugin import schema

FOLDER = Path(__file__).parent / "golden"


def stage_text(stage: str) -> str:
    """Return what a stage's program registers, without what differs by machine."""
    resources = [
        {
            "urn": each.urn,
            "parent": each.parent,
            **({"protect": True} if each.options.protect else {}),
            **({"retainOnDelete": True} if each.options.retain_on_delete else {}),
            "inputs": _settled(each.inputs),
        }
        for each in program(stage, known=True)
        if not each.type.startswith("pulumi:providers:")
    ]
    return _text(resources)


def schema_text() -> str:
    """Return the schema that other languages' SDKs are generated from."""
    return _text(schema())


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _settled(inputs: Any) -> Any:
    """Return inputs with the machine taken out: its folder, its Python and its processor."""
    text = json.dumps(inputs).replace(str(ROOT), "<project>")
    settled = json.loads(text)
    if "<project>/.hearth/local" in text:
        settled |= {"runtime": "<host>", "architectures": ["<host>"]}
    return settled


def main() -> int:
    """Write every golden file."""
    for stage in STAGES:
        FOLDER.joinpath(f"{stage}.json").write_text(stage_text(stage), encoding="utf-8")
    FOLDER.joinpath("schema.json").write_text(schema_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
