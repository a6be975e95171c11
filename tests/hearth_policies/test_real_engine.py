"""The pack alone over a program that is not Hearth's, under Pulumi's own engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hearth_local.provider.serving import listening
from tests.hearth_policies.pack import PROGRAM
from tests.services.ministack import ministack
from tests.services.pulumi_engine import pulumi_engine

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "other_program.py"
DOCUMENT = PROGRAM.parents[1] / "docs" / "policies.md"
# What Pulumi's CLI brings with it: here the engine alone is built.
_STARTER = '#!/bin/sh\nexec {python} -u -m pulumi.policy "$1" "$2"\n'


def test_the_pack_judges_a_program_as_its_page_says(tmp_path: Path) -> None:
    starter = tmp_path / "pulumi-analyzer-policy-python"
    starter.write_text(_STARTER.format(python=sys.executable))
    starter.chmod(0o755)
    config = re.search(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert config is not None
    tmp_path.joinpath("policy.json").write_text(config[1])

    with ministack() as aws, listening(aws.url) as (_, port):
        answer = subprocess.run(
            [
                *(sys.executable, str(SCRIPT), str(pulumi_engine()), str(tmp_path)),
                *(str(PROGRAM.parent), str(tmp_path / "policy.json"), str(port)),
            ],
            env={**os.environ, "AWS_ENDPOINT_URL": aws.url},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert report["failed"]
    found = re.findall(r"\[(\w+)\]\s+(\S+)\s+\((\S+): (\S+)\)", report["said"])
    assert sorted(found) == [
        ("advisory", "log-retention", "aws:cloudwatch/logGroup:LogGroup", "later"),
        ("mandatory", "customer-managed-key", "aws:sqs/queue:Queue", "orders"),
        ("mandatory", "log-retention", "aws:cloudwatch/logGroup:LogGroup", "short"),
    ]
    assert "can't run policy 'log-retention'" in report["said"]
