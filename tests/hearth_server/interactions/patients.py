"""Patients for the tests of interactions."""

from __future__ import annotations

from typing import Any

from tests.hearth_server.serving import Server, said


def patient(family: str = "Chalmers", **more: Any) -> dict[str, Any]:
    """Return a Patient as a client sends it."""
    return {"resourceType": "Patient", "name": [{"family": family}], **more}


def with_identifier(value: str, **more: Any) -> dict[str, Any]:
    """Return a Patient that `identifier=urn:mrn|value` finds."""
    return patient(identifier=[{"system": "urn:mrn", "value": value}], **more)


def stored(server: Server, id: str = "p1", **more: Any) -> dict[str, Any]:
    """Store a Patient under an id and return it as it was answered."""
    answer = server.call("PUT", f"Patient/{id}", patient(id=id, **more))
    assert answer.status in (200, 201), answer.body
    resource: dict[str, Any] = said(answer)
    return resource
