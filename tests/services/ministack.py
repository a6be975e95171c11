"""MiniStack with IAM enforced: started for a test run in a folder of its own, stopped after it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from hearth_server.aws.credentials import Credentials

REGION = "eu-central-1"
ROOT = Credentials("test", "test")
"""Keys that MiniStack lets do everything."""

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True)
class MiniStack:
    """A running MiniStack."""

    url: str

    def client(self, service: str) -> Any:
        """Return a boto3 client that may do everything."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ROOT.access_key,
            aws_secret_access_key=ROOT.secret_key,
        )

    def role(self, name: str, statements: Sequence[Mapping[str, Any]]) -> Credentials:
        """Return the credentials of a new role that may do what `statements` say, and no more."""
        iam, sts = self.client("iam"), self.client("sts")
        policy = {"Version": "2012-10-17", "Statement": statements}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        given = sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="test")["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


@contextmanager
def ministack() -> Iterator[MiniStack]:
    """Run MiniStack with AUTH=true, empty, on loopback."""
    with tempfile.TemporaryDirectory(prefix="hearth-ministack-") as folder:
        port = _free_port()
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": folder,
            "TMPDIR": folder,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AUTH": "true",
            "STATE_DIR": f"{folder}/state",
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "WARNING",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=environment,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port, process)
            yield MiniStack(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError(f"MiniStack ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("MiniStack did not answer")
