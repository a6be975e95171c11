"""Finds a resource whose creation was interrupted, so that it is not made twice."""

from __future__ import annotations

from collections.abc import Iterator

from hearth_local.engine import wire
from hearth_local.engine.provider import Found, Provider, ProviderError
from hearth_local.engine.wire import Properties

_LONGEST_ID = 256


def find(provider: Provider, urn: str, inputs: Properties) -> Found | None:
    """Return the resource that was made from just these inputs, if the provider knows one.

    Its id is not known. A provider may know better when it is asked for none; else, where names
    are unique, the id is the name, which is among the inputs.
    """
    for candidate in dict.fromkeys(("", *_candidates(inputs))):
        try:
            seen = provider.read(urn, Found(candidate, inputs, inputs))
            if seen.id and not provider.diff(urn, seen, inputs).changed:
                return seen
        except ProviderError:
            continue  # not an id of this type
    return None


def _candidates(inputs: Properties) -> Iterator[str]:
    texts = {
        key: value
        for key, value in wire.plain_properties(inputs).items()
        if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable()
    }
    yield from (texts[key] for key in ("name", "bucket") if key in texts)
    yield from texts.values()
