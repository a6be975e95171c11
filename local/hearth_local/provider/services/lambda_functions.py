"""AWS Lambda functions: https://docs.aws.amazon.com/lambda/latest/api/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.archives import zip_bytes
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.schema import Failure, resource_shape
from hearth_local.provider.shapes import chosen, from_aws, observed, to_aws
from hearth_local.provider.values import Properties

_PLAIN = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
    "kmsKeyArn": "KMSKeyArn",
}
# Objects with what AWS takes to mean "none": leaving one out of an update would keep it.
_OBJECTS: dict[str, dict[str, Any]] = {
    "deadLetterConfig": {},
    "environment": {"Variables": {}},
    "ephemeralStorage": {"Size": 512},
    "imageConfig": {},
    "loggingConfig": {"LogFormat": "Text"},
    "snapStart": {"ApplyOn": "None"},
    "tracingConfig": {"Mode": "PassThrough"},
    "vpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
_CODE = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
_OBJECT_NAMES = {"commands": "Command", "entryPoints": "EntryPoint"}


class Function(ResourceType):
    """A function. Its code is zipped the same way each time, so equal code is no change."""

    pulumi_type = "aws:lambda/function:Function"
    autoname = Autoname(longest=64)
    replace_on = frozenset({"name", "packageType", "tenancyConfig", "durableConfig"})

    def defaults(self, inputs: Properties) -> Properties:
        return {
            "memorySize": 128,
            "packageType": "Zip",
            "publish": False,
            "reservedConcurrentExecutions": -1,
            "skipDestroy": False,
            "timeout": 3,
        }

    def verify(self, inputs: Properties) -> list[Failure]:
        if not any(name in inputs for name in ("code", "s3Bucket", "imageUri")):
            return [Failure("code", "one of code, s3Bucket and imageUri is needed")]
        if inputs["packageType"] == "Zip":
            missing = [name for name in ("handler", "runtime") if not inputs.get(name)]
            return [Failure(name, f"a function of a zip file needs {name!r}") for name in missing]
        return [Failure("packageType", "the local stage runs no container images")]

    def volatile(self, old: Properties, new: Properties) -> frozenset[str]:
        always = frozenset({"lastModified", "sourceCodeSize"})
        if not new.get("publish"):
            return always
        return always | {"version", "qualifiedArn", "qualifiedInvokeArn"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        client = aws.client("lambda")
        name = str(inputs["name"])
        request = {
            **chosen(inputs, _PLAIN),
            **chosen(inputs, {"architectures": "Architectures", "layers": "Layers"}),
            **chosen(inputs, {"packageType": "PackageType", "publish": "Publish"}),
            **_objects(inputs, only_given=True),
        }
        client.create_function(
            FunctionName=name, Code=_code(inputs), Tags=inputs.get("tags") or {}, **request
        )
        with created(name):
            _wait(client, name)
            _set_concurrency(client, name, inputs)
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        client = aws.client("lambda")
        function = client.get_function(FunctionName=id)
        seen = function["Configuration"]
        arn = seen["FunctionArn"]
        version = _latest_version(client, id) if state.get("publish") else "$LATEST"
        return {
            "arn": arn,
            "invokeArn": invoke_arn(aws, arn),
            "responseStreamingInvokeArn": _streaming_arn(aws, arn),
            "qualifiedArn": f"{arn}:{version}",
            "qualifiedInvokeArn": invoke_arn(aws, f"{arn}:{version}"),
            "version": version,
            "lastModified": seen["LastModified"],
            "sourceCodeSize": seen["CodeSize"],
            "codeSha256": seen["CodeSha256"],
            "signingJobArn": seen.get("SigningJobArn", ""),
            "signingProfileVersionArn": seen.get("SigningProfileVersionArn", ""),
            "name": seen["FunctionName"],
            "architectures": seen.get("Architectures") or ["x86_64"],
            "layers": [layer["Arn"] for layer in seen.get("Layers") or []],
            "packageType": seen.get("PackageType", "Zip"),
            "reservedConcurrentExecutions": _concurrency(function),
            **observed(seen, _PLAIN),
            **_seen_objects(seen),
            **tags.both(function.get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        client = aws.client("lambda")
        changed = _update_configuration(client, id, old, new)
        changed = _update_code(client, id, old, new) or changed
        if new.get("publish") and (changed or not old.get("publish")):
            client.publish_version(FunctionName=id)
        if not same(
            old.get("reservedConcurrentExecutions"), new.get("reservedConcurrentExecutions")
        ):
            _set_concurrency(client, id, new)
        arn = old["arn"]
        tags.update(
            old,
            new,
            tag=lambda given: client.tag_resource(Resource=arn, Tags=given),
            untag=lambda keys: client.untag_resource(Resource=arn, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.client("lambda").delete_function(FunctionName=id)


def invoke_arn(aws: Aws, function_arn: str) -> str:
    """Return the URI by which API Gateway invokes a function, version or alias."""
    path = f"path/2015-03-31/functions/{function_arn}/invocations"
    return f"arn:{aws.partition}:apigateway:{aws.region}:lambda:{path}"


def _streaming_arn(aws: Aws, function_arn: str) -> str:
    path = f"path/2021-11-15/functions/{function_arn}/response-streaming-invocations"
    return f"arn:{aws.partition}:apigateway:{aws.region}:lambda:{path}"


def _code(inputs: Properties) -> dict[str, Any]:
    if "code" in inputs:
        return {"ZipFile": zip_bytes(inputs["code"])}
    return chosen(inputs, _CODE)


def _objects(inputs: Properties, *, only_given: bool) -> dict[str, Any]:
    shape = resource_shape(Function.pulumi_type)
    found: dict[str, Any] = {}
    for name, none in _OBJECTS.items():
        if inputs.get(name):
            given = to_aws(inputs[name], shape.properties[name], _OBJECT_NAMES)
            given.pop("VpcId", None)
            given.pop("OptimizationStatus", None)
            found[name[0].upper() + name[1:]] = given
        elif not only_given:
            found[name[0].upper() + name[1:]] = none
    return found


def _seen_objects(seen: dict[str, Any]) -> Properties:
    shape = resource_shape(Function.pulumi_type)
    found: Properties = {}
    for name, none in _OBJECTS.items():
        value = seen.get(name[0].upper() + name[1:])
        if value:
            found[name] = from_aws(value, shape.properties[name], _OBJECT_NAMES)
        elif none == {} or name in ("environment", "vpcConfig"):
            found[name] = None
    return found


def _update_configuration(client: Any, name: str, old: Properties, new: Properties) -> bool:
    members = (*_PLAIN, *_OBJECTS, "layers")
    if all(same(old.get(member), new.get(member)) for member in members):
        return False
    given = {member: new.get(member, "") for member in ("description", "kmsKeyArn")}
    client.update_function_configuration(
        FunctionName=name,
        Layers=new.get("layers") or [],
        **chosen({**new, **given}, _PLAIN),
        **{
            member: value
            for member, value in _objects(new, only_given=False).items()
            if value or old.get(member[0].lower() + member[1:])
        },
    )
    _wait(client, name)
    return True


def _update_code(client: Any, name: str, old: Properties, new: Properties) -> bool:
    members = ("code", "architectures", "sourceCodeHash", *_CODE)
    if all(same(old.get(member), new.get(member)) for member in members):
        return False
    architectures = chosen(new, {"architectures": "Architectures"})
    client.update_function_code(FunctionName=name, **_code(new), **architectures)
    _wait(client, name)
    return True


def _wait(client: Any, name: str) -> None:
    waiting = {"Delay": 1, "MaxAttempts": 60}
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=waiting)
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=waiting)


def _set_concurrency(client: Any, name: str, inputs: Properties) -> None:
    reserved = inputs.get("reservedConcurrentExecutions", -1)
    if reserved >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    else:
        client.delete_function_concurrency(FunctionName=name)


def _concurrency(function: dict[str, Any]) -> int:
    reserved = (function.get("Concurrency") or {}).get("ReservedConcurrentExecutions")
    return -1 if reserved is None else int(reserved)


def _latest_version(client: Any, name: str) -> str:
    latest = 0
    for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=name):
        numbers = [int(v["Version"]) for v in page["Versions"] if v["Version"].isdigit()]
        latest = max([latest, *numbers])
    return str(latest) if latest else "$LATEST"
