"""Calls one configured resource provider.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from hearth_local.engine import urns, wire
from hearth_local.engine.monitor import MESSAGE_OPTIONS
from hearth_local.engine.wire import Properties

_ROOMY = [*MESSAGE_OPTIONS, ("grpc.enable_http_proxy", 0)]


class ProviderError(Exception):
    """A provider refused; the message is its own, in one line."""

    def __init__(self, message: str, made: Found | None = None, *, answered: bool = True) -> None:
        self.made = made
        """What a create or update left behind, though it did not end well."""
        self.answered = answered
        """Whether the provider said so; else nobody knows whether the call took effect."""
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Found:
    """A resource as its provider has it; an empty id means that it is gone."""

    id: str
    outputs: Properties
    inputs: Properties


@dataclass(frozen=True, slots=True)
class Difference:
    """What separates a resource from what the program wants."""

    changed: bool
    properties: tuple[str, ...] = ()
    """Paths of the properties that differ."""
    replaces: tuple[str, ...] = ()
    """Paths that cannot change without a new resource."""
    delete_before_replace: bool = False


class Provider:
    """A provider process under one configuration. Safe to use from many threads."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=_ROOMY)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._accepts_secrets = False
        self._supports_preview = False

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def check_config(self, urn: str, olds: Properties, news: Properties) -> Properties:
        """Return the configuration with defaults filled in. Raises ProviderError."""
        request = self._check_request(urn, olds, news, b"")
        try:
            return _checked(self._stub.CheckConfig(request))
        except grpc.RpcError as error:
            if _code(error) == grpc.StatusCode.UNIMPLEMENTED:
                return news
            raise _provider_error(error) from None

    def config_replaces(self, urn: str, id_: str, olds: Properties, news: Properties) -> bool:
        """Say whether another configuration makes it another provider. Raises ProviderError."""
        request = self._diff_request(urn, id_, olds, olds, news)
        try:
            return bool(_difference(self._stub.DiffConfig(request)).replaces)
        except grpc.RpcError as error:
            if _code(error) == grpc.StatusCode.UNIMPLEMENTED:
                return False
            raise _provider_error(error) from None

    def configure(self, urn: str, id_: str, inputs: Properties) -> None:
        """Give the provider its configuration. Raises ProviderError."""
        package = urns.package_of(urns.type_of(urn))
        response = self._call(
            self._stub.Configure,
            provider_pb2.ConfigureRequest(
                args=wire.to_struct(inputs),
                variables={
                    f"{package}:config:{key}": str(wire.plain(value))
                    for key, value in inputs.items()
                },
                acceptSecrets=True,
                acceptResources=False,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
                id=id_,
                urn=urn,
                name=urns.name_of(urn),
                type=urns.type_of(urn),
            ),
        )
        self._accepts_secrets = response.acceptSecrets
        self._supports_preview = response.supportsPreview

    def check(self, urn: str, olds: Properties, news: Properties, seed: bytes) -> Properties:
        """Return the inputs with defaults and names filled in. Raises ProviderError."""
        inputs = _checked(self._call(self._stub.Check, self._check_request(urn, olds, news, seed)))
        return inputs if self._accepts_secrets else _marked_like(inputs, news)

    def diff(
        self, urn: str, old: Found, news: Properties, ignored: tuple[str, ...] = ()
    ) -> Difference:
        """Return what separates the old resource from `news`. Raises ProviderError."""
        request = self._diff_request(urn, old.id, old.outputs, old.inputs, news)
        request.ignoreChanges.extend(ignored)
        response = self._call(self._stub.Diff, request)
        if response.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN:
            return Difference(changed=old.inputs != news)
        return _difference(response)

    def create(self, urn: str, inputs: Properties, *, preview: bool) -> Found:
        """Make the resource. Raises ProviderError."""
        if preview and not self._supports_preview:
            return Found("", inputs, inputs)
        response = self._call(
            self._stub.Create,
            provider_pb2.CreateRequest(
                urn=urn,
                properties=self._send(inputs),
                preview=preview,
                name=urns.name_of(urn),
                type=urns.type_of(urn),
            ),
        )
        return Found(response.id, self._receive(response.properties, inputs), inputs)

    def read(self, urn: str, known: Found) -> Found:
        """Return the resource as it is now. Raises ProviderError."""
        response = self._call(
            self._stub.Read,
            provider_pb2.ReadRequest(
                id=known.id,
                urn=urn,
                properties=self._send(known.outputs),
                inputs=self._send(known.inputs),
                name=urns.name_of(urn),
                type=urns.type_of(urn),
            ),
        )
        return Found(
            response.id,
            self._receive(response.properties, known.outputs),
            self._receive(response.inputs, known.inputs) if response.HasField("inputs") else {},
        )

    def update(
        self,
        urn: str,
        old: Found,
        news: Properties,
        *,
        ignored: tuple[str, ...] = (),
        preview: bool,
    ) -> Properties:
        """Change the resource; return its outputs. Raises ProviderError."""
        if preview and not self._supports_preview:
            return news
        response = self._call(
            self._stub.Update,
            provider_pb2.UpdateRequest(
                id=old.id,
                urn=urn,
                olds=self._send(old.outputs),
                news=self._send(news),
                old_inputs=self._send(old.inputs),
                ignoreChanges=ignored,
                preview=preview,
                name=urns.name_of(urn),
                type=urns.type_of(urn),
            ),
        )
        return self._receive(response.properties, news)

    def delete(self, urn: str, old: Found) -> None:
        """Delete the resource. Raises ProviderError."""
        self._call(
            self._stub.Delete,
            provider_pb2.DeleteRequest(
                id=old.id,
                urn=urn,
                properties=self._send(old.outputs),
                old_inputs=self._send(old.inputs),
                name=urns.name_of(urn),
                type=urns.type_of(urn),
            ),
        )

    def invoke(self, token: str, arguments: Properties, *, preview: bool) -> Properties:
        """Return the answer of a function. Raises ProviderError."""
        response = self._call(
            self._stub.Invoke,
            provider_pb2.InvokeRequest(tok=token, args=self._send(arguments), preview=preview),
        )
        _refuse_failures(response.failures)
        return wire.from_struct(getattr(response, "return"))

    def _check_request(
        self, urn: str, olds: Properties, news: Properties, seed: bytes
    ) -> provider_pb2.CheckRequest:
        return provider_pb2.CheckRequest(
            urn=urn,
            olds=self._send(olds),
            news=self._send(news),
            randomSeed=seed,
            name=urns.name_of(urn),
            type=urns.type_of(urn),
        )

    def _diff_request(
        self, urn: str, id_: str, olds: Properties, old_inputs: Properties, news: Properties
    ) -> provider_pb2.DiffRequest:
        return provider_pb2.DiffRequest(
            id=id_,
            urn=urn,
            olds=self._send(olds),
            old_inputs=self._send(old_inputs),
            news=self._send(news),
            name=urns.name_of(urn),
            type=urns.type_of(urn),
        )

    def _send(self, properties: Properties) -> Any:
        if not self._accepts_secrets:
            properties = wire.plain_properties(properties)
        return wire.to_struct(properties)

    def _receive(self, struct: Any, sent: Properties) -> Properties:
        received = wire.from_struct(struct)
        return received if self._accepts_secrets else _marked_like(received, sent)

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request)
        except grpc.RpcError as error:
            raise _provider_error(error) from None


