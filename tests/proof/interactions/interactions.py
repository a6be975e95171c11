"""The interactions that are made to fail: each one that writes, and what it must come to."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.hearth_server.fhir.patch.patches import operation, patch

FHIR = "application/fhir+json"


@dataclass(frozen=True)
class Ask:
    """A request to the API."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Interaction:
    """A request, and what it comes to when nothing goes wrong: done once, and sent again."""

    name: str
    ask: Ask
    status: int
    made: int
    """How many versions it writes."""
    again: int
    """The status once it has been done and comes again."""
    made_again: int
    """How many versions there are then."""
    before: Sequence[Ask] = ()
    """What is there already, beside the two Patients."""
    settings: Mapping[str, str] = field(default_factory=dict)
    together: int = 100
    """How many items may go into one TransactWriteItems; more are staged."""
    apart: bool = False
    """Whether each of its entries is promised by itself only."""
    erases: str = ""
    """The resource that it removes for good."""


def patient(id: str = "", *, number: str = "", gender: str = "female", **more: Any) -> Any:
    """Return a Patient."""
    resource: dict[str, Any] = {"resourceType": "Patient", "gender": gender, **more}
    if id:
        resource["id"] = id
    if number:
        resource["identifier"] = [{"system": "urn:x", "value": number}]
    return resource


THERE = (
    Ask("PUT", "Patient/p1", patient("p1", number="1")),
    Ask("PUT", "Patient/p2", patient("p2", number="2")),
)
"""What is there before each interaction."""


def _entry(method: str, url: str, resource: Any = None, **request: str) -> Any:
    entry: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        entry["resource"] = resource
    return entry


def _bundle(type: str, *entries: Any) -> Ask:
    return Ask("POST", "", {"resourceType": "Bundle", "type": type, "entry": list(entries)})


def _observation(subject: str) -> Any:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "weight"},
        "subject": {"reference": subject},
    }


_ENTRIES = (
    _entry("POST", "Patient", patient(number="4", gender="male")),
    _entry("PUT", "Patient/p1", patient("p1", number="1", gender="male")),
    _entry("DELETE", "Patient/p2"),
)

_REFERRING = (
    {"fullUrl": "urn:uuid:0b1c7f0e-5a3e-4f0d-9b5c-0c1d2e3f4a5b"}
    | _entry("POST", "Patient", patient(number="4"), ifNoneExist="identifier=urn:x|4"),
    _entry("POST", "Observation", _observation("Patient?identifier=urn:x|1")),
    _entry("POST", "Observation", _observation("urn:uuid:0b1c7f0e-5a3e-4f0d-9b5c-0c1d2e3f4a5b")),
    _entry("PUT", "Patient?identifier=urn:x|2", patient(number="2", gender="male")),
)

_REPLACED = patch(operation("replace", path="Patient.gender", value={"valueCode": "male"}))

_JSON_PATCH = [{"op": "replace", "path": "/gender", "value": "male"}]
_JSON_PATCH_TYPE = {"Content-Type": "application/json-patch+json"}

_META = {"tag": [{"system": "urn:t", "code": "a"}]}
_TAGGED = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": _META}]}


def _large() -> str:
    """Return a text that goes into the bucket: nothing makes it smaller."""
    return random.Random(1).randbytes(400_000).hex()


