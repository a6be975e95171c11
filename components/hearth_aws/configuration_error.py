"""What is wrong with a stage's configuration, in words that say how to mend it."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, cast, get_args, get_origin

import pulumi
from pydantic import BaseModel

from hearth_aws.required_profiles import MEANING

NAMESPACE = "hearth"


class ConfigurationError(pulumi.RunError):
    """Everything that is wrong with a stage's configuration, by key."""

    def __init__(self, problems: Sequence[str], file: str) -> None:
        text = problems[0]
        if len(problems) > 1:
            lines = "".join(f"\n  {problem}" for problem in problems)
            text = f"{len(problems)} values are wrong:{lines}"
        super().__init__(f"{file}: {text}")


def explain(error: Any, model: type[BaseModel]) -> str:
    """Return one sentence on one of pydantic's errors: the key, its value, what is allowed."""
    key = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        names = [field.alias or name for name, field in model.model_fields.items()]
        near = difflib.get_close_matches(key, names, n=1)
        hint = f"did you mean {NAMESPACE}:{near[0]}?" if near else f"known: {', '.join(names)}"
        return f"{NAMESPACE}:{key} is no key; {hint}"
    return f"{NAMESPACE}:{key} is {error['input']!r}; allowed: {_allowed(key, model)}"


def _allowed(key: str, model: type[BaseModel]) -> str:
    """Return in words what a key takes."""
    field = next(each for each in model.model_fields.values() if each.alias == key)
    choices = get_args(field.annotation)
    if field.annotation is bool:
        return "true, false"
    if field.annotation is int:
        bounds = [getattr(each, "ge", None) or getattr(each, "le", None) for each in field.metadata]
        return f"a whole number, {' to '.join(map(str, bounds))}" + " or more" * (len(bounds) == 1)
    if field.annotation is str:
        return "text that is not empty"
    if choices == (str, ...):
        return "a list of text"
    if get_origin(field.annotation) is dict:
        return MEANING
    members: Iterable[Any] = choices or cast(Iterable[Any], field.annotation)
    return ", ".join(str(getattr(member, "value", member)) for member in members)
