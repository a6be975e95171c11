"""Which statuses an interaction may answer with: FHIR's summary, and what HTTP adds to all.

https://hl7.org/fhir/R4/http.html#summary
"""

from __future__ import annotations

from collections.abc import Mapping

ALWAYS = frozenset({400, 401, 403, 404, 405, 406, 413, 415, 429})
"""A bad parameter, no token, no right, no such path, no such method or format, too large."""

ALLOWED: Mapping[str, frozenset[int]] = {
    "read": frozenset({200, 304, 410}),
    "vread": frozenset({200, 304, 410}),
    "create": frozenset({201, 200, 409, 412, 422}),
    "update": frozenset({200, 201, 409, 412, 422}),
    "patch": frozenset({200, 201, 409, 410, 412, 422}),  # 410 tells more of what was deleted
    "delete": frozenset({200, 202, 204, 409, 412}),
    "capabilities": frozenset({200, 304}),
    "transaction": frozenset({200, 409, 412, 422}),
    "search-type": frozenset({200}),
    "search-system": frozenset({200}),
    "history-instance": frozenset({200}),
    "history-type": frozenset({200}),
    "history-system": frozenset({200}),
    "options": frozenset({204}),
}
_OPERATION = frozenset({200, 303, 409, 410, 412, 422})


def allowed(interaction: str, status: int) -> bool:
    """Return whether an interaction may answer so; of a path that is none, only errors."""
    if interaction.startswith("$"):
        return status in ALWAYS | _OPERATION
    return status in ALWAYS | ALLOWED.get(interaction, frozenset())
