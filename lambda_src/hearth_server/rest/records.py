"""Answers that show one stored version.

https://hl7.org/fhir/R4/http.html#versioning
"""

from __future__ import annotations

from hearth_server.fhir import json
from hearth_server.fhir.dates import http_date
from hearth_server.rest import outcome
from hearth_server.rest.headers import etag, prefer
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.store.protocol import Record


def version_headers(record: Record) -> dict[str, str]:
    """Return the headers that tell a version: ETag and Last-Modified."""
    return {"ETag": etag(record.version), "Last-Modified": http_date(record.last_updated)}


def location(request: Request, record: Record) -> str:
    """Return the absolute URL of a version."""
    key = record.key
    return f"{request.base_url}/{key.type}/{key.id}/_history/{record.version}"


def shown(record: Record) -> Response:
    """Return a 200 whose body is the stored bytes."""
    headers = {"Content-Type": FHIR_JSON, **version_headers(record)}
    return Response(200, headers, record.body, record)


def written(request: Request, record: Record, status: int) -> Response:
    """Return the answer to a write that left `record`, in the form that Prefer asks for."""
    headers = version_headers(record)
    wish = prefer(request).returns
    if status == 201 or len(request.segments) < 2:  # the path does not name the resource
        headers["Location"] = location(request, record)
    elif wish != "OperationOutcome":  # it names no version
        headers["Content-Location"] = location(request, record)
    if wish == "minimal":
        return Response(status, headers, record=record)
    headers["Content-Type"] = FHIR_JSON
    if wish == "OperationOutcome":
        body = json.encode(outcome.success(f"The {record.key.type} is stored"))
        return Response(status, headers, body, record, is_outcome=True)
    return Response(status, headers, record.body, record)
