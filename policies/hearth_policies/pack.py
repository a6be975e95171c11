"""Every rule of the pack, and the controls that they prove."""

from __future__ import annotations

import tomllib
from importlib import resources

from hearth_policies import encryption, keys, regions, retention, transit
from hearth_policies.rule import AnyRule

PACK_NAME = "hearth"
RULES: tuple[AnyRule, ...] = (
    *encryption.RULES, *transit.RULES, *keys.RULES, *regions.RULES, *retention.RULES,
)  # fmt: skip


def control_titles() -> dict[str, str]:
    """Return the title of each control by its full id, such as `HIPAA 164.312(b)`."""
    text = resources.files("hearth_policies").joinpath("controls.toml").read_text()
    return {
        f"{framework}-{id}" if framework == "ISM" else f"{framework} {id}": title
        for framework, controls in tomllib.loads(text).items()
        for id, title in controls.items()
        if id != "name"
    }
