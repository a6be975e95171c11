"""A FHIR API whose functions run in a VPC that pulumi_awsx makes.

They reach DynamoDB, S3 and the other services through endpoints, so that no request leaves AWS's
network and no subnet needs a way out to the internet.
"""

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
from hearth_aws import AuthProvider, FhirApi, FhirStore

region = aws.get_region().region
vpc = awsx.ec2.Vpc(
    "clinic",
    enable_dns_hostnames=True,
    number_of_availability_zones=2,
    nat_gateways={"strategy": awsx.ec2.NatGatewayStrategy.NONE},
    subnet_specs=[{"type": awsx.ec2.SubnetType.ISOLATED}],
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    vpc_endpoint_specs=[
        {"service_name": f"com.amazonaws.{region}.{service}", "vpc_endpoint_type": "Gateway"}
        for service in ("dynamodb", "s3")
    ],
)
functions = aws.ec2.SecurityGroup(
    "functions",
    description="The functions of the FHIR API: they call out over TLS, and nothing calls them.",
    vpc_id=vpc.vpc_id,
    egress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}],
)
store = FhirStore("records", {})
users = AuthProvider("users", {})
api = FhirApi(
    "fhir",
    {
        "bundle": {"code": pulumi.FileArchive(pulumi.Config().require("bundle"))},
        "store": store.connection,
        "user_pool_arn": users.user_pool_arn,
        "network": {
            "subnet_ids": vpc.isolated_subnet_ids,
            "security_group_ids": [functions.id],
        },
    },
)
pulumi.export("url", api.api_url)
