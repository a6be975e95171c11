"""Answers the AWS provider's functions where no provider runs."""

from __future__ import annotations

import json
from collections.abc import Callable

from hearth_local.engine.fabricated import ACCOUNT, partition_of
from hearth_local.engine.wire import Properties, Value


def answer(token: str, arguments: Properties, region: str) -> Properties:
    """Return what the function would answer in `region`. Raises LookupError if unknown here."""
    if token not in _FUNCTIONS:
        raise LookupError(f"the function {token} has no answer without a provider")
    return _FUNCTIONS[token](arguments, region)


def _caller_identity(_arguments: Properties, region: str) -> Properties:
    partition, _ = partition_of(region)
    return {
        "accountId": ACCOUNT,
        "arn": f"arn:{partition}:iam::{ACCOUNT}:user/preview",
        "id": ACCOUNT,
        "userId": "AIDAPREVIEW",
    }


def _partition(_arguments: Properties, region: str) -> Properties:
    partition, suffix = partition_of(region)
    return {
        "partition": partition,
        "dnsSuffix": suffix,
        "id": partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _region(arguments: Properties, region: str) -> Properties:
    name = str(arguments.get("region") or arguments.get("name") or region)
    _, suffix = partition_of(name)
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": name,
        "endpoint": f"ec2.{name}.{suffix}",
    }


def _zones(_arguments: Properties, region: str) -> Properties:
    names: list[Value] = [f"{region}{letter}" for letter in "abc"]
    return {"id": region, "region": region, "names": names, "zoneIds": names, "groupNames": names}


def _policy_document(arguments: Properties, _region_name: str) -> Properties:
    """Return the document as the AWS provider writes it, in the order of its arguments."""
    statements: list[Value] = []
    given = arguments.get("statements")
    for statement in given if isinstance(given, list) else []:
        if isinstance(statement, dict):
            statements.append(_statement(statement))
    document: Properties = {"Version": arguments.get("version") or "2012-10-17"}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    document["Statement"] = statements
    return {
        "id": "document",
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _statement(statement: Properties) -> Properties:
    written: Properties = {}
    if statement.get("sid"):
        written["Sid"] = statement["sid"]
    written["Effect"] = statement.get("effect") or "Allow"
    for key in ("actions", "notActions", "resources", "notResources"):
        if statement.get(key):
            name = key[0].upper() + key[1:-1]
            written[name] = _one_or_many(statement[key])
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if statement.get(key):
            written[name] = _principals(statement[key])
    if statement.get("conditions"):
        written["Condition"] = _conditions(statement["conditions"])
    return written


def _principals(given: Value) -> Value:
    principals: Properties = {}
    for principal in given if isinstance(given, list) else []:
        if isinstance(principal, dict):
            principals[str(principal.get("type"))] = _one_or_many(principal.get("identifiers"))
    return "*" if principals == {"*": "*"} else principals


def _conditions(given: Value) -> Value:
    tests: dict[str, Value] = {}
    for condition in given if isinstance(given, list) else []:
        if isinstance(condition, dict):
            variables = tests.setdefault(str(condition.get("test")), {})
            assert isinstance(variables, dict)
            variables[str(condition.get("variable"))] = _one_or_many(condition.get("values"))
    return tests


def _one_or_many(values: Value) -> Value:
    return values[0] if isinstance(values, list) and len(values) == 1 else values


_FUNCTIONS: dict[str, Callable[[Properties, str], Properties]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