INTERACTIONS = (
    Interaction("create", Ask("POST", "Patient", patient(number="4")), 201, 1, 201, 2),
    Interaction(
        "create with a body in S3",
        Ask("POST", "Patient", patient(number="4", name=[{"text": _large()}])),
        201, 1, 201, 2,
    ),
    Interaction(
        "create with If-None-Exist",
        Ask("POST", "Patient", patient(number="4"), {"If-None-Exist": "identifier=urn:x|4"}),
        201, 1, 200, 1,
    ),
    Interaction(
        "create with Idempotency-Key",
        Ask("POST", "Patient", patient(number="4"), {"Idempotency-Key": "once"}),
        201, 1, 201, 1,
    ),
    Interaction(
        "update of a new resource",
        Ask("PUT", "Patient/p4", patient("p4", number="4")),
        201, 1, 200, 2,
    ),
    Interaction(
        "update",
        Ask("PUT", "Patient/p1", patient("p1", number="1", gender="male")),
        200, 1, 200, 2,
    ),
    Interaction(
        "conditional update, no match",
        Ask("PUT", "Patient?identifier=urn:x|4", patient(number="4")),
        201, 1, 200, 2,
    ),
    Interaction(
        "conditional update, one match",
        Ask("PUT", "Patient?identifier=urn:x|1", patient(number="1", gender="male")),
        200, 1, 200, 2,
    ),
    Interaction(
        "JSON Patch", Ask("PATCH", "Patient/p1", _JSON_PATCH, _JSON_PATCH_TYPE), 200, 1, 200, 2
    ),
    Interaction("FHIRPath Patch", Ask("PATCH", "Patient/p1", _REPLACED), 200, 1, 200, 2),
    Interaction(
        "conditional patch",
        Ask("PATCH", "Patient?identifier=urn:x|1", _JSON_PATCH, _JSON_PATCH_TYPE),
        200, 1, 200, 2,
    ),
    Interaction("delete", Ask("DELETE", "Patient/p1"), 204, 1, 204, 1),
    Interaction(
        "conditional delete, single",
        Ask("DELETE", "Patient?identifier=urn:x|1"),
        204, 1, 204, 1,
    ),
    Interaction(
        "conditional delete, multiple",
        Ask("DELETE", "Patient?gender=female"),
        204, 2, 204, 2,
        settings={"HEARTH_CONDITIONAL_DELETE": "multiple"},
    ),
    Interaction("batch", _bundle("batch", *_ENTRIES), 200, 3, 200, 5, apart=True),
    Interaction("transaction", _bundle("transaction", *_ENTRIES), 200, 3, 200, 5),
    Interaction(
        "transaction, staged", _bundle("transaction", *_ENTRIES), 200, 3, 200, 5, together=1
    ),
    Interaction(
        "transaction with conditional references",
        _bundle("transaction", *_REFERRING),
        200, 4, 200, 7,
    ),
    Interaction(
        "transaction with conditional references, staged",
        _bundle("transaction", *_REFERRING),
        200, 4, 200, 7,
        together=1,
    ),
    Interaction(
        "$meta-add", Ask("POST", "Patient/p1/$meta-add", _TAGGED), 200, 1, 200, 1
    ),
    Interaction(
        "$meta-delete",
        Ask("POST", "Patient/p3/$meta-delete", _TAGGED),
        200, 1, 200, 1,
        before=(
            Ask(
                "PUT",
                "Patient/p3",
                patient("p3", number="3", meta=_META),
            ),
        ),
    ),
    Interaction(
        "$expunge",
        Ask("POST", "Patient/p1/$expunge"),
        200, 0, 404, 0,
        before=(
            Ask("PUT", "Patient/p1", patient("p1", number="1", name=[{"text": _large()}])),
            Ask("PUT", "Patient/p1", patient("p1", number="1", gender="male")),
        ),
        settings={"HEARTH_EXPUNGE": "on"},
        erases="Patient/p1",
    ),
    Interaction(
        "$expunge of what holds a claim",
        Ask("POST", "Patient/p4/$expunge"),
        200, 0, 404, 0,
        before=(Ask("PUT", "Patient?identifier=urn:x|4", patient("p4", number="4")),),
        settings={"HEARTH_EXPUNGE": "on"},
        erases="Patient/p4",
    ),
)  # fmt: skip


def encoded(ask: Ask) -> str | None:
    """Return the body of a request as it is sent."""
    return None if ask.body is None else json.dumps(ask.body)
