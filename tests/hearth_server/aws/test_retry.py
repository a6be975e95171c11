"""What is tried again is what botocore's standard mode tries again."""

from __future__ import annotations

from itertools import pairwise

import pytest
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    ThrottledRetryableChecker,
    TransientRetryableChecker,
)
from hearth_server.aws.http import Answer
from hearth_server.aws.retry import THROTTLING_CODES, TRANSIENT_CODES, pause, retryable
from hypothesis import given
from hypothesis import strategies as st

CODES = sorted(
    {
        *vars(ThrottledRetryableChecker())["_throttled_error_codes"],
        *vars(TransientRetryableChecker())["_transient_error_codes"],
        *THROTTLING_CODES,
        *TRANSIENT_CODES,
        "ConditionalCheckFailedException",
        "ValidationException",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "InternalServerError",
        "TransactionCanceledException",
        "NoSuchKey",
    }
)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502, 503, 504])
@pytest.mark.parametrize("code", CODES)
def test_an_error_is_retried_when_botocore_would(code: str, status: int) -> None:
    context = RetryContext(
        1,
        http_response=type("Response", (), {"status_code": status})(),
        parsed_response={"Error": {"Code": code}},
    )
    theirs = ThrottledRetryableChecker().is_retryable(
        context
    ) or TransientRetryableChecker().is_retryable(context)

    assert retryable(Answer(status, {}, b""), code) == theirs


@given(st.integers(1, 1000), st.sampled_from(CODES), st.floats(0, 1))
def test_a_pause_is_short_and_never_negative(attempt: int, code: str, chance: float) -> None:
    assert 0 <= pause(attempt, code, chance) <= 2


def test_pauses_double_as_botocores_do() -> None:
    """Only the first pause is another one: that of botocore's new scale for DynamoDB."""
    backoff = ExponentialBackoff(random=lambda: 1.0)
    theirs = [
        backoff.delay_amount(RetryContext(attempt, http_response=object()))
        for attempt in range(1, 5)
    ]

    ours = [pause(attempt, "InternalServerError", 1.0) for attempt in range(1, 5)]

    assert [second / first for first, second in pairwise(ours)] == [
        second / first for first, second in pairwise(theirs)
    ]
    assert ours[0] == 0.025
