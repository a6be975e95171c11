"""Serves Pulumi's ResourceMonitor and Engine protocols to one running program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    callback_pb2,
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from hearth_local.engine import wire
from hearth_local.engine.project import Project
from hearth_local.engine.registration import Deployment, Registered, ResourceFailed
from hearth_local.engine.requests import read_lookup, read_registration
from hearth_local.engine.transforms import Transforms

MESSAGE_OPTIONS = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
]
"""Pulumi's own limit for one message."""

_FEATURES = {
    "secrets": resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    "aliasSpecs": resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "deletedWith": resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    "replaceWith": resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    "transforms": resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
}
_WORKERS = 64
_GRACE_SECONDS = 60.0

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Message:
    """A line that the program logged."""

    severity: str
    """debug, info, warning or error."""
    text: str
    urn: str


class ResourceMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Hands what the program registers to a deployment."""

    def __init__(self, project: Project, deployment: Deployment, *, preview: bool) -> None:
        self._project = project
        self._deployment = deployment
        self._preview = preview
        self._transforms = Transforms()
        self._stopped = threading.Event()
        self.registered_something = False
        self.failures: list[ResourceFailed] = []
        """What could not be done, in the order in which it was refused."""

    def stop(self) -> None:
        """Let what is under way end, and begin nothing more."""
        self._stopped.set()

    def close(self) -> None:
        """Close the channels back to the program."""
        self._transforms.close()

    def GetDeploymentInfo(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(
            project=self._project.name,
            stack=self._project.stage,
            organization="organization",
            dryRun=self._preview,
            parallel=_WORKERS,
            supportedFeatures=_FEATURES.values(),
        )

    def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURES)

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        self.registered_something = True

        def register() -> Registered:
            self._transforms.apply(request)
            return self._deployment.register(read_registration(request))

        done = self._answer(context, register)
        return resource_pb2.RegisterResourceResponse(
            urn=done.urn, id=done.id, object=wire.to_struct(done.outputs)
        )

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        done = self._answer(context, lambda: self._deployment.register(read_lookup(request)))
        return resource_pb2.ReadResourceResponse(
            urn=done.urn, id=done.id, properties=wire.to_struct(done.outputs)
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        outputs = wire.from_struct(request.outputs)
        self._answer(context, lambda: self._deployment.register_outputs(request.urn, outputs))
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ResourceInvokeResponse:
        arguments = wire.from_struct(request.args)
        result = self._answer(
            context, lambda: self._deployment.invoke(request.tok, arguments, request.provider)
        )
        if result is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        # The field is called `return`, which Python cannot say by name.
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.to_struct(result)})  # type: ignore[arg-type]

    def Call(  # noqa: N802
        self, request: resource_pb2.ResourceCallRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CallResponse:
        _refuse(context, f"{request.tok}: methods of remote components do not run here")

    def RegisterStackTransform(  # noqa: N802
        self, request: callback_pb2.Callback, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self._transforms.register(request)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _answer(self, context: grpc.ServicerContext, action: Callable[[], _Answer]) -> _Answer:
        if self._stopped.is_set():
            _refuse(context, "the run was stopped")
        try:
            return action()
        except ResourceFailed as error:
            self.failures.append(error)
            _refuse(context, str(error))
        except grpc.RpcError as error:
            _refuse(context, _details(error))


class EngineLog(engine_pb2_grpc.EngineServicer):
    """Keeps the program's log lines and its root resource."""

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self._on_message = on_message
        self._root = ""

    def Log(  # noqa: N802
        self, request: engine_pb2.LogRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        self._on_message(Message(severity, request.message, request.urn))
        return empty_pb2.Empty()

    def GetRootResource(  # noqa: N802
        self, request: engine_pb2.GetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(  # noqa: N802
        self, request: engine_pb2.SetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(  # noqa: N802
        self, request: engine_pb2.RequirePulumiVersionRequest, context: grpc.ServicerContext
    ) -> engine_pb2.RequirePulumiVersionResponse:
        # A condition on the Pulumi CLI says nothing about this engine.
        return engine_pb2.RequirePulumiVersionResponse()


@contextmanager
def serving(monitor: ResourceMonitor, log: EngineLog) -> Iterator[str]:
    """Serve both on loopback, on a port that the kernel picks; yield the address."""
    server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=MESSAGE_OPTIONS)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        # Steps under way may end and be saved, also when the program is gone.
        server.stop(grace=_GRACE_SECONDS).wait()
        monitor.close()


def _details(error: grpc.RpcError) -> str:
    return error.details() or str(error) if isinstance(error, grpc.Call) else str(error)


def _refuse(context: grpc.ServicerContext, problem: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, problem)
    raise AssertionError("abort always raises")
