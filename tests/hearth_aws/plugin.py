"""The components as another language reaches them: a running plugin, over Pulumi's protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.hearth_aws.graph import ROOT


@contextmanager
def running(engine: str = "127.0.0.1:1") -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """Start the plugin as `pulumi package add` would; `engine` is whom it logs to."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "components" / "__main__.py"), engine],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        process.terminate()
        process.communicate()


@cache
def schema() -> Any:
    """Return the schema that the plugin tells, which needs no engine; asked once per test run."""
    with running() as plugin:
        return json.loads(plugin.GetSchema(provider_pb2.GetSchemaRequest(version=0)).schema)
