"""Which format a request speaks and wants: R-FMT.

https://hl7.org/fhir/R4/http.html#mime-type
"""

from __future__ import annotations

import pytest
from hearth_server.errors import HearthError, InvalidRequest, NotAcceptable
from hearth_server.rest.negotiation import answer_format, check_body_format
from hearth_server.rest.request import Request

FHIR = "application/fhir+json;charset=utf-8"
PLAIN = "application/json;charset=utf-8"
TEXT = "text/json;charset=utf-8"


def request(accept: str | None = None, format: str | None = None) -> Request:
    return Request(
        "GET",
        ("Patient", "1"),
        query=() if format is None else (("_format", format),),
        headers={} if accept is None else {"accept": accept},
    )


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, FHIR),
        ("*/*", FHIR),
        ("application/fhir+json", FHIR),
        ("Application/FHIR+JSON", FHIR),
        ("application/fhir+json; charset=utf-8", FHIR),
        ("application/fhir+json; fhirVersion=4.0", FHIR),
        ("application/fhir+json; fhirVersion=4.0.1", FHIR),
        ("application/json", PLAIN),
        ("text/json", TEXT),
        ("application/*", FHIR),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", FHIR),
        ("application/fhir+xml, application/json;q=0.5", PLAIN),
        ("application/json;q=0.5, application/fhir+json;q=0.9", FHIR),
        ("application/json;q=0, application/fhir+json", FHIR),
        ("application/json;q=broken, application/fhir+json", FHIR),
        ("application/json;q=nan, application/fhir+json;q=0.1", FHIR),
        ("application/fhir+json;q=0, */*", PLAIN),
        ("*/*, application/fhir+json;q=0, application/json;q=0", TEXT),
        ("*/*;q=0.1, application/json;q=0.5", PLAIN),
        ("application/fhir+json;q=0.2, application/*", PLAIN),
        ("application/json, application/fhir+json", PLAIN),
        ("application/fhir+json; fhirVersion=3.0, application/fhir+json; fhirVersion=4.0", FHIR),
        ("application/fhir+json; fhirVersion=5.0, application/json;q=0.5", PLAIN),
    ],
)
def test_the_best_json_that_accept_names_is_served(accept: str | None, expected: str):
    """R-FMT-2, R-FMT-3."""
    assert answer_format(request(accept)) == expected


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "text/turtle",
        "text/html",
        "application/json;q=0",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=3.0, application/json; fhirVersion=5.0",
        "*/*, application/*;q=0, text/*;q=0",
        "",
        "nonsense",
    ],
)
def test_an_accept_that_names_nothing_served_is_not_acceptable(accept: str):
    """R-FMT-2, R-FMT-6."""
    with pytest.raises(NotAcceptable):
        answer_format(request(accept))


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("json", FHIR),
        ("application/json", PLAIN),
        ("application/fhir+json", FHIR),
        ("application/fhir json", FHIR),
        ("text/json", TEXT),
    ],
)
def test_the_parameter_beats_accept(format: str, expected: str):
    """R-FMT-5: a `+` that was not encoded has become a space."""
    assert answer_format(request("application/fhir+xml", format)) == expected


@pytest.mark.parametrize("format", ["xml", "ttl", "html", "application/fhir+xml", "yaml", ""])
def test_a_format_that_is_not_served_is_not_acceptable(format: str):
    """R-FMT-5."""
    with pytest.raises(NotAcceptable):
        answer_format(request(None, format))


def test_two_formats_are_refused():
    asked = Request("GET", (), query=(("_format", "json"), ("_format", "json")))

    with pytest.raises(InvalidRequest):
        answer_format(asked)


def test_two_fhir_versions_in_one_request_are_an_error():
    """R-FMT-6."""
    both = Request(
        "POST",
        ("Patient",),
        headers={
            "accept": "application/fhir+json; fhirVersion=4.0",
            "content-type": "application/fhir+json; fhirVersion=3.0",
        },
    )

    with pytest.raises(HearthError):
        check_body_format(both, "resource")
