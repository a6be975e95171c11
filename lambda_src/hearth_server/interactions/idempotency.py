"""`Idempotency-Key`: a POST that is sent again gets the answer that the first one got.

The answer is kept in the same commit as the records, so there is no moment at which one is there
without the other. https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import structs

from hearth_server.errors import InvalidRequest, Unprocessable
from hearth_server.interactions import kept_answers
from hearth_server.interactions.callers import caller
from hearth_server.rest.request import Once, Request
from hearth_server.rest.response import Response
from hearth_server.services import Services
from hearth_server.store.protocol import Receipt, ReceiptExists, ReceiptRequest, Record

KEPT_SECONDS = 24 * 3600
LONGEST_KEY = 255

_HEADER = "idempotency-key"
_MEANT = ("if-match", "if-none-match", "if-unmodified-since", "if-none-exist", "prefer")
"""Headers that are part of what a POST asks."""


def perform_once(
    services: Services, request: Request, perform: Callable[[Request], Response]
) -> Response:
    """Return what `perform` answers, or the kept answer if the request's key has been used.

    Raises Unprocessable for another request under the same key.
    """
    if _HEADER not in request.headers:
        return perform(request)
    once = _once(request)
    tenant = caller(request).tenant
    receipt = services.store.receipt(tenant, once.key)
    if receipt is None:
        try:
            return perform(structs.replace(request, once=once))
        except ReceiptExists as used:
            receipt = used.receipt
    return _replayed(services, tenant, receipt, once)


def receipt(
    request: Request, answer: Callable[[Sequence[Record]], Response]
) -> ReceiptRequest | None:
    """Return what asks the store to keep the answer; None for a request without a key."""
    once = request.once
    if once is None:
        return None
    return ReceiptRequest(
        tenant=caller(request).tenant,
        key=once.key,
        fingerprint=once.fingerprint,
        expires=once.expires,
        answer=lambda records: kept_answers.encoded(answer(records)),
    )


def _once(request: Request) -> Once:
    key = request.headers[_HEADER].strip()
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidRequest(
            f"Idempotency-Key is not 1 to {LONGEST_KEY} printable characters",
            code="value",
            expression=f"http.{_HEADER}",
        )
    owner = caller(request).subject.encode()
    return Once(
        hashlib.sha256(b"%d:%s%s" % (len(owner), owner, key.encode())).hexdigest(),
        _fingerprint(request),
        int(time.time()) + KEPT_SECONDS,
    )


def _fingerprint(request: Request) -> str:
    asked = [request.method, *request.segments, "?"]
    asked += [part for pair in request.query for part in pair]
    asked += [request.headers.get(name, "") for name in _MEANT]
    digest = hashlib.sha256(msgspec.json.encode(asked))
    digest.update(request.body)
    return digest.hexdigest()


def _replayed(services: Services, tenant: str, receipt: Receipt, once: Once) -> Response:
    if receipt.fingerprint != once.fingerprint:
        raise Unprocessable(
            "This Idempotency-Key was used for another request", expression=f"http.{_HEADER}"
        )
    return kept_answers.decoded(services, tenant, receipt.answer)
