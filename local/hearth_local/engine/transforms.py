"""Runs the program's transforms, which change registrations before the engine sees them.

https://www.pulumi.com/docs/iac/concepts/options/transforms/
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

_OPTIONS_ALIKE = {
    # name in TransformResourceOptions: name in RegisterResourceRequest
    "depends_on": "dependencies",
    "protect": "protect",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "version": "version",
    "aliases": "aliases",
    "provider": "provider",
    "custom_timeouts": "customTimeouts",
    "plugin_download_url": "pluginDownloadURL",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "delete_before_replace": "deleteBeforeReplace",
    "additional_secret_outputs": "additionalSecretOutputs",
    "providers": "providers",
    "import": "importId",
    "replace_with": "replace_with",
}


class Transforms:
    """The stack's transforms, and the channels to the program that runs them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_stack: list[callback_pb2.Callback] = []
        self._channels: dict[str, grpc.Channel] = {}

    def register(self, callback: callback_pb2.Callback) -> None:
        """Run this transform on every resource from now on."""
        with self._lock:
            self._of_stack.append(callback)

    def apply(self, request: resource_pb2.RegisterResourceRequest) -> None:
        """Change the request as its own transforms, then the stack's, want it.

        Raises grpc.RpcError when a transform fails; its details say why.
        """
        with self._lock:
            of_stack = list(self._of_stack)
        self._run([*request.transforms, *of_stack], request)

    def close(self) -> None:
        """Close the channels."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()

    def _run(
        self,
        callbacks: Iterable[callback_pb2.Callback],
        request: resource_pb2.RegisterResourceRequest,
    ) -> None:
        for callback in callbacks:
            question = resource_pb2.TransformRequest(
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                properties=request.object,
                options=_options_of(request),
            )
            answer = self._stub(callback.target).Invoke(
                callback_pb2.CallbackInvokeRequest(
                    token=callback.token, request=question.SerializeToString()
                )
            )
            response = resource_pb2.TransformResponse.FromString(answer.response)
            request.object.CopyFrom(response.properties)
            if response.HasField("options"):
                _put_options(request, response.options)

    def _stub(self, target: str) -> callback_pb2_grpc.CallbacksStub:
        with self._lock:
            if target not in self._channels:
                self._channels[target] = grpc.insecure_channel(target)
            return callback_pb2_grpc.CallbacksStub(self._channels[target])


def _options_of(
    request: resource_pb2.RegisterResourceRequest,
) -> resource_pb2.TransformResourceOptions:
    options = resource_pb2.TransformResourceOptions()
    for theirs, ours in _OPTIONS_ALIKE.items():
        if theirs == "delete_before_replace" and not request.deleteBeforeReplaceDefined:
            continue
        _copy_field(request, ours, options, theirs)
    return options


def _put_options(
    request: resource_pb2.RegisterResourceRequest,
    options: resource_pb2.TransformResourceOptions,
) -> None:
    for theirs, ours in _OPTIONS_ALIKE.items():
        request.ClearField(ours)  # type: ignore[arg-type]  # the names of the table above
        _copy_field(options, theirs, request, ours)
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")


def _copy_field(
    source: resource_pb2.RegisterResourceRequest | resource_pb2.TransformResourceOptions,
    source_name: str,
    target: resource_pb2.RegisterResourceRequest | resource_pb2.TransformResourceOptions,
    target_name: str,
) -> None:
    for field, value in source.ListFields():
        if field.name != source_name:
            continue
        if field.label == field.LABEL_REPEATED:
            getattr(target, target_name).MergeFrom(value)
        elif field.message_type is not None:
            getattr(target, target_name).CopyFrom(value)
        else:
            setattr(target, target_name, value)
