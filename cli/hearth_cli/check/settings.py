"""The settings of the policy pack for a stage, from the file that Pulumi's CLI takes as well."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hearth_policies.pack import RULES
from hearth_policies.settings import EVERY_RULE, SCHEMA

from hearth_cli.errors import CommandError


def pack_settings(root: Path, stage: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of each rule in `policies/stages/<stage>.json`. Raises CommandError."""
    path = root / "policies" / "stages" / f"{stage}.json"
    named = path.relative_to(root)
    try:
        settings = json.loads(path.read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(each.stem for each in path.parent.glob("*.json")))
        raise CommandError(
            f"stage {stage} has no settings for the policy pack: {named} does not exist",
            hint=f"write it, or check one of: {known}",
        ) from None
    except ValueError as error:
        raise CommandError(f"{named} is not JSON: {error}") from None
    if not isinstance(settings, dict):
        raise CommandError(f"{named} is not a map of rules")
    allowed = {rule.name: (*EVERY_RULE, *rule.settings) for rule in RULES}
    for rule, values in settings.items():
        if rule not in allowed:
            raise CommandError(
                f"{named}: there is no rule {rule}", hint=f"rules: {', '.join(allowed)}"
            )
        if not isinstance(values, dict):
            raise CommandError(f"{named}: {rule} is not a map of settings")
        for name, value in values.items():
            _check(f"{named}: {rule}", name, value, allowed[rule])
    return dict(settings)


def _check(place: str, name: str, value: Any, allowed: Collection[str]) -> None:
    if name not in allowed:
        raise CommandError(
            f"{place} has no setting {name}",
            hint=f"it has: {', '.join(allowed)}",
        )
    if not _fits(value, SCHEMA[name]):
        raise CommandError(
            f"{place}: {name} is {json.dumps(value)}; allowed: {_wanted(SCHEMA[name])}"
        )


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether Pulumi, which knows all of JSON Schema, would take the value of a setting."""
    match schema["type"], value:
        case "integer", int() if not isinstance(value, bool):
            return value >= int(schema["minimum"])
        case "array", list():
            return all(_fits(each, schema["items"]) for each in value)
        case "object", dict():
            return all(_fits(each, schema["additionalProperties"]) for each in value.values())
        case "string", str():
            return len(value) >= schema.get("minLength", 0) and value in schema.get("enum", [value])
    return False


def _wanted(schema: Mapping[str, Any]) -> str:
    match schema["type"]:
        case "integer":
            return f"a whole number, {schema['minimum']} or more"
        case "array":
            return f"a list of {', '.join(schema['items'].get('enum', ['text']))}"
    return "a map of resources' names, each with a reason"


def stale_exceptions(
    settings: Mapping[str, Mapping[str, Any]], names: Collection[str]
) -> list[str]:
    """Return each exception, as `rule: resource`, for a resource that the stage does not have."""
    return [
        f"{rule}: {name}"
        for rule, values in settings.items()
        for name in values.get("exceptions", {})
        if name not in names
    ]
