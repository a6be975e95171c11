"""How many requests an API takes before it answers 429."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from hearth_aws import inputs


class RequestLimits(TypedDict):
    """The limits of an API and of its key."""

    requests_per_second: NotRequired[int]
    """Requests per second in the long run, 1 to 10000. Default 50."""
    burst: NotRequired[int]
    """Requests at one moment, 1 to 5000. Default 100."""


@dataclass(frozen=True)
class Limits:
    """The checked form of RequestLimits."""

    rate: int
    burst: int


def resolve(args: Mapping[str, Any], name: str = "limits") -> Limits:
    """Return the limits that the input `name` holds. Raises InputError."""
    group = inputs.nested(name, args.get(name, {}), RequestLimits)
    return Limits(
        rate=inputs.whole(
            f"{name}.requests_per_second",
            group.get("requests_per_second", 50),
            minimum=1,
            maximum=10_000,
        ),
        burst=inputs.whole(f"{name}.burst", group.get("burst", 100), minimum=1, maximum=5_000),
    )
