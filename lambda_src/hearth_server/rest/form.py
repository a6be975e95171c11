"""The form of a search by POST: its parameters count as if they stood in the URL.

https://hl7.org/fhir/R4/search.html#Introduction
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from msgspec import structs

from hearth_server.errors import InvalidRequest
from hearth_server.rest import negotiation
from hearth_server.rest.request import Request

MAXIMUM_FIELDS = 200
"""Parameters that a form may hold."""


def with_form(request: Request) -> Request:
    """Return the request with the parameters of its form behind those of its URL.

    Raises UnsupportedMediaType for a body that is no form, InvalidRequest for one that cannot
    be read.
    """
    negotiation.check_body_format(request, "form")
    try:
        pairs = parse_qsl(
            request.body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAXIMUM_FIELDS,
        )
    except ValueError:
        raise InvalidRequest(
            f"The form is not UTF-8, or has more than {MAXIMUM_FIELDS} parameters",
            code="structure",
        ) from None
    return structs.replace(request, query=(*request.query, *pairs), body=b"")
