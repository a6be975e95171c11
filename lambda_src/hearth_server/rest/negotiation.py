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
    "application/*": FHIR_JSON,
    "text/*": "text/json;charset=utf-8",
    "*/*": FHIR_JSON,
}
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
    offers = sorted(_offers(accept or ""), key=lambda offer: -offer[0])
    served = next((_ANSWERS[name] for quality, name in offers if quality > 0), None)
    if served is None:
        raise NotAcceptable(
            "Nothing that Accept names is served; served: application/fhir+json, application/json",
            expression="http.accept",
        )
    return served


def _offers(accept: str) -> list[tuple[float, str]]:
    offers = []
    for part in accept.split(","):
        media_type, parameters = _media_type(part)
        if media_type in _ANSWERS:
            _check_fhir_version(parameters, "accept")
            offers.append((_quality(parameters.get("q", "1")), media_type))
    return offers


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
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
