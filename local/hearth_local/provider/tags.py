"""Tags: the provider's default ones, and AWS's two forms of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hearth_local.provider.values import Properties

TagMap = Mapping[str, str]


def merged(inputs: Properties, default_tags: TagMap) -> Properties:
    """Return the inputs with the provider's default tags under the resource's own."""
    own = inputs.get("tags")
    if not default_tags or not isinstance(own, dict | None):
        return inputs
    return {**inputs, "tags": {**default_tags, **(own or {})}}


def pairs(tags: TagMap | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags as AWS's list of pairs."""
    return [{key: name, value: text} for name, text in (tags or {}).items()]


def mapping(
    tags: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return AWS's list of pairs as a map; AWS's own tags (`aws:...`) are left out."""
    return {
        pair[key]: pair.get(value, "") for pair in tags or () if not pair[key].startswith("aws:")
    }


def both(tags: TagMap | None) -> Properties:
    """Return the outputs `tags` and `tagsAll`, which differ in nothing: defaults are merged in."""
    shown = dict(tags or {})
    return {"tags": shown, "tagsAll": shown}


def update(
    old: Properties,
    new: Properties,
    *,
    tag: Callable[[dict[str, str]], Any],
    untag: Callable[[list[str]], Any],
) -> None:
    """Call `tag` with what is new or changed and `untag` with the keys that went away."""
    before, after = old.get("tags") or {}, new.get("tags") or {}
    gone = sorted(before.keys() - after.keys())
    set_ = {key: text for key, text in after.items() if before.get(key) != text}
    if gone:
        untag(gone)
    if set_:
        tag(set_)
