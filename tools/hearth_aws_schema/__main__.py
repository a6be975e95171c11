"""Write `tables/schema.json` of the local provider: `python -m hearth_aws_schema [--check]`."""

from __future__ import annotations

import sys

from hearth_local.provider.registry import resource_types
from hearth_local.provider.schema import CONFIGURATION, TABLE

from hearth_aws_schema.table import schema_text


def main() -> int:
    """Write the table, or with --check return 1 if the one that is there differs."""
    text = schema_text([*sorted(resource_types()), CONFIGURATION])
    if "--check" in sys.argv[1:]:
        same = TABLE.read_text() == text
        print("up to date" if same else f"{TABLE} is stale: run python -m hearth_aws_schema")
        return 0 if same else 1
    TABLE.write_text(text)
    print(f"wrote {TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
