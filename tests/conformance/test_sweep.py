"""The sweep as it is deployed: its function, called with the rights of its own role."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from hearth_local.root_client import root_client
from hearth_local.running_stage import RunningStage, find
from hearth_local.stage_folder import StageFolder
from hearth_server.aws.dynamodb import DynamoDB
from hearth_server.aws.endpoint import parse
from hearth_server.aws.s3 import S3Bucket
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.limits import now_milliseconds
from hearth_server.store.protocol import Key, Write

from tests.hearth_server.store.watched import Crash, Watched, crash_at_the_flip
from tests.hearth_server.store.writing import key, put
from tests.services.local_stage import LocalStage
from tests.services.ministack import ROOT

HOUR = 3_600_000
TENANT = "-"


@dataclass(frozen=True)
class Deployed:
    """The stage's table, bucket and function."""

    running: RunningStage
    table: str
    bucket: str
    function: str

    def crash(self, *writes: Write) -> None:
        """Have a process stage writes and die before it commits them, an hour ago."""
        where = parse(self.running.endpoint), self.running.region, ROOT
        dynamodb = Watched(DynamoDB(*where), crash_at_the_flip)
        store = DynamoDBStore(
            dynamodb,
            self.table,
            S3Bucket(self.bucket, *where),
            lambda: now_milliseconds() - HOUR,
        )
        with pytest.raises(Crash):
            store.commit(writes)

    def sweep(self) -> dict[str, int]:
        """Call the function as its schedule does, by its alias."""
        answer = self._client("lambda").invoke(
            FunctionName=self.function, Qualifier="live", Payload=b"{}"
        )
        said: dict[str, int] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    def called_hourly(self) -> list[str]:
        """Return the ARNs of what the rules of EventBridge call each hour."""
        events = self._client("events")
        rules = [
            rule["Name"]
            for rule in events.list_rules()["Rules"]
            if rule.get("ScheduleExpression") == "rate(1 hour)"
        ]
        listed = [events.list_targets_by_rule(Rule=rule)["Targets"] for rule in rules]
        return [target["Arn"] for targets in listed for target in targets]

    def objects(self, of: Key) -> list[str]:
        """Return the names of a resource's objects."""
        found = self._client("s3").list_objects_v2(
            Bucket=self.bucket, Prefix=f"{of.tenant}/{of.type}/{of.id}/"
        )
        return [each["Key"] for each in found.get("Contents", [])]

    def _client(self, service: str) -> Any:
        return root_client(service, self.running.endpoint, self.running.region)


@pytest.fixture
def deployed(stage: LocalStage) -> Deployed:
    """The stage's sweep, with what its own environment says of the rest."""
    running = find(StageFolder(stage.root, "local"))
    functions = root_client("lambda", running.endpoint, running.region).list_functions()
    (sweep,) = [each for each in functions["Functions"] if "-sweep-" in each["FunctionName"]]
    said = sweep["Environment"]["Variables"]
    return Deployed(
        running,
        said["HEARTH_RESOURCES_TABLE"],
        said["HEARTH_BODIES_BUCKET"],
        sweep["FunctionName"],
    )


def test_the_sweep_clears_up_after_a_crash_with_no_more_rights_than_its_role_has(
    stage: LocalStage, deployed: Deployed
) -> None:
    """MiniStack enforces IAM: a right that the role lacks would end the call."""
    there = key(TENANT, type="Binary")
    random = "".join(uuid.uuid4().hex for _ in range(30_000))
    large = {"resourceType": "Binary", "id": there.id, "contentType": "a/b", "data": random}
    small = [put(key(TENANT)) for _ in range(120)]
    deployed.crash(Write(there, "PUT", large, 0), *small)
    before = deployed.objects(there)

    swept = deployed.sweep()

    assert (len(before), deployed.objects(there)) == (1, [])
    assert (swept["pending"], swept["aborted"], swept["stubs"]) == (0, 1, 121)
    assert stage.call("GET", f"Binary/{there.id}").status == 404
    assert deployed.sweep()["aborted"] == 0


def test_a_rule_calls_the_sweep_each_hour(deployed: Deployed) -> None:
    alias = f":function:{deployed.function}:live"

    assert [arn for arn in deployed.called_hourly() if arn.endswith(alias)] != []
