"""Search parameters of a deployer's own, by default for the ward that a Patient is on."""

from __future__ import annotations

from typing import Any

WARD = "http://example.org/StructureDefinition/ward"
"""The extension that names the ward."""


def own(code: str = "ward", type: str = "string", **changed: Any) -> dict[str, Any]:
    """Return a SearchParameter."""
    return {
        "resourceType": "SearchParameter",
        "url": f"http://example.org/SearchParameter/{code}",
        "code": code,
        "base": ["Patient"],
        "type": type,
        "expression": f"Patient.extension.where(url='{WARD}').value",
    } | changed
