"""Functions of Pulumi's AWS provider (`aws.get_region()` and the like)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from hearth_local.provider.aws import Aws
from hearth_local.provider.registry import UnknownTypeError
from hearth_local.provider.values import Properties, reveal, without_internal


def invoke(token: str, aws: Aws, arguments: Properties) -> Properties:
    """Return the function's result; raises UnknownTypeError for one that is not known."""
    function = _FUNCTIONS.get(token)
    if function is None:
        raise UnknownTypeError(f"the local stage does not know the function {token}")
    given = without_internal(reveal(arguments))
    return {**given, **function(aws.within(given.get("region")), given)}


def _caller_identity(aws: Aws, _: Properties) -> Properties:
    answer = aws.client("sts").get_caller_identity()
    return {
        "id": answer["Account"],
        "accountId": answer["Account"],
        "arn": answer["Arn"],
        "userId": answer["UserId"],
    }


def _partition(aws: Aws, _: Properties) -> Properties:
    reverse = ".".join(reversed(aws.url_suffix.split(".")))
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": aws.url_suffix,
        "reverseDnsPrefix": reverse,
    }


def _region(aws: Aws, _: Properties) -> Properties:
    return {
        "id": aws.region,
        "name": aws.region,
        "region": aws.region,
        "description": aws.region,
        "endpoint": f"ec2.{aws.region}.{aws.url_suffix}",
    }


def _availability_zones(aws: Aws, _: Properties) -> Properties:
    zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    return {
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": [zone.get("GroupName", aws.region) for zone in zones],
    }


def _policy_document(_: Aws, given: Properties) -> Properties:
    statements: dict[str, dict[str, Any]] = {}
    for source in given.get("sourcePolicyDocuments") or []:
        _add(statements, json.loads(source).get("Statement", []))
    _add(statements, [_statement(item) for item in given.get("statements") or []])
    for source in given.get("overridePolicyDocuments") or []:
        _add(statements, json.loads(source).get("Statement", []))
    document: dict[str, Any] = {"Version": given.get("version") or "2012-10-17"}
    if given.get("policyId"):
        document["Id"] = given["policyId"]
    document["Statement"] = list(statements.values())
    return {
        "id": hashlib.sha256(json.dumps(document).encode()).hexdigest()[:10],
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _add(statements: dict[str, dict[str, Any]], more: Any) -> None:
    """Add statements; one with the same Sid takes the earlier one's place."""
    for statement in more if isinstance(more, list) else [more]:
        statements[statement.get("Sid") or f" {len(statements)}"] = statement


def _statement(given: Properties) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for ours, theirs in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if given.get(ours):
            statement[theirs] = _one_or_many(given[ours])
    for ours, theirs in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(ours):
            statement[theirs] = _principals(given[ours])
    conditions: dict[str, dict[str, Any]] = {}
    for condition in given.get("conditions") or []:
        tests = conditions.setdefault(condition["test"], {})
        tests[condition["variable"]] = _one_or_many(condition["values"])
    if conditions:
        statement["Condition"] = conditions
    return statement


def _principals(given: list[Properties]) -> Any:
    if given == [{"type": "*", "identifiers": ["*"]}]:
        return "*"
    found: dict[str, Any] = {}
    for principal in given:
        found.setdefault(principal["type"], []).extend(principal["identifiers"])
    return {kind: _one_or_many(names) for kind, names in found.items()}


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


_FUNCTIONS: dict[str, Callable[[Aws, Properties], Properties]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
