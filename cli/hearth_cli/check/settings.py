"""The settings of the policy pack for a stage, from the file that Pulumi's CLI takes as well."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hearth_policies.pack import RULES
from hearth_policies.settings import EVERY_RULE

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
    allowed = {rule.name: (*EVERY_RULE, *rule.settings) for rule in RULES}
    for rule, values in settings.items():
        if rule not in allowed:
            raise CommandError(
                f"{named}: there is no rule {rule}", hint=f"rules: {', '.join(allowed)}"
            )
        for name in values:
            if name not in allowed[rule]:
                raise CommandError(
                    f"{named}: {rule} has no setting {name}",
                    hint=f"it has: {', '.join(allowed[rule])}",
                )
    return dict(settings)


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
