"""The resource that a write brings: of the right type and id, and valid.

https://hl7.org/fhir/R4/resource.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_server.errors import (
    InvalidRequest,
    InvalidResource,
    Malformed,
    TooLarge,
    Unprocessable,
)
from hearth_server.fhir import json
from hearth_server.interactions.links import check_unconditional
from hearth_server.rest.limits import REQUEST_LIMIT, RESOURCE_LIMIT, SURELY_FITS, fits
from hearth_server.rest.request import Request
from hearth_server.rest.routes import ID
from hearth_server.services import Services
from hearth_server.store.protocol import Resource


def parsed(request: Request) -> Mapping[str, Any]:
    """Return the resource in the body. Raises Malformed, TooLarge and InvalidResource."""
    if request.resource is not None:
        return as_resource(request.resource)
    if not request.body:
        raise Malformed("The body is empty; a resource belongs there")
    return as_resource(json.parse(request.body, limit=REQUEST_LIMIT))


def as_resource(value: Any) -> Mapping[str, Any]:
    """Return `value` if it is an object with a `resourceType`. Raises InvalidResource."""
    if not isinstance(value, dict):
        raise Malformed("A resource is a JSON object")
    if not isinstance(value.get("resourceType"), str):
        raise InvalidResource(
            "resourceType is missing or not a string", code="structure", expression="resourceType"
        )
    if not isinstance(value.get("meta", {}), dict):
        raise InvalidResource(
            "meta is not an object", code="structure", expression=f"{value['resourceType']}.meta"
        )
    return value


def check_type(resource: Resource, type: str) -> None:
    """Raise InvalidResource unless the resource is of `type`."""
    said = resource["resourceType"]
    if said != type:
        raise InvalidResource(
            f"resourceType is not {type}, which the URL names", expression="resourceType"
        )


def check_id(resource: Resource, id: str) -> None:
    """Raise InvalidRequest unless the body has the id of the URL."""
    said = resource.get("id")
    if said != id:
        problem = "The body has no id; it must repeat" if said is None else "The body's id is not"
        raise InvalidRequest(f"{problem} the URL's", expression=f"{resource['resourceType']}.id")


def check_id_syntax(resource: Resource) -> None:
    """Raise InvalidResource for an id that FHIR does not allow."""
    said = resource.get("id")
    if said is not None and not (isinstance(said, str) and ID.fullmatch(said)):
        raise InvalidResource(
            "id is not 1 to 64 letters, digits, hyphens and points",
            code="value",
            expression=f"{resource['resourceType']}.id",
        )


def check_valid(services: Services, resource: Resource) -> None:
    """Raise InvalidResource with every error that the validator finds, and its warnings.

    Raises Unprocessable if all that is missed is what profiles ask.
    """
    issues = services.validator.validate(resource)
    errors = [issue for issue in issues if issue.severity in ("error", "fatal")]
    if errors:
        broken = Unprocessable if all(issue.by_profile for issue in errors) else InvalidResource
        raise broken("The resource is not valid", issues=issues)


def check_alone(services: Services, request: Request, resource: Resource) -> None:
    """Raise what is wrong with a resource that is the whole of a request.

    Beside what `check_valid` raises: TooLarge for one that no answer could carry back to a reader,
    and InvalidResource for a conditional reference.
    """
    check_valid(services, resource)
    if len(request.body) > SURELY_FITS:
        check_fits(json.encode(resource))
    check_unconditional(request.body, resource)


def check_fits(body: bytes) -> None:
    """Raise TooLarge for the body of a resource that no answer could carry."""
    if not fits(body, RESOURCE_LIMIT):
        raise TooLarge(
            f"The resource takes more than {RESOURCE_LIMIT} bytes in an answer; none could show it"
        )
