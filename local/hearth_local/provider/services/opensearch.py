"""Amazon OpenSearch Service: https://docs.aws.amazon.com/opensearch-service/latest/APIReference/.

MiniStack stores a domain; whether a search engine answers at its endpoint is MiniStack's
MINISTACK_OPENSEARCH_ENDPOINT to say.
"""

from __future__ import annotations

import json
from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.shapes import from_aws, to_aws
from hearth_local.provider.values import Properties

_MEMBERS = {
    "accessPolicies": "AccessPolicies",
    "advancedOptions": "AdvancedOptions",
    "advancedSecurityOptions": "AdvancedSecurityOptions",
    "autoTuneOptions": "AutoTuneOptions",
    "clusterConfig": "ClusterConfig",
    "cognitoOptions": "CognitoOptions",
    "domainEndpointOptions": "DomainEndpointOptions",
    "ebsOptions": "EBSOptions",
    "encryptAtRest": "EncryptionAtRestOptions",
    "ipAddressType": "IPAddressType",
    "nodeToNodeEncryption": "NodeToNodeEncryptionOptions",
    "offPeakWindowOptions": "OffPeakWindowOptions",
    "snapshotOptions": "SnapshotOptions",
    "softwareUpdateOptions": "SoftwareUpdateOptions",
    "vpcOptions": "VPCOptions",
}
_NAMES = {
    "ebsEnabled": "EBSEnabled",
    "enforceHttps": "EnforceHTTPS",
    "tlsSecurityPolicy": "TLSSecurityPolicy",
    "masterUserArn": "MasterUserARN",
    "multiAzWithStandbyEnabled": "MultiAZWithStandbyEnabled",
    "subnetIds": "SubnetIds",
    "vpcId": "VPCId",
    "jwtOptions": "JWTOptions",
}


class Domain(ResourceType):
    """A search domain; its id is its ARN."""

    pulumi_type = "aws:opensearch/domain:Domain"
    autoname = Autoname("domainName", longest=28, lower_case=True)
    replace_on = frozenset({"domainName", "encryptAtRest.kmsKeyId"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        name = id.rsplit("/", 1)[-1]
        return aws.arn("es", f"domain/{name}"), {"domainName": name}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return aws.arn("es", f"domain/{inputs['domainName']}")

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.client("opensearch").create_domain(
            DomainName=inputs["domainName"],
            EngineVersion=inputs.get("engineVersion", "OpenSearch_2.19"),
            TagList=tags.pairs(inputs.get("tags")),
            **_request(self, inputs),
        )
        return str(made["DomainStatus"]["ARN"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        client = aws.client("opensearch")
        name = state["domainName"]
        domain = client.describe_domain(DomainName=name)["DomainStatus"]
        if domain.get("Deleted"):
            return None
        endpoint = domain.get("Endpoint") or (domain.get("Endpoints") or {}).get("vpc", "")
        found = client.list_tags(ARN=domain["ARN"]).get("TagList")
        properties = self.shape.properties
        seen = {
            ours: from_aws(domain[theirs], properties[ours], _NAMES)
            for ours, theirs in _MEMBERS.items()
            if ours in state and domain.get(theirs)
        }
        return {
            **seen,
            "arn": domain["ARN"],
            "domainId": domain["DomainId"],
            "domainName": name,
            "engineVersion": domain["EngineVersion"],
            "endpoint": endpoint,
            "endpointV2": domain.get("EndpointV2") or endpoint,
            "dashboardEndpoint": f"{endpoint}/_dashboards",
            "dashboardEndpointV2": f"{endpoint}/_dashboards",
            "domainEndpointV2HostedZoneId": domain.get("DomainEndpointV2HostedZoneId", ""),
            **tags.both(tags.mapping(found)),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        client = aws.client("opensearch")
        name = new["domainName"]
        client.update_domain_config(DomainName=name, **_request(self, new))
        version = new.get("engineVersion")
        if version and version != old.get("engineVersion"):
            client.upgrade_domain(DomainName=name, TargetVersion=version)
        tags.update(
            old,
            new,
            tag=lambda given: client.add_tags(ARN=id, TagList=tags.pairs(given)),
            untag=lambda keys: client.remove_tags(ARN=id, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("opensearch").delete_domain(DomainName=state["domainName"])


class DomainPolicy(ResourceType):
    """Who may call a domain; its id is `esd-policy-` and the domain's name."""

    pulumi_type = "aws:opensearch/domainPolicy:DomainPolicy"
    replace_on = frozenset({"domainName"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        return id, {"domainName": id.removeprefix("esd-policy-")}

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, "", {}, inputs)
        return f"esd-policy-{inputs['domainName']}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        domain = aws.client("opensearch").describe_domain(DomainName=state["domainName"])
        policy = domain["DomainStatus"].get("AccessPolicies")
        return {"domainName": state["domainName"], "accessPolicies": policy} if policy else None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        aws.client("opensearch").update_domain_config(
            DomainName=new["domainName"], AccessPolicies=new["accessPolicies"]
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("opensearch").update_domain_config(
            DomainName=state["domainName"], AccessPolicies=""
        )


def _request(kind: Domain, inputs: Properties) -> dict[str, Any]:
    properties = kind.shape.properties
    request = {
        theirs: to_aws(inputs[ours], properties[ours], _NAMES)
        for ours, theirs in _MEMBERS.items()
        if ours in inputs
    }
    if isinstance(request.get("AccessPolicies"), dict):
        request["AccessPolicies"] = json.dumps(request["AccessPolicies"])
    if inputs.get("vpcOptions"):
        request["VPCOptions"] = {
            name: value
            for name, value in request["VPCOptions"].items()
            if name in ("SubnetIds", "SecurityGroupIds")
        }
    if inputs.get("logPublishingOptions"):
        request["LogPublishingOptions"] = {
            option["logType"]: {
                "CloudWatchLogsLogGroupArn": option["cloudwatchLogGroupArn"],
                "Enabled": option.get("enabled", True),
            }
            for option in inputs["logPublishingOptions"]
        }
    return request