def _checked(response: Any) -> Properties:
    _refuse_failures(response.failures)
    return wire.from_struct(response.inputs)


def _refuse_failures(failures: Any) -> None:
    if failures:
        reasons = (
            f"{each.property}: {each.reason}" if each.property else each.reason for each in failures
        )
        raise ProviderError("; ".join(reasons))


def _difference(response: Any) -> Difference:
    kinds = provider_pb2.PropertyDiff
    replacing = (kinds.ADD_REPLACE, kinds.DELETE_REPLACE, kinds.UPDATE_REPLACE)
    detailed = response.detailedDiff
    replaces = set(response.replaces) | {
        path for path, each in detailed.items() if each.kind in replacing
    }
    return Difference(
        changed=response.changes == provider_pb2.DiffResponse.DIFF_SOME or bool(replaces),
        properties=tuple(sorted(set(detailed) or set(response.diffs) or replaces)),
        replaces=tuple(sorted(replaces)),
        delete_before_replace=response.deleteBeforeReplace,
    )


def _marked_like(received: Properties, sent: Properties) -> Properties:
    # A provider that knows no secrets gives back in the clear what it was given.
    return {
        key: wire.secret(value) if wire.contains_secret(sent.get(key)) else value
        for key, value in received.items()
    }


def _code(error: grpc.RpcError) -> grpc.StatusCode | None:
    return error.code() if isinstance(error, grpc.Call) else None


def _provider_error(error: grpc.RpcError) -> ProviderError:
    if not isinstance(error, grpc.Call):
        return ProviderError(str(error))
    message = " ".join((error.details() or str(error.code())).split())
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return ProviderError(message, _left_behind(value))
    lost = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    return ProviderError(message, answered=error.code() not in lost)


def _left_behind(encoded: str | bytes) -> Found | None:
    status = status_pb2.Status.FromString(encoded if isinstance(encoded, bytes) else b"")
    for detail in status.details:
        failed = provider_pb2.ErrorResourceInitFailed()
        if detail.Unpack(failed):
            return Found(
                failed.id, wire.from_struct(failed.properties), wire.from_struct(failed.inputs)
            )
    return None
