"""Amazon DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties


class Table(ResourceType):
    """A table with its indexes, stream, encryption, recovery and expiry."""

    pulumi_type = "aws:dynamodb/table:Table"
    autoname = Autoname()
    replace_on = frozenset(
        {
            "name",
            "hashKey",
            "rangeKey",
            "localSecondaryIndexes",
            "importTable",
            "restoreBackupArn",
            "restoreDateTime",
            "restoreSourceName",
            "restoreSourceTableArn",
            "restoreToLatestTime",
        }
    )

    def defaults(self, inputs: Properties) -> Properties:
        return {"billingMode": "PROVISIONED"}

    def volatile(self, old: Properties, new: Properties) -> frozenset[str]:
        kept = same(_stream(old), _stream(new))
        return frozenset() if kept else frozenset({"streamArn", "streamLabel"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        dynamodb = aws.client("dynamodb")
        name = str(inputs["name"])
        request = {
            "TableName": name,
            "KeySchema": _keys(inputs),
            "AttributeDefinitions": _attributes(inputs),
            "BillingMode": inputs["billingMode"],
            "SSESpecification": _encryption(inputs),
            "StreamSpecification": _stream(inputs),
            "Tags": tags.pairs(inputs.get("tags")),
            **chosen(
                inputs,
                {
                    "deletionProtectionEnabled": "DeletionProtectionEnabled",
                    "tableClass": "TableClass",
                },
            ),
        }
        if inputs["billingMode"] == "PROVISIONED":
            request["ProvisionedThroughput"] = _throughput(inputs)
        if inputs.get("globalSecondaryIndexes"):
            request["GlobalSecondaryIndexes"] = _indexes(inputs, "globalSecondaryIndexes")
        if inputs.get("localSecondaryIndexes"):
            request["LocalSecondaryIndexes"] = _indexes(inputs, "localSecondaryIndexes")
        dynamodb.create_table(**{key: value for key, value in request.items() if value})
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        with created(name):
            _set_expiry(dynamodb, name, {}, inputs)
            _set_recovery(dynamodb, name, inputs)
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        dynamodb = aws.client("dynamodb")
        table = dynamodb.describe_table(TableName=id)["Table"]
        recovery = dynamodb.describe_continuous_backups(TableName=id)
        expiry = dynamodb.describe_time_to_live(TableName=id)["TimeToLiveDescription"]
        found = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        stream = table.get("StreamSpecification") or {}
        keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
        throughput = table.get("ProvisionedThroughput") or {}
        return {
            "arn": table["TableArn"],
            "name": id,
            "hashKey": keys["HASH"],
            "rangeKey": keys.get("RANGE"),
            "attributes": [
                {"name": item["AttributeName"], "type": item["AttributeType"]}
                for item in table["AttributeDefinitions"]
            ],
            "billingMode": (table.get("BillingModeSummary") or {}).get(
                "BillingMode", "PROVISIONED"
            ),
            "readCapacity": throughput.get("ReadCapacityUnits", 0),
            "writeCapacity": throughput.get("WriteCapacityUnits", 0),
            "globalSecondaryIndexes": _seen_indexes(table.get("GlobalSecondaryIndexes"), "hashKey"),
            "localSecondaryIndexes": _seen_indexes(table.get("LocalSecondaryIndexes"), None),
            "serverSideEncryption": _seen_encryption(table),
            "streamEnabled": bool(stream.get("StreamEnabled")),
            "streamViewType": stream.get("StreamViewType"),
            "streamArn": table.get("LatestStreamArn"),
            "streamLabel": table.get("LatestStreamLabel"),
            "tableClass": (table.get("TableClassSummary") or {}).get("TableClass"),
            "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "pointInTimeRecovery": _seen_recovery(recovery),
            "ttl": _seen_expiry(expiry),
            **tags.both(tags.mapping(found)),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        dynamodb = aws.client("dynamodb")
        for request in _table_updates(old, new):
            dynamodb.update_table(TableName=id, **request)
        _set_expiry(dynamodb, id, old, new)
        if not same(old.get("pointInTimeRecovery"), new.get("pointInTimeRecovery")):
            _set_recovery(dynamodb, id, new)
        arn = old["arn"]
        tags.update(
            old,
            new,
            tag=lambda changed: dynamodb.tag_resource(ResourceArn=arn, Tags=tags.pairs(changed)),
            untag=lambda keys: dynamodb.untag_resource(ResourceArn=arn, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        dynamodb = aws.client("dynamodb")
        dynamodb.delete_table(TableName=id)
        dynamodb.get_waiter("table_not_exists").wait(TableName=id, WaiterConfig={"Delay": 1})


def _table_updates(old: Properties, new: Properties) -> list[dict[str, Any]]:
    """Return the UpdateTable requests: AWS takes one kind of change at a time."""
    requests: list[dict[str, Any]] = []
    capacity = ("billingMode", "readCapacity", "writeCapacity")
    if any(not same(old.get(name), new.get(name)) for name in capacity):
        request: dict[str, Any] = {"BillingMode": new["billingMode"]}
        if new["billingMode"] == "PROVISIONED":
            request["ProvisionedThroughput"] = _throughput(new)
        if request != {"BillingMode": old.get("billingMode")}:
            requests.append(request)
    if not same(_encryption(old), _encryption(new)):
        requests.append({"SSESpecification": _encryption(new) or {"Enabled": False}})
    if not same(_stream(old), _stream(new)):
        if _stream(old) and _stream(new):  # the kind of records cannot be changed in place
            requests.append({"StreamSpecification": {"StreamEnabled": False}})
        requests.append({"StreamSpecification": _stream(new) or {"StreamEnabled": False}})
    if bool(old.get("deletionProtectionEnabled")) != bool(new.get("deletionProtectionEnabled")):
        protected = bool(new.get("deletionProtectionEnabled"))
        requests.append({"DeletionProtectionEnabled": protected})
    if new.get("tableClass") and old.get("tableClass") != new["tableClass"]:
        requests.append({"TableClass": new["tableClass"]})
    return requests + _index_updates(old, new)


def _index_updates(old: Properties, new: Properties) -> list[dict[str, Any]]:
    before = {item["IndexName"]: item for item in _indexes(old, "globalSecondaryIndexes")}
    after = {item["IndexName"]: item for item in _indexes(new, "globalSecondaryIndexes")}
    requests: list[dict[str, Any]] = []
    for name in sorted(before):
        if not same(before[name], after.get(name)):
            requests.append({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]})
    for name, index in sorted(after.items()):
        if not same(before.get(name), index):
            requests.append(
                {
                    "AttributeDefinitions": _attributes(new),
                    "GlobalSecondaryIndexUpdates": [{"Create": index}],
                }
            )
    return requests


def _keys(inputs: Properties) -> list[dict[str, str]]:
    keys = [("HASH", inputs.get("hashKey")), ("RANGE", inputs.get("rangeKey"))]
    return [{"AttributeName": name, "KeyType": kind} for kind, name in keys if name]


def _attributes(inputs: Properties) -> list[dict[str, str]]:
    return [
        {"AttributeName": item["name"], "AttributeType": item["type"]}
        for item in inputs.get("attributes") or []
    ]


def _throughput(inputs: Properties) -> dict[str, int]:
    return {
        "ReadCapacityUnits": inputs.get("readCapacity") or 1,
        "WriteCapacityUnits": inputs.get("writeCapacity") or 1,
    }


def _indexes(inputs: Properties, name: str) -> list[dict[str, Any]]:
    provisioned = inputs.get("billingMode") == "PROVISIONED" and name == "globalSecondaryIndexes"
    return [
        {
            "IndexName": index["name"],
            "KeySchema": _index_keys(index, inputs),
            "Projection": {
                "ProjectionType": index["projectionType"],
                **chosen(index, {"nonKeyAttributes": "NonKeyAttributes"}),
            },
            **({"ProvisionedThroughput": _throughput(index)} if provisioned else {}),
        }
        for index in inputs.get(name) or []
    ]


def _index_keys(index: Properties, table: Properties) -> list[dict[str, str]]:
    if index.get("keySchemas"):
        return [
            {"AttributeName": key["attributeName"], "KeyType": key["keyType"]}
            for key in index["keySchemas"]
        ]
    return _keys({"hashKey": table.get("hashKey"), **index})


def _seen_indexes(indexes: list[dict[str, Any]] | None, hash_name: str | None) -> list[Properties]:
    found = []
    for index in indexes or []:
        keys = {key["KeyType"]: key["AttributeName"] for key in index["KeySchema"]}
        seen: Properties = {
            "name": index["IndexName"],
            "projectionType": index["Projection"]["ProjectionType"],
            "nonKeyAttributes": index["Projection"].get("NonKeyAttributes"),
            "rangeKey": keys.get("RANGE"),
        }
        if hash_name:
            seen[hash_name] = keys["HASH"]
        found.append({name: value for name, value in seen.items() if value is not None})
    return found


def _encryption(inputs: Properties) -> dict[str, Any]:
    given = inputs.get("serverSideEncryption") or {}
    if not given.get("enabled"):
        return {}
    key = chosen(given, {"kmsKeyArn": "KMSMasterKeyId"})
    return {"Enabled": True, "SSEType": "KMS", **key}


def _seen_encryption(table: dict[str, Any]) -> Properties:
    seen = table.get("SSEDescription") or {}
    if seen.get("Status") not in ("ENABLED", "ENABLING", "UPDATING"):
        return {"enabled": False}
    return {
        "enabled": True,
        **({"kmsKeyArn": seen["KMSMasterKeyArn"]} if "KMSMasterKeyArn" in seen else {}),
    }


def _stream(inputs: Properties) -> dict[str, Any]:
    if not inputs.get("streamEnabled"):
        return {}
    return {"StreamEnabled": True, "StreamViewType": inputs.get("streamViewType")}


def _set_expiry(dynamodb: Any, name: str, old: Properties, new: Properties) -> None:
    before, after = old.get("ttl") or {}, new.get("ttl") or {}
    if same(_expiry(before), _expiry(after)):
        return
    if before.get("enabled"):  # the attribute cannot be changed while expiry is on
        specification = {"Enabled": False, "AttributeName": before["attributeName"]}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    if after.get("enabled"):
        specification = {"Enabled": True, "AttributeName": after["attributeName"]}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)


def _expiry(given: Properties) -> str | None:
    return given.get("attributeName") if given.get("enabled") else None


def _seen_expiry(seen: dict[str, Any]) -> Properties:
    if seen.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        return {"enabled": False}
    return {"enabled": True, "attributeName": seen.get("AttributeName")}


def _set_recovery(dynamodb: Any, name: str, inputs: Properties) -> None:
    given = inputs.get("pointInTimeRecovery") or {}
    specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": bool(given.get("enabled"))}
    if given.get("enabled") and given.get("recoveryPeriodInDays"):
        specification["RecoveryPeriodInDays"] = given["recoveryPeriodInDays"]
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=specification
    )


def _seen_recovery(seen: dict[str, Any]) -> Properties:
    description = seen["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    found: Properties = {"enabled": description.get("PointInTimeRecoveryStatus") == "ENABLED"}
    return found
