"""What calls AWS Lambda functions: aliases, permissions, event sources, asynchronous calls."""

from __future__ import annotations

import json

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.schema import resource_shape
from hearth_local.provider.services.lambda_functions import invoke_arn
from hearth_local.provider.shapes import chosen, from_aws, observed, to_aws
from hearth_local.provider.values import Properties


class Alias(ResourceType):
    """A name for a version of a function; its id is its ARN."""

    pulumi_type = "aws:lambda/alias:Alias"
    autoname = Autoname(longest=128)
    replace_on = frozenset({"name", "functionName"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        function, alias = id.rsplit("/", 1)
        arn = aws.arn("lambda", f"function:{function}:{alias}")
        return arn, {"functionName": function, "name": alias}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        # AWS takes a function's ARN for its name.
        function = str(inputs["functionName"]).rsplit(":", 1)[-1]
        return aws.arn("lambda", f"function:{function}:{inputs['name']}")

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.client("lambda").create_alias(
            FunctionName=inputs["functionName"],
            Name=inputs["name"],
            FunctionVersion=inputs["functionVersion"],
            Description=inputs.get("description", ""),
            **_routing(inputs),
        )
        return str(made["AliasArn"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        name = state["name"]
        found = aws.client("lambda").get_alias(FunctionName=state["functionName"], Name=name)
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
        return {
            "arn": found["AliasArn"],
            "invokeArn": invoke_arn(aws, found["AliasArn"]),
            "name": name,
            "functionName": state["functionName"],
            "functionVersion": found["FunctionVersion"],
            "description": found.get("Description", ""),
            "routingConfig": {"additionalVersionWeights": weights} if weights else None,
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        aws.client("lambda").update_alias(
            FunctionName=new["functionName"],
            Name=new["name"],
            FunctionVersion=new["functionVersion"],
            Description=new.get("description", ""),
            **(_routing(new) or {"RoutingConfig": {"AdditionalVersionWeights": {}}}),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("lambda").delete_alias(FunctionName=state["functionName"], Name=state["name"])


_PERMISSION = {
    "action": "Action",
    "eventSourceToken": "EventSourceToken",
    "functionUrlAuthType": "FunctionUrlAuthType",
    "principal": "Principal",
    "principalOrgId": "PrincipalOrgID",
    "qualifier": "Qualifier",
    "sourceAccount": "SourceAccount",
    "sourceArn": "SourceArn",
}


class Permission(ResourceType):
    """A statement of a function's policy: who may invoke it."""

    pulumi_type = "aws:lambda/permission:Permission"
    autoname = Autoname("statementId", prefix_property="statementIdPrefix", longest=100)
    replace_on = frozenset({"function", "statementId", "statementIdPrefix", *_PERMISSION})

    def create(self, aws: Aws, inputs: Properties) -> str:
        id = str(inputs["statementId"])
        aws.client("lambda").add_permission(
            FunctionName=inputs["function"], StatementId=id, **chosen(inputs, _PERMISSION)
        )
        return id

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        where = {"FunctionName": state["function"], **chosen(state, {"qualifier": "Qualifier"})}
        policy = json.loads(aws.client("lambda").get_policy(**where)["Policy"])
        if any(statement["Sid"] == id for statement in policy["Statement"]):
            return {"statementId": id}
        return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Nothing: every input forces a new statement."""

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        where = chosen(state, {"function": "FunctionName", "qualifier": "Qualifier"})
        aws.client("lambda").remove_permission(StatementId=id, **where)


_MAPPING = {
    "batchSize": "BatchSize",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "destinationConfig": "DestinationConfig",
    "enabled": "Enabled",
    "filterCriteria": "FilterCriteria",
    "functionName": "FunctionName",
    "functionResponseTypes": "FunctionResponseTypes",
    "kmsKeyArn": "KMSKeyArn",
    "maximumBatchingWindowInSeconds": "MaximumBatchingWindowInSeconds",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "metricsConfig": "MetricsConfig",
    "parallelizationFactor": "ParallelizationFactor",
    "scalingConfig": "ScalingConfig",
    "tumblingWindowInSeconds": "TumblingWindowInSeconds",
}
_MAPPING_FIXED = {
    "eventSourceArn": "EventSourceArn",
    "startingPosition": "StartingPosition",
    "startingPositionTimestamp": "StartingPositionTimestamp",
    "tags": "Tags",
}
_MAPPING_NAMES = {"destinationArn": "Destination"}


class EventSourceMapping(ResourceType):
    """A stream or queue that feeds a function; its id is its UUID."""

    pulumi_type = "aws:lambda/eventSourceMapping:EventSourceMapping"
    replace_on = frozenset({"eventSourceArn", "startingPosition", "startingPositionTimestamp"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"enabled": True}

    def create(self, aws: Aws, inputs: Properties) -> str:
        request = _in_aws_form(inputs, {**_MAPPING, **_MAPPING_FIXED})
        return str(aws.client("lambda").create_event_source_mapping(**request)["UUID"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        client = aws.client("lambda")
        found = client.get_event_source_mapping(UUID=id)
        if found.get("State") == "Deleting":
            return None
        arn = found.get("EventSourceMappingArn") or aws.arn("lambda", f"event-source-mapping:{id}")
        properties = resource_shape(self.pulumi_type).properties
        seen = {
            ours: from_aws(value, properties[ours], _MAPPING_NAMES)
            for ours, value in observed(found, {**_MAPPING, **_MAPPING_FIXED}).items()
            if value not in (None, "", {}, {"OnFailure": {}})
        }
        if found["FunctionArn"].endswith(str(state.get("functionName", " "))):
            seen["functionName"] = state["functionName"]
        else:
            seen["functionName"] = found["FunctionArn"]
        return {
            **seen,
            "arn": arn,
            "uuid": id,
            "enabled": found["State"] in ("Enabled", "Enabling", "Creating", "Updating"),
            "functionArn": found["FunctionArn"],
            "lastModified": str(found.get("LastModified", "")),
            "lastProcessingResult": found.get("LastProcessingResult", ""),
            "state": found["State"],
            "stateTransitionReason": found.get("StateTransitionReason", ""),
            **tags.both(client.list_tags(Resource=arn).get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        client = aws.client("lambda")
        given: Properties = {
            "functionResponseTypes": [],
            "destinationConfig": {},
            "filterCriteria": {},
        }
        reset = {name: none for name, none in given.items() if old.get(name)}
        client.update_event_source_mapping(UUID=id, **_in_aws_form({**reset, **new}, _MAPPING))
        tags.update(
            old,
            new,
            tag=lambda changed: client.tag_resource(Resource=old["arn"], Tags=changed),
            untag=lambda keys: client.untag_resource(Resource=old["arn"], TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("lambda").delete_event_source_mapping(UUID=id)


class FunctionEventInvokeConfig(ResourceType):
    """What becomes of asynchronous calls that fail."""

    pulumi_type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    replace_on = frozenset({"functionName", "qualifier"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        function, _, qualifier = id.partition(":")
        return id, {"functionName": function, **({"qualifier": qualifier} if qualifier else {})}

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, "", {}, inputs)
        qualifier = f":{inputs['qualifier']}" if inputs.get("qualifier") else ""
        return f"{inputs['functionName']}{qualifier}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = aws.client("lambda").get_function_event_invoke_config(**_called(state))
        spec = resource_shape(self.pulumi_type).properties["destinationConfig"]
        return {
            "functionName": state["functionName"],
            "destinationConfig": from_aws(found.get("DestinationConfig"), spec),
            "maximumEventAgeInSeconds": found.get("MaximumEventAgeInSeconds"),
            "maximumRetryAttempts": found.get("MaximumRetryAttempts"),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        spec = resource_shape(self.pulumi_type).properties["destinationConfig"]
        request = chosen(
            new,
            {
                "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
                "maximumRetryAttempts": "MaximumRetryAttempts",
            },
        )
        if new.get("destinationConfig"):
            request["DestinationConfig"] = to_aws(new["destinationConfig"], spec)
        aws.client("lambda").put_function_event_invoke_config(**_called(new), **request)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("lambda").delete_function_event_invoke_config(**_called(state))


def _called(state: Properties) -> dict[str, str]:
    return chosen(state, {"functionName": "FunctionName", "qualifier": "Qualifier"})


def _routing(inputs: Properties) -> Properties:
    weights = (inputs.get("routingConfig") or {}).get("additionalVersionWeights")
    return {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}


def _in_aws_form(inputs: Properties, names: dict[str, str]) -> Properties:
    properties = resource_shape(EventSourceMapping.pulumi_type).properties
    shaped = {
        name: to_aws(inputs[name], properties[name], _MAPPING_NAMES)
        for name in names
        if name in inputs
    }
    return chosen(shaped, names)
