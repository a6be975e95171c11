"""The table of compartments: which parameters put a resource of each type into them.

https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from typing import Any

from hearth_definitions import source

OWN_URL = "http://hl7.org/fhir/CompartmentDefinition/"


def compartment_tables() -> dict[str, Any]:
    """Return the table of R4's own compartments, by path. Raises SourceError."""
    compartments = {
        definition["code"]: {
            resource["code"]: sorted(resource["param"])
            for resource in definition["resource"]
            if resource.get("param")
        }
        for definition in source.examples("CompartmentDefinition")
        if definition["url"].startswith(OWN_URL) and definition["id"] != "example"
    }
    return {"compartments.json": dict(sorted(compartments.items()))}
