"""The tags that every taggable resource of a component carries."""

from collections.abc import Mapping
from typing import Any

import pulumi

from hearth_aws import inputs

Tags = dict[str, pulumi.Input[str]]


def resolve(component: str, args: Mapping[str, Any]) -> Tags:
    """Return the caller's tags and the component's own. Raises InputError.

    Tags reach billing reports and logs, so nothing about a patient belongs into one.
    """
    given = inputs.plain("tags", args.get("tags") or {})
    if not isinstance(given, Mapping):
        raise inputs.InputError("tags", f"is {given!r}; allowed: a map of text")
    said = {key: value for key, value in given.items() if value is not None}
    for key, value in said.items():
        if not isinstance(key, str) or not (isinstance(value, str) or inputs.comes_later(value)):
            raise inputs.InputError(f"tags[{key!r}]", f"is {value!r}; allowed: text for text")
        if key.lower().startswith("aws:"):
            raise inputs.InputError(f"tags[{key!r}]", "begins with aws:, which AWS keeps to itself")
    return {"hearth:component": component, **said}
