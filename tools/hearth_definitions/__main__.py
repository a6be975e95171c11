"""`python -m hearth_definitions` writes every table; with `--check` it compares instead."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from hearth_server.fhir.definitions import release

from hearth_definitions import (
    compartments,
    profiles,
    search_parameters,
    source,
    structures,
    tables,
    terminology,
)

RELEASE = "r4"


def release_tables() -> dict[str, Any]:
    """Return every table of the release by its path. Raises SourceError.

    Search parameters and profiles are lowered with the structures that are in place: run again
    after a change to those.
    """
    parameters = search_parameters.read_parameters()
    return (
        structures.structure_tables(structures.read_structures(), RELEASE)
        | search_parameters.parameter_tables(parameters, release(RELEASE))
        | compartments.compartment_tables()
        | terminology.terminology_tables()
        | profiles.profile_tables(release(RELEASE))
    )


def main() -> int:
    """Return 0 when the tables are written or equal, 1 when they differ, 2 without sources."""
    parser = argparse.ArgumentParser(prog="hearth_definitions", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    parser.add_argument("--cache", help="where the npm packages are kept, else $HEARTH_CACHE")
    options = parser.parse_args()
    if options.cache:
        os.environ["HEARTH_CACHE"] = options.cache
    folder = tables.TABLES / RELEASE
    try:
        made = release_tables()
    except source.SourceError as error:
        print(error, file=sys.stderr)
        return 2
    if not options.check:
        tables.write(folder, made)
        return 0
    different = tables.differences(folder, made)
    for path in different:
        print(f"{path} differs from what the definitions say", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
