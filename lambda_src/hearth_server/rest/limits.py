"""How large requests and answers may be.

Lambda carries 6 MB each way, counted after the body has become a JSON string.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import json

REQUEST_LIMIT = 6 * 1024 * 1024
"""Bytes of a request's body."""

ANSWER_LIMIT = 5_000_000
"""Bytes of an answer's body as Lambda counts them: `encoded_size`."""

RESOURCE_LIMIT = ANSWER_LIMIT - 10_000
"""Bytes of a resource, encoded: what the server and a Bundle put around it has room, too."""

SURELY_FITS = RESOURCE_LIMIT // 3
"""Bytes of a body that fits whatever it says: a character of two bytes in UTF-8 becomes the six
of `\\u00e4`, and no byte grows by more."""


def encoded_size(body: bytes) -> int:
    """Return how many bytes a body takes in the JSON that a function answers with."""
    return len(json.dumps(body.decode("utf-8")))


def fits(body: bytes, limit: int = ANSWER_LIMIT) -> bool:
    """Return whether an answer may carry `body`; small bodies are not measured."""
    return len(body) * 3 <= limit or encoded_size(body) <= limit
