"""Things in AWS that resources under test need: made by boto3, on first use."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from functools import cache, cached_property
from typing import Any

from tests.services.ministack import MiniStack

CODE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n"


def policy(action: str, resource: str = "*", **more: Any) -> str:
    """Return a policy document with one statement that allows."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


class World:
    """What is there before a test begins."""

    def __init__(self, stack: MiniStack) -> None:
        self._stack = stack
        self.client = cache(stack.client)
        self.mark = secrets.token_hex(3)

    @cached_property
    def key(self) -> dict[str, Any]:
        """A KMS key."""
        return dict(self.client("kms").create_key()["KeyMetadata"])

    @cached_property
    def role(self) -> dict[str, Any]:
        """An IAM role that Lambda may assume."""
        name = f"role-{self.mark}"
        made = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        return dict(made["Role"])

    @cached_property
    def policy_arn(self) -> str:
        """A managed policy."""
        made = self.client("iam").create_policy(
            PolicyName=f"policy-{self.mark}", PolicyDocument=policy("s3:GetObject")
        )
        return str(made["Policy"]["Arn"])

    @cached_property
    def bucket(self) -> str:
        """A bucket."""
        return self.new_bucket()

    def new_bucket(self, **options: Any) -> str:
        """Return a bucket of its own."""
        name = f"bucket-{secrets.token_hex(4)}"
        where = {"LocationConstraint": "eu-central-1"}
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where, **options)
        return name

    @cached_property
    def locked_bucket(self) -> str:
        """A bucket with object lock."""
        return self.new_bucket(ObjectLockEnabledForBucket=True)

    @cached_property
    def stream_arn(self) -> str:
        """A table's stream."""
        made = self.client("dynamodb").create_table(
            TableName=f"table-{self.mark}",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        return str(made["TableDescription"]["LatestStreamArn"])

    @cached_property
    def function(self) -> dict[str, Any]:
        """A function with the versions 1 and 2."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", CODE)
        client, name = self.client("lambda"), f"function-{self.mark}"
        client.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=self.role["Arn"],
            Handler="main.handler",
            Code={"ZipFile": packed.getvalue()},
            Publish=True,
        )
        client.update_function_configuration(FunctionName=name, Timeout=7)
        client.publish_version(FunctionName=name)
        return dict(client.get_function_configuration(FunctionName=name))

    @cached_property
    def queue(self) -> dict[str, str]:
        """A queue: `url` and `arn`."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=f"queue-{self.mark}")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return {"url": url, "arn": found["Attributes"]["QueueArn"]}

    @cached_property
    def open_queue(self) -> dict[str, str]:
        """A queue to which S3 may send."""
        sqs = self.client("sqs")
        allowed = policy("sqs:SendMessage", Principal={"Service": "s3.amazonaws.com"})
        url = sqs.create_queue(QueueName=f"open-{self.mark}", Attributes={"Policy": allowed})
        found = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
        return {"url": url["QueueUrl"], "arn": found["Attributes"]["QueueArn"]}

    @cached_property
    def topic(self) -> str:
        """A topic's ARN."""
        return str(self.client("sns").create_topic(Name=f"topic-{self.mark}")["TopicArn"])

    @cached_property
    def rule(self) -> str:
        """An EventBridge rule's name."""
        name = f"rule-{self.mark}"
        self.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
        return name

    @cached_property
    def secret(self) -> str:
        """A secret's ARN, without a value."""
        return str(self.client("secretsmanager").create_secret(Name=f"secret-{self.mark}")["ARN"])

    @cached_property
    def log_group(self) -> str:
        """A log group's name."""
        name = f"/test/{self.mark}"
        self.client("logs").create_log_group(logGroupName=name)
        return name

    @cached_property
    def api(self) -> str:
        """A REST API with a deployment and a stage `live`."""
        gateway = self.client("apigateway")
        id = str(gateway.create_rest_api(name=f"api-{self.mark}")["id"])
        deployment = gateway.create_deployment(restApiId=id)["id"]
        gateway.create_stage(restApiId=id, stageName="live", deploymentId=deployment)
        return id

    @cached_property
    def root(self) -> str:
        """The root resource of the API."""
        items = self.client("apigateway").get_resources(restApiId=self.api)["items"]
        return str(next(item["id"] for item in items if item["path"] == "/"))

    @cached_property
    def deployment(self) -> str:
        """Another deployment of the API."""
        return str(self.client("apigateway").create_deployment(restApiId=self.api)["id"])

    def new_path(self, *, method: bool, integration: bool = False) -> str:
        """Return a resource of the API, on wish with a method POST and what it calls."""
        gateway = self.client("apigateway")
        made = gateway.create_resource(
            restApiId=self.api, parentId=self.root, pathPart=f"p{secrets.token_hex(4)}"
        )
        where = {"restApiId": self.api, "resourceId": made["id"], "httpMethod": "POST"}
        if method:
            gateway.put_method(**where, authorizationType="NONE")
        if integration:
            gateway.put_integration(**where, type="MOCK")
        return str(made["id"])

    @cached_property
    def path(self) -> str:
        """A resource of the API without methods."""
        return self.new_path(method=False)

    @cached_property
    def path_with_method(self) -> str:
        """A resource of the API with a method POST."""
        return self.new_path(method=True)

    @cached_property
    def path_with_integration(self) -> str:
        """A resource of the API with a method POST that calls something."""
        return self.new_path(method=True, integration=True)

    @cached_property
    def api_key(self) -> dict[str, Any]:
        """An API key."""
        return dict(self.client("apigateway").create_api_key(name=f"key-{self.mark}", enabled=True))

    @cached_property
    def usage_plan(self) -> str:
        """A usage plan."""
        return str(self.client("apigateway").create_usage_plan(name=f"plan-{self.mark}")["id"])

    @cached_property
    def pool(self) -> dict[str, Any]:
        """A user pool with a user `ann` and a group `staff`."""
        cognito = self.client("cognito-idp")
        pool = dict(cognito.create_user_pool(PoolName=f"pool-{self.mark}")["UserPool"])
        cognito.create_group(UserPoolId=pool["Id"], GroupName="staff")
        cognito.admin_create_user(
            UserPoolId=pool["Id"], Username="ann", TemporaryPassword="Secret-12345"
        )
        return pool

    @cached_property
    def domain(self) -> str:
        """A search domain's name."""
        name = f"domain-{self.mark}"
        self.client("opensearch").create_domain(DomainName=name)
        return name
