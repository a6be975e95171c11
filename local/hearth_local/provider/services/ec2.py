"""Amazon VPC: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/. Declared only."""

from __future__ import annotations

from hearth_local.provider.aws import Aws
from hearth_local.provider.declared_resource import DeclaredResource, sibling
from hearth_local.provider.naming import Autoname
from hearth_local.provider.values import Properties


class Vpc(DeclaredResource):
    """A network."""

    pulumi_type = "aws:ec2/vpc:Vpc"
    prefix, path = "vpc", "vpc/{id}"
    replace_on = frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"enableDnsSupport": True, "instanceTenancy": "default"}

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {
            "defaultNetworkAclId": sibling(id, "acl"),
            "defaultRouteTableId": sibling(id, "rtb"),
            "defaultSecurityGroupId": sibling(id, "sg"),
            "dhcpOptionsId": sibling(id, "dopt"),
            "mainRouteTableId": sibling(id, "rtb"),
            "enableDnsHostnames": state.get("enableDnsHostnames", False),
        }


class Subnet(DeclaredResource):
    """A range of a network in one zone."""

    pulumi_type = "aws:ec2/subnet:Subnet"
    prefix, path = "subnet", "subnet/{id}"
    replace_on = frozenset(
        {"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"}
    )

    def defaults(self, inputs: Properties) -> Properties:
        return {"mapPublicIpOnLaunch": False}

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {"availabilityZone": state.get("availabilityZone") or f"{aws.region}a"}


class SecurityGroup(DeclaredResource):
    """A firewall of an interface."""

    pulumi_type = "aws:ec2/securityGroup:SecurityGroup"
    prefix, path = "sg", "security-group/{id}"
    autoname = Autoname(prefix_property="namePrefix")
    replace_on = frozenset({"name", "namePrefix", "description", "vpcId"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"description": "Managed by Pulumi", "revokeRulesOnDelete": False}

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {name: state.get(name) or [] for name in ("ingress", "egress")}


class DefaultSecurityGroup(DeclaredResource):
    """The security group that a network comes with: adopted, never made."""

    pulumi_type = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    prefix, path = "sg", "security-group/{id}"
    replace_on = frozenset({"vpcId"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        vpc = inputs.get("vpcId")
        return sibling(vpc, "sg") if vpc else super().create(aws, inputs)

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {
            "name": "default",
            "description": "default VPC security group",
            "ingress": state.get("ingress") or [],
            "egress": state.get("egress") or [],
        }


_RULE = frozenset(
    {
        "type",
        "securityGroupId",
        "protocol",
        "fromPort",
        "toPort",
        "cidrBlocks",
        "ipv6CidrBlocks",
        "prefixListIds",
        "self",
        "sourceSecurityGroupId",
    }
)


class SecurityGroupRule(DeclaredResource):
    """A rule of a security group, in the older form."""

    pulumi_type = "aws:ec2/securityGroupRule:SecurityGroupRule"
    prefix = "sgrule"
    replace_on = _RULE

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {"securityGroupRuleId": sibling(id, "sgr")}


class SecurityGroupIngressRule(DeclaredResource):
    """What a security group lets in."""

    pulumi_type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    prefix, path = "sgr", "security-group-rule/{id}"
    replace_on = frozenset({"securityGroupId"})

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {"securityGroupRuleId": id}


class SecurityGroupEgressRule(SecurityGroupIngressRule):
    """What a security group lets out."""

    pulumi_type = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


class VpcEndpoint(DeclaredResource):
    """A private way to an AWS service."""

    pulumi_type = "aws:ec2/vpcEndpoint:VpcEndpoint"
    prefix, path = "vpce", "vpc-endpoint/{id}"
    replace_on = frozenset(
        {"vpcId", "serviceName", "serviceNetworkArn", "serviceRegion", "vpcEndpointType"}
    )

    def defaults(self, inputs: Properties) -> Properties:
        return {"vpcEndpointType": "Gateway"}

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        service = str(state.get("serviceName", ""))
        host = f"{id}-local.{service.rsplit('.', 1)[-1]}.{aws.region}.vpce.{aws.url_suffix}"
        is_interface = state.get("vpcEndpointType") == "Interface"
        return {
            "state": "available",
            "requesterManaged": False,
            "networkInterfaceIds": [sibling(id, "eni")] if is_interface else [],
            "dnsEntries": [{"dnsName": host, "hostedZoneId": "Z00000000000000000000"}]
            if is_interface
            else [],
            "prefixListId": "" if is_interface else sibling(id, "pl"),
            "cidrBlocks": [],
        }


class VpcEndpointRouteTableAssociation(DeclaredResource):
    """A gateway endpoint in a route table."""

    pulumi_type = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
    prefix = "a-vpce"
    replace_on = frozenset({"routeTableId", "vpcEndpointId"})


class RouteTable(DeclaredResource):
    """The ways out of a subnet."""

    pulumi_type = "aws:ec2/routeTable:RouteTable"
    prefix, path = "rtb", "route-table/{id}"
    replace_on = frozenset({"vpcId"})

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {name: state.get(name) or [] for name in ("routes", "propagatingVgws")}


class RouteTableAssociation(DeclaredResource):
    """A subnet's route table."""

    pulumi_type = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    prefix = "rtbassoc"
    replace_on = frozenset({"subnetId", "gatewayId"})


class Route(DeclaredResource):
    """One way out."""

    pulumi_type = "aws:ec2/route:Route"
    prefix = "r-rtb"
    replace_on = frozenset(
        {
            "routeTableId",
            "destinationCidrBlock",
            "destinationIpv6CidrBlock",
            "destinationPrefixListId",
        }
    )

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {"state": "active", "origin": "CreateRoute"}


class InternetGateway(DeclaredResource):
    """A network's door to the internet."""

    pulumi_type = "aws:ec2/internetGateway:InternetGateway"
    prefix, path = "igw", "internet-gateway/{id}"


class NatGateway(DeclaredResource):
    """A private subnet's way to the internet."""

    pulumi_type = "aws:ec2/natGateway:NatGateway"
    prefix = "nat"
    replace_on = frozenset({"allocationId", "subnetId", "connectivityType", "vpcId"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"connectivityType": "public"}

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {
            "networkInterfaceId": sibling(id, "eni"),
            "associationId": sibling(id, "eipassoc"),
            "publicIp": "192.0.2.1",  # TEST-NET-1: no host has it
        }


class Eip(DeclaredResource):
    """A public address."""

    pulumi_type = "aws:ec2/eip:Eip"
    prefix, path = "eipalloc", "elastic-ip/{id}"
    replace_on = frozenset({"domain", "networkBorderGroup", "publicIpv4Pool"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"domain": "vpc"}

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {
            "allocationId": id,
            "publicIp": "192.0.2.1",
            "publicDns": f"ec2-192-0-2-1.{aws.region}.compute.{aws.url_suffix}",
        }


class FlowLog(DeclaredResource):
    """The log of a network's traffic."""

    pulumi_type = "aws:ec2/flowLog:FlowLog"
    prefix, path = "fl", "vpc-flow-log/{id}"
    replace_on = frozenset(
        {
            "vpcId",
            "subnetId",
            "eniId",
            "iamRoleArn",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "maxAggregationInterval",
            "trafficType",
            "destinationOptions",
        }
    )

    def defaults(self, inputs: Properties) -> Properties:
        return {"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600}
