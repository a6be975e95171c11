"""Pulumi's provider protocol over gRPC: messages in, calls to the lifecycle, messages out.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, NoReturn

import grpc
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, status_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from hearth_local.provider import checking, lifecycle
from hearth_local.provider.aws import Aws, Clients
from hearth_local.provider.changes import changes
from hearth_local.provider.configuration import Configuration, ConfigurationError, parse
from hearth_local.provider.functions import invoke
from hearth_local.provider.naming import Proposal
from hearth_local.provider.registry import UnknownTypeError, resource_type
from hearth_local.provider.resource import (
    AWS_ERRORS,
    PartlyCreatedError,
    ResourceType,
    error_code,
)
from hearth_local.provider.schema import CONFIGURATION, Failure, resource_shape
from hearth_local.provider.values import Properties, decode, encode

VERSION = "7.51.1"
"""The version of Pulumi's AWS provider whose types these are."""

_INTERNAL_CONFIGURATION = ("version", "pluginDownloadURL", "__internal")
_PROBLEMS = (
    *AWS_ERRORS,
    ConfigurationError,
    UnknownTypeError,
    lifecycle.GoneError,
    ValueError,
)
_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
}


class AwsProvider(ResourceProviderServicer):
    """The provider of `aws:*` for a local AWS; one connection for its whole life."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = None
        self._clients: Clients | None = None

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 gRPC's
        """Say what forms of values the provider takes."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True,
            accept_resources=True,
            accept_outputs=True,
            supports_autonaming_configuration=True,
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return the version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return the least schema that is one: programs bring `pulumi_aws` with them."""
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": "aws", "version": VERSION})
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Take note of an engine that attaches: nothing depends on which."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Do nothing: no call here takes longer than MiniStack's answer."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return the configuration's properties and which are unknown."""
        news = decode(request.news)
        shape = resource_shape(CONFIGURATION)
        failures = [
            Failure(name, f"the AWS provider has no configuration {name!r}")
            for name in news
            if name not in shape.properties and name not in _INTERNAL_CONFIGURATION
        ]
        return _checked(news, failures)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return what changed of the configuration; another region is another provider."""
        old, new = decode(request.old_inputs or request.olds), decode(request.news)
        return _differs(lifecycle.Diff(changes(old, new, {"region"}), delete_first=False))

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Take the region, endpoint, credentials and default tags."""
        given = decode(request.args) if request.args.fields else _variables(request.variables)
        try:
            self._configuration = parse(given)
        except ConfigurationError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        self._clients = Clients(self._configuration.connection)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=True,
            acceptOutputs=True,
            supports_autonaming_configuration=True,
        )

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return the inputs with defaults, and what is wrong with them."""
        kind = _kind(request.urn, context)
        goal = checking.Goal(
            urn=request.urn,
            name=request.name or request.urn.split("::")[-1],
            news=decode(request.news),
            olds=decode(request.olds),
            seed=bytes(request.randomSeed),
            proposal=_proposal(request),
        )
        tags = self._configuration.default_tags if self._configuration else {}
        return _checked(*checking.check(kind, goal, tags))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return what changed and whether that needs a new resource."""
        kind = _kind(request.urn, context)
        old = decode(request.old_inputs) or _inputs_of(kind, decode(request.olds))
        return _differs(
            lifecycle.diff(kind, old, decode(request.news), list(request.ignoreChanges))
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Make the resource, or say in a preview what would be."""
        kind = _kind(request.urn, context)
        inputs = decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(lifecycle.planned(kind, inputs)))
        try:
            id, outputs = lifecycle.create(kind, self._aws(request.urn), inputs)
        except PartlyCreatedError as error:
            _abort_partly(context, error, _doing("creating", request.urn, error.cause), inputs)
        except _PROBLEMS as error:
            context.abort(grpc.StatusCode.UNKNOWN, _doing("creating", request.urn, error))
        return provider_pb2.CreateResponse(id=id, properties=encode(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return the resource as AWS has it; an empty id if it is gone."""
        kind = _kind(request.urn, context)
        state, inputs = decode(request.properties), decode(request.inputs)
        try:
            found = lifecycle.read(kind, self._aws(request.urn), request.id, state, inputs)
        except _PROBLEMS as error:
            context.abort(grpc.StatusCode.UNKNOWN, _doing("reading", request.urn, error))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id, properties=encode(found.outputs), inputs=encode(found.inputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Change the resource, or say in a preview what would be."""
        kind = _kind(request.urn, context)
        old, new = {**decode(request.olds), **decode(request.old_inputs)}, decode(request.news)
        if request.preview:
            planned = lifecycle.planned_update(kind, old, new)
            return provider_pb2.UpdateResponse(properties=encode(planned))
        try:
            outputs = lifecycle.update(kind, self._aws(request.urn), request.id, old, new)
        except _PROBLEMS as error:
            context.abort(grpc.StatusCode.UNKNOWN, _doing("updating", request.urn, error))
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Delete the resource; one that is gone already is fine."""
        kind = _kind(request.urn, context)
        state = {**decode(request.properties), **decode(request.old_inputs)}
        try:
            lifecycle.delete(kind, self._aws(request.urn), request.id, state)
        except _PROBLEMS as error:
            context.abort(grpc.StatusCode.UNKNOWN, _doing("deleting", request.urn, error))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Call a function such as `aws:index/getRegion:getRegion`."""
        try:
            result = invoke(request.tok, self._aws(), decode(request.args))
        except UnknownTypeError as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        except _PROBLEMS as error:
            context.abort(grpc.StatusCode.UNKNOWN, _doing("calling", request.tok, error))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))  # a keyword of Python's
        return response

    def _aws(self, urn: str = "") -> Aws:
        if self._configuration is None or self._clients is None:
            raise ConfigurationError("the provider was not configured before its first use")
        connection = self._configuration.connection
        return Aws(self._clients, connection.region, connection.endpoint, urn)


def _kind(urn: str, context: grpc.ServicerContext) -> ResourceType:
    token = urn.split("::")[2].split("$")[-1]
    try:
        return resource_type(token)
    except UnknownTypeError as error:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        raise  # abort raises by itself; this tells the type checker


def _inputs_of(kind: ResourceType, state: Properties) -> Properties:
    """Return the inputs among the outputs, for an engine that sends no old inputs."""
    return {name: value for name, value in state.items() if name in kind.shape.properties}


def _variables(variables: Any) -> Properties:
    return {name.split(":")[-1]: value for name, value in variables.items()}


def _proposal(request: Any) -> Proposal | None:
    if not request.HasField("autonaming"):
        return None
    options = provider_pb2.CheckRequest.AutonamingOptions
    modes: dict[int, Literal["propose", "enforce", "disable"]] = {
        options.PROPOSE: "propose",
        options.ENFORCE: "enforce",
        options.DISABLE: "disable",
    }
    return Proposal(request.autonaming.proposed_name, modes[request.autonaming.mode])


def _checked(inputs: Properties, failures: Iterable[Failure]) -> Any:
    return provider_pb2.CheckResponse(
        inputs=encode(inputs),
        failures=[
            provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
            for failure in failures
        ],
    )


def _differs(diff: lifecycle.Diff) -> Any:
    changed = provider_pb2.DiffResponse
    return provider_pb2.DiffResponse(
        changes=changed.DIFF_SOME if diff.changes else changed.DIFF_NONE,
        diffs=sorted({change.name for change in diff.changes}),
        replaces=diff.replaces,
        deleteBeforeReplace=bool(diff.replaces) and diff.delete_first,
        hasDetailedDiff=True,
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(
                kind=_KINDS[change.kind, change.replaces], inputDiff=True
            )
            for change in diff.changes
        },
    )


def _doing(verb: str, what: str, error: Exception) -> str:
    """Return one line that says what failed, in AWS's own words."""
    name = what.split("::")[-1]
    token = what.split("::")[2].split("$")[-1] if "::" in what else ""
    said = (
        f"{error_code(error)}: {error.response['Error']['Message']}"
        if isinstance(error, ClientError)
        else error
    )
    return " ".join(f"{verb} {token} {name}: {said}".split())


def _abort_partly(
    context: grpc.ServicerContext, error: PartlyCreatedError, message: str, inputs: Properties
) -> NoReturn:
    """Tell the engine that the resource exists, so that it keeps the id, and what went wrong."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id, properties=encode(inputs), inputs=encode(inputs), reasons=[message]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort raises")
