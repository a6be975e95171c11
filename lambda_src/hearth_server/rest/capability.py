"""The CapabilityStatement: what is really served, told from the table of routes.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from hearth_server.errors import InvalidRequest
from hearth_server.fhir import definitions, json
from hearth_server.rest import limits
from hearth_server.rest.headers import entity_tags
from hearth_server.rest.negotiation import JSON_PATCH
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import ROUTES, Route, Target
from hearth_server.rest.views import viewed
from hearth_server.search import definitions as search_tables
from hearth_server.search import parameters
from hearth_server.search.definitions import COMMON, Definitions
from hearth_server.search.definitions import definitions as search_definitions
from hearth_server.services import Services
from hearth_server.settings import Settings
from hearth_server.validation.profiles.supported import supported_profiles

CHANGED = "2026-11-22"
"""When what the statement says of this version last changed."""

MODES = frozenset({"full", "normative", "terminology"})

_DEFINED = {
    name: f"http://hl7.org/fhir/OperationDefinition/Resource-{name.removeprefix('$')}"
    for name in ("$validate", "$meta", "$meta-add", "$meta-delete")
}
_WITHOUT_DEFINITION = {"_filter": "special", "_has": "string", "_list": "string", "_type": "token"}
"""Parameters of all types that R4 describes and has no SearchParameter for, and their types."""

_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def capabilities(services: Services, request: Request, target: Target) -> Response:
    """Return the CapabilityStatement, or 304 to a client that has it. Raises InvalidRequest."""
    modes = [value for name, value in request.query if name == "mode"]
    if len(modes) > 1 or not MODES.issuperset(modes):
        raise InvalidRequest(
            f"mode is one of {', '.join(sorted(MODES))}", code="value", expression="http.mode"
        )
    settings = services.settings
    body, tag = _statement(request.base_url, settings)
    known = entity_tags(request, "if-none-match")
    # It is about no patient; who keeps it asks whether it is still the same.
    headers = {"ETag": f'W/"{tag}"', "Cache-Control": "no-cache"}
    if known is not None and (tag in known or "*" in known):
        return Response(304, headers)
    return viewed(request, Response(200, {"Content-Type": FHIR_JSON, **headers}, body))


@lru_cache(maxsize=8)
def _statement(base_url: str, settings: Settings) -> tuple[bytes, str]:
    """Return the statement and a tag that changes with it."""
    release = definitions.release()
    searchable = settings.search_engine != "none"
    served = [route for route in ROUTES if searchable or not route.needs_search]
    profiles = supported_profiles(search_tables.GUIDES, settings.required_profiles)
    body = json.encode(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": CHANGED,
            "kind": "instance",
            "software": {"name": "Hearth", "version": settings.version},
            "implementation": {"description": "A FHIR server on AWS", "url": base_url},
            "fhirVersion": release.version,
            "format": ["application/fhir+json", "json"],
            **_patch_formats(served),
            "rest": [
                {
                    "mode": "server",
                    "documentation": _documentation(),
                    "security": _security(),
                    "resource": [
                        _resource(type, served, settings, profiles.get(type, ()))
                        for type in sorted(release.resource_types())
                    ],
                    "interaction": [*_interactions(served, ""), {"code": "batch"}],
                    **({"searchParam": list(_of_all_types())} if searchable else {}),
                }
            ],
        }
    )
    return body, hashlib.sha256(body).hexdigest()[:16]


def _documentation() -> str:
    return (
        f"A request's body has at most {limits.REQUEST_LIMIT} bytes as Lambda counts them, after"
        f" it has become a JSON string; an answer has at most {limits.ANSWER_LIMIT}, and what"
        " does not fit on a page follows behind its next link. A POST with an Idempotency-Key"
        " that is sent again within 24 hours gets the first answer."
    )


def _security() -> dict[str, Any]:
    return {
        "cors": True,
        "service": [{"coding": [{"system": _SECURITY, "code": "OAuth"}]}],
        "description": "A token of the stage's user pool in Authorization, an API key in X-Api-Key",
    }


def _patch_formats(served: list[Route]) -> dict[str, list[str]]:
    if any(route.interaction == "patch" for route in served):
        return {"patchFormat": ["application/fhir+json", JSON_PATCH]}
    return {}


def _resource(
    type: str, served: list[Route], settings: Settings, profiles: Collection[str]
) -> dict[str, Any]:
    searchable = settings.search_engine != "none"
    resource = {
        "type": type,
        **({"supportedProfile": sorted(profiles)} if profiles else {}),
        "interaction": list(_interactions(served, "{type}")),
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": searchable,
        "conditionalRead": "full-support",
        "conditionalUpdate": searchable,
        "conditionalDelete": settings.conditional_delete if searchable else "not-supported",
    }
    if searchable:
        resource["searchInclude"] = ["*", *parameters.includes(type)]
        resource["searchRevInclude"] = parameters.revincludes(type)
        resource["searchParam"] = list(_search_parameters(type))
    return {**resource, "operation": list(_operations(served))}


def _operations(served: list[Route]) -> Iterator[dict[str, str]]:
    """Yield the operations on resources that the standard defines."""
    names = (route.interaction for route in served if route.interaction in _DEFINED)
    for name in dict.fromkeys(names):
        yield {"name": name.removeprefix("$"), "definition": _DEFINED[name]}


def _search_parameters(type: str) -> Iterator[dict[str, str]]:
    """Yield the parameters of a type, and of those that all have what clients look for here."""
    common = {name: search_definitions(COMMON)[name] for name in parameters.BUILT_IN}
    yield from _named({**common, **search_definitions(type)})


def _of_all_types() -> Iterator[dict[str, str]]:
    yield from _named(search_definitions(COMMON))
    for name, type in _WITHOUT_DEFINITION.items():
        yield {"name": name, "type": type}


def _named(table: Definitions) -> Iterator[dict[str, str]]:
    for name, each in table.items():
        if not each.refused:
            yield {"name": name, "definition": each.url, "type": each.kind}


def _interactions(served: list[Route], level: str) -> Iterator[dict[str, str]]:
    """Yield the codes of a level, each once: those of a type's paths, or of all others."""
    codes = (
        route.interaction
        for route in served
        if route.path.startswith("{type}") == bool(level)
        and not route.interaction.startswith("$")
        and route.interaction != "capabilities"
    )
    yield from ({"code": code} for code in dict.fromkeys(codes))
