"""A profile summed up by the layers of the server."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from typing import Any

LAYERS = (
    ("/hearth_server/validation/", "validation"),
    ("/hearth_server/search/", "search: extraction and index"),
    ("/hearth_server/store/", "store: plan, stamp, compress, items"),
    ("/hearth_server/aws/", "AWS client: sign, send, parse"),
    ("/hearth_server/fhir/", "FHIR: JSON, dates, definitions"),
    ("/hearth_server/", "request, interaction, answer"),
)
WAITING = "waiting for DynamoDB"
OTHER = "other"
_WAITS = ("'recv' of", "'recv_into' of", "'sendall' of", "'acquire' of")


def by_layer(recorder: cProfile.Profile) -> dict[str, float]:
    """Return the seconds that each layer took itself; what C code took is its caller's."""
    statistics: Any = pstats.Stats(recorder)
    seconds: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, callers) in statistics.stats.items():
        if any(wait in name for wait in _WAITS):
            seconds[WAITING] += own
        elif file == "~" or not _is_ours(file):
            for (caller, _, _), (_, _, part, _) in callers.items():
                seconds[_layer(caller)] += part
        else:
            seconds[_layer(file)] += own
    return dict(seconds.most_common())


def show(recorder: cProfile.Profile, requests: float) -> None:
    """Print the layers, in microseconds for each request and as shares of our own time."""
    seconds = by_layer(recorder)
    ours = sum(taken for layer, taken in seconds.items() if layer != WAITING)
    for layer, taken in seconds.items():
        share = "" if layer == WAITING else f"{taken / ours:6.0%}"
        print(f"  {layer:<38} {taken / requests * 1e6:8.0f} us {share}")


def _is_ours(file: str) -> bool:
    return "/hearth_server/" in file


def _layer(file: str) -> str:
    return next((layer for part, layer in LAYERS if part in file), OTHER)
