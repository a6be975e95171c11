"""A project whose stage `local` is small: it comes up in seconds, on a real MiniStack.

Its program does without `pulumi_aws`, whose import takes longer than all the rest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from hearth_local import stopping
from hearth_local.engine.monitor import Message
from hearth_local.engine.steps import Step
from hearth_local.stage import Stage, bring_up
from hearth_local.stage_folder import StageFolder

PROGRAM = """
import pulumi

def aws(type, resource, /, **properties):
    outputs = {"bucket": None, "name": None, **properties}
    return pulumi.CustomResource(f"aws:{type}", resource, outputs)

table = aws(
    "dynamodb/table:Table",
    "records",
    attributes=[{"name": "pk", "type": "S"}],
    hashKey="pk",
    billingMode="PAY_PER_REQUEST",
)
bucket = aws("s3/bucket:Bucket", "bodies")
aws("cloudwatch/logGroup:LogGroup", "log", retentionInDays=1)
pool = aws("cognito/userPool:UserPool", "users", passwordPolicy={"minimumLength": 14})
aws("cognito/userGroup:UserGroup", "practitioner", name="practitioner", userPoolId=pool.id)
client = aws(
    "cognito/userPoolClient:UserPoolClient",
    "client",
    userPoolId=pool.id,
    explicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
)
key = aws("apigateway/apiKey:ApiKey", "key")
pulumi.export("apiUrl", "http://127.0.0.1/nothing")
pulumi.export("apiKeyId", key.id)
pulumi.export("userPoolId", pool.id)
pulumi.export("userPoolClientId", client.id)
pulumi.export("tableName", table.name)
pulumi.export("bucketName", bucket.bucket)
"""
CREATED = {
    "create aws:dynamodb/table:Table records",
    "create aws:s3/bucket:Bucket bodies",
    "create aws:cloudwatch/logGroup:LogGroup log",
    "create aws:cognito/userPool:UserPool users",
    "create aws:cognito/userGroup:UserGroup practitioner",
    "create aws:cognito/userPoolClient:UserPoolClient client",
    "create aws:apigateway/apiKey:ApiKey key",
}

_DRIVER = """
import sys
import threading
from pathlib import Path
from tests.hearth_local.small_stage import SmallStage
stage = SmallStage(Path(sys.argv[1]), on_step=lambda line: print(line, flush=True))
stage.up()
print("up", flush=True)
threading.Event().wait()
"""


def no_bundle(_root: Path, _stage: str, _report: Callable[[str], None]) -> None:
    """Make nothing: the small program has no functions."""


@dataclass
class SmallStage:
    """The project's folder, and what was heard of its stage."""

    root: Path
    on_step: Callable[[str], None] = lambda _line: None
    notes: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stages: list[Stage] = field(default_factory=list)

    @property
    def folder(self) -> StageFolder:
        """The stage's own folder."""
        return StageFolder(self.root, "local")

    def write(self, program: str = PROGRAM) -> None:
        """Write the project."""
        self.root.joinpath("Pulumi.yaml").write_text("name: small\nruntime: python\n")
        config = {"aws:region": "eu-central-1", "hearth:searchFile": ".hearth/local/search.sqlite3"}
        self.root.joinpath("Pulumi.local.yaml").write_text(json.dumps({"config": config}))
        self.root.joinpath("__main__.py").write_text(program)

    def up(self, port: int | None = None) -> Stage:
        """Bring it up; `steps` and `notes` are those of this time."""
        self.notes.clear()
        self.steps.clear()
        stage = bring_up(self.root, "local", port, self, no_bundle)
        self.stages.append(stage)
        return stage

    def clean_up(self) -> None:
        """Stop what still runs."""
        for stage in self.stages:
            stage.stop()
        stopping.stop(self.root, "local")

    def driver(self) -> subprocess.Popen[str]:
        """Bring it up in a process that may be killed; it prints each step, then `up`."""
        return subprocess.Popen(
            [sys.executable, "-c", _DRIVER, str(self.root)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )

    def client(self, stage: Stage, service: str) -> Any:
        """Return a boto3 client of the stage's AWS."""
        return boto3.client(
            service,
            endpoint_url=stage.running.endpoint,
            region_name=stage.running.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def note(self, line: str) -> None:
        """Hear a note."""
        self.notes.append(line)

    def step(self, step: Step) -> None:
        """Hear a step; keep those that did something."""
        if step.phase == "done" and step.operation != "same" and step.type[:6] != "pulumi":
            line = f"{step.operation} {step.type} {step.name}"
            with self.lock:
                self.steps.append(line)
            self.on_step(line)

    def message(self, message: Message) -> None:
        """Hear a line of the program."""
