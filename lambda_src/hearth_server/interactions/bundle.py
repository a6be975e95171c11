"""Batch and transaction: many requests in one, each judged as if it had come alone.

Both are planned as a whole and committed at once. In a transaction the first error is the
answer; in a batch an entry's error is the answer to that entry.
https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import Any, Literal

from hearth_server.errors import InvalidResource
from hearth_server.interactions import content, idempotency
from hearth_server.interactions.bundle_plan import BundlePlan
from hearth_server.interactions.bundle_reads import with_reads
from hearth_server.interactions.callers import caller
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import Resource

Kind = Literal["batch", "transaction"]

_KINDS: dict[str, Kind] = {
    "batch": "batch",
    "transaction": "transaction",
    # What a server recorded, to be done again elsewhere.
    "history": "transaction",
}
_MEMBERS = frozenset(
    {
        "resourceType", "id", "meta", "implicitRules", "language", "identifier", "type",
        "timestamp", "total", "link", "entry", "signature",
    }
)  # fmt: skip


def bundle(services: Services, request: Request, target: Target) -> Response:
    """Return a Bundle with one entry for each of the request's, in their order.

    Raises, for a transaction, the first error of an entry; nothing is written then.
    """
    sent = _sent(request)
    kind = _KINDS[sent["type"]]
    services.authorizer.require(caller(request), kind, None)
    entries = _entries(sent)
    recorded = sent["type"] == "history"

    def write(keyed: Request) -> Response:
        def plan(lost: int) -> Plan:
            # A lost plan has rewritten links in its resources: the next starts from the text.
            fresh = _entries(_sent(request)) if lost else entries
            return BundlePlan(services, keyed, kind, fresh, recorded=recorded).made(lost)

        return carry_out(services, keyed, plan)

    response = idempotency.perform_once(services, request, write)
    return with_reads(services, request, entries, response, recorded=recorded)


def _sent(request: Request) -> Resource:
    if request.resource is not None:
        raise InvalidResource("A bundle is not served inside a bundle", code="not-supported")
    sent = content.parsed(request)
    if sent["resourceType"] != "Bundle":
        raise InvalidResource("Only a Bundle is served at the base URL", expression="resourceType")
    kind = sent.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidResource(
            "type is neither batch nor transaction",
            code="value" if "type" in sent else "required",
            expression="Bundle.type",
        )
    for name in sent:
        if name.removeprefix("_") not in _MEMBERS:
            raise InvalidResource(
                "A Bundle has no such member", code="structure", expression=f"Bundle.{name[:64]}"
            )
    return sent


def _entries(sent: Resource) -> list[Any]:
    entries = sent.get("entry", [])
    if not isinstance(entries, list) or ("entry" in sent and not entries):
        raise InvalidResource(
            "entry is not an array with members", code="structure", expression="Bundle.entry"
        )
    return entries
