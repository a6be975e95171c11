"""A provider of `test:index:Thing`, whose cloud is a dictionary that the test looks into."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from hearth_local.engine import wire
from hearth_local.engine.wire import Properties
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

REPLACING = frozenset({"name", "fixed"})
"""Properties that cannot change in place."""


@dataclass
class Cloud:
    """What exists, what was called, and what is to go wrong."""

    things: dict[str, Properties] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Calls that change something, such as `create queue`, by the name in the program."""
    before_create: Callable[[str], None] = lambda _name: None
    after_create: Callable[[str], None] = lambda _name: None
    accept_secrets: bool = True
    delete_first: bool = False
    configurations: list[Properties] = field(default_factory=list)
    sent: list[Properties] = field(default_factory=list)
    """Properties of every create, as they came."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class ThingProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Things have a unique name, which is their id; `fail` and `half` make creation fail."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        moved = wire.from_struct(request.old_inputs).get("region") != wire.from_struct(
            request.news
        ).get("region")
        return provider_pb2.DiffResponse(replaces=["region"] if moved else [])

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        self._cloud.configurations.append(wire.from_struct(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=self._cloud.accept_secrets, supportsPreview=True
        )

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        arguments = wire.from_struct(request.args)
        answer: Any = {"return": wire.to_struct({"echo": arguments})}
        return provider_pb2.InvokeResponse(**answer)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        olds, news = wire.from_struct(request.olds), wire.from_struct(request.news)
        if "bad" in news:
            failure = provider_pb2.CheckFailure(property="bad", reason="is not allowed")
            return provider_pb2.CheckResponse(failures=[failure])
        # As Pulumi's AWS provider does: the name it chose once stays.
        if "name" not in news:
            news["name"] = olds.get("name") or f"{request.name}-{request.randomSeed.hex()[:7]}"
        return provider_pb2.CheckResponse(inputs=wire.to_struct(news))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        olds, news = wire.from_struct(request.old_inputs), wire.from_struct(request.news)
        changed = sorted(
            key for key in {*olds, *news} if wire.plain(olds.get(key)) != wire.plain(news.get(key))
        )
        answer = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(
            changes=answer.DIFF_SOME if changed else answer.DIFF_NONE,
            diffs=changed,
            replaces=[key for key in changed if key in REPLACING],
            deleteBeforeReplace=self._cloud.delete_first,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        inputs = wire.from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        plain = wire.plain_properties(inputs)
        id_ = str(plain["name"])
        self._cloud.before_create(request.name)
        if plain.get("fail"):
            context.abort(grpc.StatusCode.UNKNOWN, f"creating {request.name}: no\nsuch luck")
        with self._cloud.lock:
            if id_ in self._cloud.things:
                context.abort(grpc.StatusCode.UNKNOWN, f"{id_} exists already")
            self._cloud.sent.append(inputs)
            self._cloud.calls.append(f"create {request.name}")
            self._cloud.things[id_] = plain
        if plain.get("half"):
            _abort_half(context, id_, inputs)
        self._cloud.after_create(request.name)
        outputs: Properties = {**inputs, "computed": f"{id_}!"}
        return provider_pb2.CreateResponse(id=id_, properties=wire.to_struct(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        thing = self._cloud.things.get(request.id)
        if thing is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=wire.to_struct({**thing, "computed": f"{request.id}!"}),
            inputs=wire.to_struct(thing),
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        news = wire.from_struct(request.news)
        if not request.preview:
            with self._cloud.lock:
                self._cloud.calls.append(f"update {request.name}")
                self._cloud.things[request.id] = wire.plain_properties(news)
        outputs: Properties = {**news, "computed": f"{request.id}!"}
        return provider_pb2.UpdateResponse(properties=wire.to_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        with self._cloud.lock:
            self._cloud.calls.append(f"delete {request.name}")
            self._cloud.things.pop(request.id, None)
        return empty_pb2.Empty()


class FixedSource:
    """Always the same address: the fake needs no process of its own for each provider."""

    def __init__(self, address: str) -> None:
        self._address = address

    def take(self) -> str:
        """Return the address."""
        return self._address


@contextmanager
def serving(cloud: Cloud) -> Iterator[str]:
    """Serve the provider on loopback; yield its address."""
    server = grpc.server(ThreadPoolExecutor(max_workers=16))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ThingProvider(cloud), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None)


def _abort_half(context: grpc.ServicerContext, id_: str, inputs: Properties) -> None:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=id_, properties=wire.to_struct(inputs), inputs=wire.to_struct(inputs), reasons=["half"]
    )
    status = status_pb2.Status(code=2, message="half made")
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, "half made")
