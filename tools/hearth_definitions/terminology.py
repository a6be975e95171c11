"""Tables of code systems and value sets, as far as HL7 publishes their codes.

A system without a table here (SNOMED CT, LOINC, UCUM, languages, media types, currencies) is
known by the form of its codes only.
"""

from __future__ import annotations

from typing import Any

from hearth_server.fhir.expansion import Expander, system_tables, value_set_tables

from hearth_definitions import source


def terminology_tables() -> dict[str, Any]:
    """Return the tables of the release by path. Raises SourceError."""
    systems = system_tables(source.examples("CodeSystem"))
    value_sets = [each for each in source.examples("ValueSet") if "url" in each]
    return {
        "code_systems.json": dict(sorted(systems.items())),
        "value_sets.json": value_set_tables(value_sets, Expander(systems, value_sets)),
    }
