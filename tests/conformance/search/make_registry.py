"""Writes `registry.json`: HL7's search parameters of the types that the suite's cases use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hearth_definitions import search_parameters

TYPES = frozenset(
    {
        "ActivityDefinition",
        "AllergyIntolerance",
        "Appointment",
        "CarePlan",
        "ChargeItem",
        "CodeSystem",
        "Condition",
        "Coverage",
        "Device",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "Goal",
        "Group",
        "ImagingStudy",
        "Immunization",
        "Invoice",
        "Library",
        "List",
        "Location",
        "Measure",
        "MeasureReport",
        "MedicationRequest",
        "MolecularSequence",
        "Observation",
        "Organization",
        "Patient",
        "PlanDefinition",
        "Practitioner",
        "PractitionerRole",
        "Procedure",
        "Provenance",
        "Questionnaire",
        "QuestionnaireResponse",
        "RelatedPerson",
        "Resource",
        "RiskAssessment",
        "ServiceRequest",
        "Task",
        "ValueSet",
    }
)


def entry(parameter: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the suite needs of a parameter, None if it needs nothing."""
    bases = [each for each in parameter["base"] if each in TYPES]
    if not bases or not parameter.get("expression"):
        return None
    kept = {
        "id": parameter["url"].rpartition("/")[2],
        "code": parameter["code"],
        "base": bases,
        "type": parameter["type"],
        "expression": parameter["expression"],
    }
    if "component" in parameter:
        kept["component"] = parameter["component"]
    return kept


def main() -> None:
    """Write the file."""
    rows = [row for each in search_parameters.read_parameters().values() if (row := entry(each))]
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (Path(__file__).parent / "registry.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
