"""One AWS service: signs each attempt of a call, sends it, and tries again while there is time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

from hearth_server import deadline
from hearth_server.aws.credentials import Credentials
from hearth_server.aws.endpoint import Endpoint
from hearth_server.aws.errors import Unanswered
from hearth_server.aws.http import Answer, ConnectionFailed, Connections, Request, Transport
from hearth_server.aws.retry import pause, retryable
from hearth_server.aws.signature import Signer, canonical_query

ATTEMPT_SECONDS = 3.0
"""How long one attempt may take: far above what DynamoDB and S3 need."""

CALL_SECONDS = 20.0
"""How long a call goes on trying when nobody set a nearer deadline."""

LAST_WORD_SECONDS = 0.2
"""How long after the request's deadline a call may begin: to learn what became of the one before,
or to undo it. A process that goes on longer is ended before it can answer."""

_CLOCK_CODES = ("RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException")
_SKEW_SECONDS = 240


class Service:
    """Sends requests to one service."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        region: str,
        credentials: Credentials,
        code_of: Callable[[Answer], str],
        transport: Transport | None = None,
        also_retried: frozenset[str] = frozenset(),
    ) -> None:
        self._endpoint = endpoint
        self._signer = Signer(name, region, credentials)
        self._code_of = code_of
        self._transport = transport or Connections(endpoint)
        self._also_retried = also_retried
        self._skew = 0.0

    def send(
        self, operation: str, request: Request, call_seconds: float | None = None
    ) -> tuple[Answer, str]:
        """Return the answer and its error code, empty for a success.

        Raises Unanswered when no attempt was answered for good within `call_seconds` and the
        request's own deadline.
        """
        end = min(deadline.moment(), time.monotonic() + (call_seconds or CALL_SECONDS))
        if time.monotonic() > end + LAST_WORD_SECONDS:
            raise Unanswered(operation, "none, the time was up before", uncertain=False)
        attempt = 0
        uncertain = False
        while True:
            attempt += 1
            try:
                answer = self._attempt(request, end)
            except ConnectionFailed as failure:
                uncertain = True
                code = str(failure)
            else:
                if answer.status < 300:
                    return answer, ""
                code = self._code_of(answer)
                uncertain = uncertain or answer.status >= 500
                if not self._again(answer, code):
                    return answer, code
            delay = pause(attempt, code, random.random())  # noqa: S311 - jitter, not a secret
            if time.monotonic() + delay >= end:
                raise Unanswered(operation, code, uncertain=uncertain)
            time.sleep(delay)

    def _attempt(self, request: Request, end: float) -> Answer:
        moment = datetime.fromtimestamp(time.time() + self._skew, UTC)
        query = canonical_query(request.query)
        target = self._endpoint.path + request.path
        signed = Request(
            request.method,
            target,
            {"host": self._endpoint.authority, **request.headers},
            request.body,
            request.query,
        )
        headers = self._signer.sign(signed, moment)
        if self._endpoint.loopback and not self._endpoint.secure:
            # An emulator judges aws:SecureTransport by it, and nothing leaves this machine.
            headers["x-forwarded-proto"] = "https"
        seconds = max(0.05, min(ATTEMPT_SECONDS, end - time.monotonic()))
        return self._transport(
            request.method, f"{target}?{query}" if query else target, headers, request.body, seconds
        )

    def _again(self, answer: Answer, code: str) -> bool:
        """Return whether to try again; a clock that is wrong is put right first."""
        if code in _CLOCK_CODES and "date" in answer.headers:
            from email.utils import parsedate_to_datetime  # rarely needed, slow to import

            theirs = parsedate_to_datetime(answer.headers["date"]).timestamp()
            skew = theirs - time.time()
            moved = abs(skew - self._skew) > _SKEW_SECONDS
            self._skew = skew
            return moved
        return retryable(answer, code) or code in self._also_retried
