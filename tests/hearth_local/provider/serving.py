"""The provider as an engine meets it: a process of its own, spoken to over gRPC."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from hearth_local.provider.values import Properties, decode, encode
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

REGION = "eu-central-1"


class RefusedError(Exception):
    """The inputs failed the check: each failure as `property: reason`."""


@dataclass(frozen=True)
class Kept:
    """What an engine keeps of a resource in its state."""

    urn: str
    id: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True)
class Served:
    """A configured provider."""

    stub: Any
    token: str = field(default_factory=lambda: secrets.token_hex(4))

    def urn(self, type: str, name: str) -> str:
        """Return the URN of a resource."""
        return f"urn:pulumi:local::hearth::{type}::{name}"

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Properties:
        """Return the checked inputs; raises RefusedError."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn,
                olds=encode(olds or {}),
                news=encode(news),
                randomSeed=f"{self.token}{urn}".encode(),
            )
        )
        if answer.failures:
            raise RefusedError("; ".join(f"{f.property}: {f.reason}" for f in answer.failures))
        return decode(answer.inputs)

    def create(self, type: str, name: str, news: Properties) -> Kept:
        """Check and create."""
        urn = self.urn(type, name)
        inputs = self.check(urn, news)
        request = provider_pb2.CreateRequest(urn=urn, properties=encode(inputs))
        answer = self.stub.Create(request)
        return Kept(urn, answer.id, inputs, decode(answer.properties))

    def planned(self, type: str, name: str, news: Properties) -> Properties:
        """Return the outputs of a previewed create."""
        urn = self.urn(type, name)
        inputs = encode(self.check(urn, news))
        request = provider_pb2.CreateRequest(urn=urn, properties=inputs, preview=True)
        answer = self.stub.Create(request)
        assert answer.id == ""
        return decode(answer.properties)

    def diff(self, kept: Kept, news: Properties, ignore: tuple[str, ...] = ()) -> Any:
        """Check against what is kept; return the response of Diff."""
        inputs = self.check(kept.urn, news, kept.inputs)
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=kept.id,
                urn=kept.urn,
                olds=encode(kept.outputs),
                old_inputs=encode(kept.inputs),
                news=encode(inputs),
                ignoreChanges=ignore,
            )
        )

    def update(self, kept: Kept, news: Properties, *, preview: bool = False) -> Kept:
        """Check and update."""
        inputs = self.check(kept.urn, news, kept.inputs)
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=kept.id,
                urn=kept.urn,
                olds=encode(kept.outputs),
                old_inputs=encode(kept.inputs),
                news=encode(inputs),
                preview=preview,
            )
        )
        return Kept(kept.urn, kept.id, inputs, decode(answer.properties))

    def read(self, kept: Kept) -> Kept | None:
        """Return the resource as AWS has it; None if it is gone."""
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                id=kept.id,
                urn=kept.urn,
                properties=encode(kept.outputs),
                inputs=encode(kept.inputs),
            )
        )
        if not answer.id:
            return None
        return Kept(kept.urn, answer.id, decode(answer.inputs), decode(answer.properties))

    def delete(self, kept: Kept) -> None:
        """Delete."""
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=kept.id,
                urn=kept.urn,
                properties=encode(kept.outputs),
                old_inputs=encode(kept.inputs),
            )
        )

    def invoke(self, token: str, arguments: Properties | None = None) -> Properties:
        """Call a function."""
        request = provider_pb2.InvokeRequest(tok=token, args=encode(arguments or {}))
        answer = self.stub.Invoke(request)
        return decode(getattr(answer, "return"))


@contextmanager
def serving(endpoint: str, configuration: Mapping[str, Any] | None = None) -> Iterator[Served]:
    """Run the provider against an endpoint, configured; end it by closing its standard input."""
    with process(endpoint) as (_, stub):
        stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        stub.GetPluginInfo(empty_pb2.Empty())
        tags = json.dumps({"tags": {"stage": "local"}})
        given = {"region": REGION, "defaultTags": tags, **(configuration or {})}
        request = provider_pb2.ConfigureRequest(args=encode(given), acceptSecrets=True)
        stub.Configure(request)
        yield Served(stub)


@contextmanager
def process(endpoint: str) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """Run the provider, not configured yet."""
    with listening(endpoint) as (running, port), grpc.insecure_channel(_at(port)) as channel:
        yield running, provider_pb2_grpc.ResourceProviderStub(channel)


@contextmanager
def listening(endpoint: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the provider and give its port."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    running = subprocess.Popen(
        [sys.executable, "-m", "hearth_local.provider"],
        env={**environment, "AWS_ENDPOINT_URL": endpoint},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        yield running, int(running.stdout.readline())
    finally:
        running.stdin.close()
        running.wait(20)
        running.stdout.close()


def _at(port: int) -> str:
    return f"127.0.0.1:{port}"
