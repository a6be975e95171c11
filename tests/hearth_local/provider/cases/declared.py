"""Networks and databases: nothing is behind them, so there is nothing to look at."""

from __future__ import annotations

from typing import Any

from tests.hearth_local.provider.cases.case import Case, Inputs


def _declared(
    type: str,
    id: str,
    first: dict[str, Any],
    second: dict[str, Any] | None = None,
    **replaced_by: Any,
) -> Case:
    def given(inputs: dict[str, Any]) -> Inputs:
        return lambda world: inputs

    return Case(
        type,
        given(first),
        second=None if second is None else given(second),
        replaced_by=replaced_by,
        id=id,
        imports=False,
        stays=True,
    )


VPC = "vpc-00000000000000001"
GROUP = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}

CASES = [
    _declared(
        "aws:ec2/vpc:Vpc",
        "vpc-0[0-9a-f]{16}",
        {"cidrBlock": "10.0.0.0/16"},
        {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True},
        cidrBlock="10.1.0.0/16",
    ),
    _declared(
        "aws:ec2/subnet:Subnet",
        "subnet-0[0-9a-f]{16}",
        {"vpcId": VPC, "cidrBlock": "10.0.1.0/24"},
        {"vpcId": VPC, "cidrBlock": "10.0.1.0/24", "tags": {"a": "b"}},
        vpcId="another",
        cidrBlock="10.0.2.0/24",
    ),
    _declared(
        "aws:ec2/securityGroup:SecurityGroup",
        "sg-0[0-9a-f]{16}",
        {"vpcId": VPC},
        {"vpcId": VPC, "egress": [{"fromPort": 443, "toPort": 443, "protocol": "tcp"}]},
        vpcId="another",
        description="another",
    ),
    _declared(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        VPC.replace("vpc", "sg"),
        {"vpcId": VPC},
        {"vpcId": VPC, "tags": {"a": "b"}},
        vpcId="another",
    ),
    _declared(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "sgrule-0[0-9a-f]{16}",
        {
            "type": "egress",
            "securityGroupId": "sg-1",
            "protocol": "tcp",
            "fromPort": 1,
            "toPort": 1,
        },
        fromPort=2,
    ),
    _declared(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "sgr-0[0-9a-f]{16}",
        {**GROUP, "cidrIpv4": "10.0.0.0/16"},
        {**GROUP, "cidrIpv4": "10.1.0.0/16"},
        securityGroupId="another",
    ),
    _declared(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "sgr-0[0-9a-f]{16}",
        {**GROUP, "cidrIpv4": "10.0.0.0/16"},
        {**GROUP, "cidrIpv4": "10.1.0.0/16"},
        securityGroupId="another",
    ),
    _declared(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "vpce-0[0-9a-f]{16}",
        {
            "vpcId": VPC,
            "serviceName": "com.amazonaws.eu-central-1.kms",
            "vpcEndpointType": "Interface",
        },
        {
            "vpcId": VPC,
            "serviceName": "com.amazonaws.eu-central-1.kms",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
        },
        serviceName="another",
        vpcEndpointType="Gateway",
    ),
    _declared(
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "a-vpce-0[0-9a-f]{16}",
        {"vpcEndpointId": "vpce-1", "routeTableId": "rtb-1"},
        routeTableId="another",
    ),
    _declared(
        "aws:ec2/routeTable:RouteTable",
        "rtb-0[0-9a-f]{16}",
        {"vpcId": VPC},
        {"vpcId": VPC, "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]},
        vpcId="another",
    ),
    _declared(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "rtbassoc-0[0-9a-f]{16}",
        {"routeTableId": "rtb-1", "subnetId": "subnet-1"},
        {"routeTableId": "rtb-2", "subnetId": "subnet-1"},
        subnetId="another",
    ),
    _declared(
        "aws:ec2/route:Route",
        "r-rtb-0[0-9a-f]{16}",
        {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
        {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"},
        routeTableId="another",
    ),
    _declared(
        "aws:ec2/internetGateway:InternetGateway",
        "igw-0[0-9a-f]{16}",
        {"vpcId": VPC},
        {"vpcId": "vpc-2"},
    ),
    _declared(
        "aws:ec2/natGateway:NatGateway",
        "nat-0[0-9a-f]{16}",
        {"subnetId": "subnet-1", "allocationId": "eipalloc-1"},
        {"subnetId": "subnet-1", "allocationId": "eipalloc-1", "tags": {"a": "b"}},
        subnetId="another",
    ),
    _declared(
        "aws:ec2/eip:Eip",
        "eipalloc-0[0-9a-f]{16}",
        {},
        {"tags": {"a": "b"}},
        networkBorderGroup="another",
    ),
    _declared(
        "aws:ec2/flowLog:FlowLog",
        "fl-0[0-9a-f]{16}",
        {"vpcId": VPC, "trafficType": "ALL", "logDestination": "arn:aws:logs:x"},
        {
            "vpcId": VPC,
            "trafficType": "ALL",
            "logDestination": "arn:aws:logs:x",
            "tags": {"a": "b"},
        },
        trafficType="REJECT",
    ),
    _declared(
        "aws:rds/cluster:Cluster",
        "subject-[0-9a-f]{7}",
        {
            "engine": "aurora-postgresql",
            "masterUsername": "hearth",
            "manageMasterUserPassword": True,
        },
        {
            "engine": "aurora-postgresql",
            "masterUsername": "hearth",
            "manageMasterUserPassword": True,
            "serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 2.5},
        },
        engine="aurora-mysql",
        clusterIdentifier="another",
    ),
    _declared(
        "aws:rds/clusterInstance:ClusterInstance",
        "subject-[0-9a-f]{7}",
        {
            "clusterIdentifier": "search",
            "engine": "aurora-postgresql",
            "instanceClass": "db.serverless",
        },
        {
            "clusterIdentifier": "search",
            "engine": "aurora-postgresql",
            "instanceClass": "db.r8g.large",
        },
        clusterIdentifier="another",
    ),
    _declared(
        "aws:rds/subnetGroup:SubnetGroup",
        "subject-[0-9a-f]{7}",
        {"subnetIds": ["subnet-1"]},
        {"subnetIds": ["subnet-1", "subnet-2"]},
        name="another",
    ),
]
