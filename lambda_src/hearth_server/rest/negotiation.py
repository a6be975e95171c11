"""Which format a request speaks, and in which it wants its answer.

https://hl7.org/fhir/R4/http.html#mime-type
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from hearth_server.errors import InvalidRequest, NotAcceptable, UnsupportedMediaType
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON

Body = Literal["resource", "patch", "form"]
"""What a route reads from its body."""

FHIR_VERSIONS = frozenset({"4.0", "4.0.1"})

JSON_PATCH = "application/json-patch+json"
FORM = "application/x-www-form-urlencoded"

_ANSWERS: Mapping[str, str] = {
    "application/fhir+json": FHIR_JSON,
    "application/json": "application/json;charset=utf-8",
    "text/json": "text/json;charset=utf-8",
}
_RANGES = frozenset({"application/*", "text/*", "*/*"})
_FORMATS: Mapping[str, str] = {
    "json": FHIR_JSON,
    "application/json": _ANSWERS["application/json"],
    "text/json": _ANSWERS["text/json"],
    "application/fhir+json": FHIR_JSON,
    # A `+` that the client forgot to encode arrives as a space.
    "application/fhir json": FHIR_JSON,
}
_READ: Mapping[Body, frozenset[str]] = {
    "resource": frozenset({"application/fhir+json", "application/json", "text/json"}),
    "patch": frozenset({JSON_PATCH, "application/fhir+json", "application/json", "text/json"}),
    "form": frozenset({FORM}),
}


def answer_format(request: Request) -> str:
    """Return the Content-Type of the answer, by `_format`, else by Accept.

    Raises NotAcceptable when nothing that the client takes is served.
    """
    accept = request.headers.get("accept")
    asked = [value for name, value in request.query if name == "_format"]
    if not asked and accept is None:
        return FHIR_JSON
    if len(asked) > 1:
        raise InvalidRequest("_format is given more than once", expression="http._format")
    return _negotiated(asked[0] if asked else None, accept)


def check_body_format(request: Request, body: Body) -> None:
    """Raise UnsupportedMediaType for a body that is not in a format read here."""
    declared = request.headers.get("content-type")
    if declared is None:
        return
    _check_versions(request.headers.get("accept"), declared)
    media_type, parameters = _media_type(declared)
    if media_type not in _READ[body]:
        raise UnsupportedMediaType(
            f"The body is {media_type}; read here: {', '.join(sorted(_READ[body]))}",
            expression="http.content-type",
        )
    if parameters.get("charset", "utf-8") != "utf-8":
        raise UnsupportedMediaType(
            f"The charset is {parameters['charset']}; FHIR is always UTF-8",
            expression="http.content-type",
        )
    if parameters.get("fhirversion", "4.0") not in FHIR_VERSIONS:
        raise UnsupportedMediaType(
            f"fhirVersion is {parameters['fhirversion']}; read here: 4.0",
            expression="http.content-type",
        )


@lru_cache(maxsize=128)
def _negotiated(asked: str | None, accept: str | None) -> str:
    if asked is not None:
        media_type, parameters = _media_type(asked)
        _check_fhir_version(parameters, "_format")
        if media_type not in _FORMATS:
            raise NotAcceptable(
                f"_format is {media_type!r}; served: json, application/fhir+json",
                expression="http._format",
            )
        return _FORMATS[media_type]
    offers = _offers(accept or "")
    ranks = {media_type: _rank(media_type, offers) for media_type in _ANSWERS}
    best = max(ranks, key=ranks.__getitem__)
    if ranks[best][0] == 0:
        raise NotAcceptable(
            "Nothing that Accept names is served; served: application/fhir+json, application/json",
            expression="http.accept",
        )
    return _ANSWERS[best]


def _offers(accept: str) -> dict[str, tuple[float, int]]:
    """Return the quality of each media range, and how far to the front it stands.

    Raises NotAcceptable where all that could be served is asked for in other versions of FHIR.
    """
    offers: dict[str, tuple[float, int]] = {}
    refused = None
    for place, part in enumerate(accept.split(",")):
        media_type, parameters = _media_type(part)
        if media_type not in _ANSWERS and media_type not in _RANGES:
            continue
        try:
            _check_fhir_version(parameters, "accept")
        except NotAcceptable as wrong_version:
            refused = wrong_version
            continue
        rank = (_quality(parameters.get("q", "1")), -place)
        offers[media_type] = max(rank, offers.get(media_type, rank))
    if refused is not None and not offers:
        raise refused
    return offers


def _rank(media_type: str, offers: Mapping[str, tuple[float, int]]) -> tuple[float, int]:
    """Return the rank of a media type: that of the most specific range that it is in.

    https://www.rfc-editor.org/rfc/rfc9110#name-accept
    """
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((offers[each] for each in ranges if each in offers), (0.0, 0))


def _quality(text: str) -> float:
    try:
        return min(max(0.0, float(text)), 1.0)
    except ValueError:
        return 0.0


def _check_fhir_version(parameters: Mapping[str, str], name: str) -> None:
    version = parameters.get("fhirversion", "4.0")
    if version not in FHIR_VERSIONS:
        raise NotAcceptable(f"fhirVersion is {version}; served: 4.0", expression=f"http.{name}")


def _check_versions(accept: str | None, content_type: str) -> None:
    if accept is None or "fhirversion" not in accept.lower():
        return
    sent = _media_type(content_type)[1].get("fhirversion")
    taken = {_media_type(part)[1].get("fhirversion", sent) for part in accept.split(",")}
    if sent is not None and sent not in taken:
        raise InvalidRequest(
            "Accept and Content-Type name different FHIR versions", expression="http.accept"
        )


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    media_type, *parameters = text.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return media_type.strip().lower(), {
        name.strip().lower(): value.strip().strip('"').lower() for name, _, value in pairs
    }
