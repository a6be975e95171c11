"""Which failed calls are sent again, and after how long a pause.

The choice is that of botocore's standard mode; the pauses are its pauses for DynamoDB, but instead
of counting attempts it goes on until the request's time is up: a FHIR request has no better use
for it. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

from hearth_server.aws.http import Answer

THROTTLING_CODES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
TRANSIENT_CODES = frozenset(
    {"RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"}
)
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})

_THROTTLED_SECONDS = 0.1
_TRANSIENT_SECONDS = 0.025
_LONGEST_SECONDS = 2.0


def retryable(answer: Answer, code: str) -> bool:
    """Return whether a failed call is worth another attempt."""
    return (
        code in THROTTLING_CODES
        or code in TRANSIENT_CODES
        or answer.status in TRANSIENT_STATUSES
        or answer.status == 429
    )


def pause(attempt: int, code: str, chance: float) -> float:
    """Return the seconds to wait after the failed `attempt`, counted from 1: full jitter.

    `chance` is a random number from 0 to 1.
    """
    base = _THROTTLED_SECONDS if code in THROTTLING_CODES else _TRANSIENT_SECONDS
    return chance * min(base * float(2 ** min(attempt - 1, 16)), _LONGEST_SECONDS)
