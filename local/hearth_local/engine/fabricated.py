"""Makes up what AWS would answer, so that known values flow where no provider runs."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from functools import cache
from importlib import resources
from typing import TypedDict

from hearth_local.engine import urns, wire
from hearth_local.engine.goals import Goal
from hearth_local.engine.wire import Properties, Value

ACCOUNT = "123456789012"


class _Template(TypedDict):
    id: str
    outputs: dict[str, str]


def fabricate(goal: Goal, region: str) -> tuple[str, Properties]:
    """Return an id and outputs of the right form, the same each time for the same URN."""
    registration = goal.registration
    inputs = wire.plain_properties(registration.inputs)
    template = _templates().get(registration.type) or _fallback(registration.type)
    words = _words(goal.urn, inputs, str(inputs.get("region") or region))
    if urns.is_provider(registration.type):
        return str(words["uuid"]), registration.inputs
    made: Properties = {
        key: text.format_map(words)
        for key, text in ({"name": "{name}"} | template["outputs"]).items()
    }
    return template["id"].format_map(words), made | registration.inputs


def partition_of(region: str) -> tuple[str, str]:
    """Return the partition of a region and its DNS suffix."""
    if region.startswith("cn-"):
        return "aws-cn", "amazonaws.com.cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov", "amazonaws.com"
    return "aws", "amazonaws.com"


@cache
def _templates() -> dict[str, _Template]:
    file = resources.files(__package__).joinpath("tables/fabricated.json")
    templates: dict[str, _Template] = json.loads(file.read_text(encoding="utf-8"))
    return templates


def _fallback(type_: str) -> _Template:
    # aws:backup/vault:Vault becomes arn:aws:backup:...:vault/<name>
    _, module, _ = type_.split(":", 2) if type_.count(":") >= 2 else ("", type_, "")
    service, _, kind = module.partition("/")
    arn = f"arn:{{partition}}:{service}:{{region}}:{{account}}:{kind or service}/{{name}}"
    return {"id": "{name}", "outputs": {"arn": arn}}


def _words(urn: str, inputs: Properties, region: str) -> dict[str, object]:
    digest = hashlib.sha256(urn.encode()).hexdigest()
    partition, suffix = partition_of(region)
    given = inputs.get("name") or inputs.get("bucket") or inputs.get("clusterIdentifier")
    texts: defaultdict[str, Value] = defaultdict(lambda: "none", inputs)
    return {
        "name": given if isinstance(given, str) else f"{urns.name_of(urn)}-{digest[:7]}",
        "short": digest[:10],
        "uuid": str(uuid.UUID(digest[:32])),
        "region": region,
        "account": ACCOUNT,
        "partition": partition,
        "suffix": suffix,
        "inputs": texts,
    }
