"""People who work on a local stage with the AWS rights that they have, as on a stage in AWS."""

from __future__ import annotations

import json
import os
import uuid

from hearth_local.root_client import root_client
from hearth_local.running_stage import find
from hearth_local.stage_folder import StageFolder

from tests.services.local_stage import LocalStage


def operator_of(stage: LocalStage, *rights: str) -> dict[str, str]:
    """Make a user with some rights, each an action and the ARN that it is for, and no other.

    Return the environment in which a command is that user and finds the stage's services.
    """
    running = find(StageFolder(stage.root, "local"))
    iam = root_client("iam", running.endpoint, running.region)
    name = f"operator-{uuid.uuid4().hex[:8]}"
    allowed = [
        {"Effect": "Allow", "Action": action, "Resource": arn}
        for action, arn in zip(rights[::2], rights[1::2], strict=True)
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return os.environ | {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
