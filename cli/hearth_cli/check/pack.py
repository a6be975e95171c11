"""The policy pack as a running process, asked over Pulumi's own analyzer protocol.

It is asked just as the engine asks it in `pulumi preview --policy-pack`, so what it answers here
is what it answers there.
https://github.com/pulumi/pulumi/blob/master/proto/pulumi/analyzer.proto
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
from google.protobuf import empty_pb2
from hearth_local.engine.recording import RegisteredResource
from hearth_local.engine.wire import to_struct
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi.runtime.proto.analyzer_pb2 import AnalyzerProviderResource, AnalyzerResourceOptions

from hearth_cli.errors import CommandError

_UNDECIDED = "can't run policy"
"""How the SDK begins to say that a value is not known yet."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule had to say of a resource; of a resource that it passes it says nothing."""

    rule: str
    urn: str
    text: str
    undecided: bool
    """Whether it depends on a value that only the deployment knows."""


class PolicyPackProcess:
    """A running policy pack. Use it in a `with` statement."""

    def __init__(self, program: Path, config: Mapping[str, Mapping[str, Any]]) -> None:
        """Name the pack's entry point and the settings of each rule that takes any."""
        self._program = program
        self._config = config

    def __enter__(self) -> PolicyPackProcess:
        """Start the pack and configure it. Raises CommandError."""
        self._process = subprocess.Popen(
            # The SDK does not flush the line with its port, so -u. The address is that of an engine
            # that is not there: rules here never call one.
            [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(self._program)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port.isdigit():
            _, said = self._process.communicate()
            raise CommandError(f"the policy pack does not start: {said.strip()[-500:] or port}")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        self._configure()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop the pack."""
        self._channel.close()
        self._process.terminate()
        self._process.communicate()

    def findings(self, resources: Sequence[RegisteredResource]) -> list[Finding]:
        """Return what the rules say of these resources, each alone and all together."""
        by_urn = {each.urn: each for each in resources}
        found: list[Finding] = []
        for each in resources:
            if not each.custom:
                continue
            request = analyzer_pb2.AnalyzeRequest(
                type=each.type,
                properties=to_struct(each.inputs),
                urn=each.urn,
                name=each.name,
                options=AnalyzerResourceOptions(protect=each.options.protect, parent=each.parent),
                provider=_provider(by_urn.get(each.provider)),
            )
            found += _read(self._stub.Analyze(request).diagnostics, each.urn)
        request_all = analyzer_pb2.AnalyzeStackRequest(
            resources=[_stack_resource(each, by_urn) for each in resources]
        )
        return found + _read(self._stub.AnalyzeStack(request_all).diagnostics, "")

    def _configure(self) -> None:
        info = self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        config = {
            policy.name: analyzer_pb2.PolicyConfig(
                enforcementLevel=policy.enforcementLevel,
                properties=to_struct(self._config.get(policy.name, {})),
            )
            for policy in info.policies
        }
        self._stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config))


def _provider(provider: RegisteredResource | None) -> AnalyzerProviderResource | None:
    if provider is None:
        return None
    return AnalyzerProviderResource(
        type=provider.type,
        properties=to_struct(provider.inputs),
        urn=provider.urn,
        name=provider.name,
    )


def _stack_resource(
    resource: RegisteredResource, by_urn: Mapping[str, RegisteredResource]
) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        type=resource.type,
        # A stack is judged by what is known of its resources: inputs, and outputs over them.
        properties=to_struct({**resource.inputs, **resource.outputs}),
        urn=resource.urn,
        name=resource.name,
        options=AnalyzerResourceOptions(protect=resource.options.protect),
        provider=_provider(by_urn.get(resource.provider)),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={
            name: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for name, urns in resource.property_dependencies.items()
        },
    )


def _read(diagnostics: Iterable[analyzer_pb2.AnalyzeDiagnostic], urn: str) -> list[Finding]:
    findings = []
    for each in diagnostics:
        # The SDK puts the rule's description and a line break before the text of a violation.
        text = each.message.removeprefix(each.description).strip()
        undecided = text.startswith(_UNDECIDED)
        if undecided:
            text = text.rpartition("during preview: ")[2]
        findings.append(Finding(each.policyName, each.urn or urn, text, undecided))
    return findings
