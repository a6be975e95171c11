"""The real policy pack, running, and resources to show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hearth_cli.check.pack import Finding, PolicyPackProcess
from hearth_local.engine.recording import RegisteredResource
from hearth_local.engine.registration import ResourceOptions

PROGRAM = Path(__file__).parents[2] / "policies" / "__main__.py"
PROVIDER = "urn:pulumi:dev::hearth::pulumi:providers:aws::default"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "region-pinned": {"regions": ["eu-central-1", "eu-west-1"]},
    "no-copy-to-other-regions": {"regions": ["eu-central-1", "eu-west-1"]},
    "backup-retention": {"backupRetentionDays": 35},
}


def resource(
    type: str,
    inputs: Mapping[str, Any],
    *,
    name: str = "it",
    comes_from: Mapping[str, Sequence[str]] | None = None,
    provider: str = PROVIDER,
) -> RegisteredResource:
    """Return a resource as a program would register it."""
    return RegisteredResource(
        urn=f"urn:pulumi:dev::hearth::{type}::{name}",
        type=type,
        name=name,
        custom=True,
        inputs=dict(inputs),
        outputs={},
        id="",
        parent="",
        provider="" if type.startswith("pulumi:") else provider,
        dependencies=(),
        property_dependencies={key: tuple(urns) for key, urns in (comes_from or {}).items()},
        options=ResourceOptions(),
    )


def aws_provider(region: Any) -> RegisteredResource:
    """Return the default AWS provider of a region."""
    inputs = {} if region is None else {"region": region}
    return resource("pulumi:providers:aws", inputs, name="default")


def findings_of(
    pack: PolicyPackProcess, rule: str, *resources: RegisteredResource, region: Any = "eu-central-1"
) -> list[Finding]:
    """Return what one rule says of `resources` in a stack whose provider has a region."""
    found = pack.findings([aws_provider(region), *resources])
    return [each for each in found if each.rule == rule]
