"""Which Python runtimes Lambda still takes, and until when.

The dates are those of the page "Lambda runtimes" in the AWS Lambda Developer Guide, read in
November 2026; a runtime that the page gave two dates for stands with the earlier one.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from datetime import date

DEPRECATED_ON = {
    "3.9": date(2025, 12, 15),
    "3.10": date(2026, 10, 31),
    "3.11": date(2027, 6, 30),
    "3.12": date(2028, 10, 31),
    "3.13": date(2029, 6, 30),
    "3.14": date(2029, 6, 30),
}


class RuntimeNotUsable(Exception):
    """Lambda has no such Python runtime, or gives it no security updates any more."""


def check_runtime(python: str, today: date) -> None:
    """Raise RuntimeNotUsable unless Lambda supports Python `python` ("3.13") on `today`."""
    ends = DEPRECATED_ON.get(python)
    usable = ", ".join(version for version, end in DEPRECATED_ON.items() if end > today)
    if ends is None:
        raise RuntimeNotUsable(f"Lambda has no runtime for Python {python}; usable: {usable}")
    if ends <= today:
        raise RuntimeNotUsable(f"Lambda deprecated Python {python} on {ends}; usable: {usable}")
