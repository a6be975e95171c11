"""Writes the reference pages, or with --check says which are out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from hearth_docs import commands, configuration, environment, policies

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES = {
    "commands.md": commands.page,
    "configuration.md": configuration.page,
    "environment.md": environment.page,
    "policies.md": policies.page,
}


def main() -> int:
    """Return the exit status: 1 if a page is out of date."""
    check = sys.argv[1:] == ["--check"]
    stale = []
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if path.is_file() and path.read_text() == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if stale:
        print(f"{'out of date, run make docs' if check else 'written'}: {', '.join(stale)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
