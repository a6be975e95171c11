"""Region pinning: records stay in the regions that a stage allows, by whichever way they leave.

The provider's region is only the first of the ways: since version 7 of the AWS provider every
resource takes a `region` of its own, and some resources copy what they hold to other regions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hearth_policies.buckets import BUCKET_TYPES
from hearth_policies.resource import Known, Missing, Reading, Resource, Unknown
from hearth_policies.rule import Answer, Passed, Undecided, Violated, rule
from hearth_policies.settings import Settings

RESIDENCY = ("NIST-800-53r5 SA-9(5)", "ISM-1572")

GLOBAL_SERVICES = frozenset({
    "aws:iam", "aws:route53", "aws:cloudfront", "aws:organizations", "aws:account", "aws:shield",
})  # fmt: skip
"""Services without a region of their own. CloudFront's escapes have a rule below."""


@rule(
    "region-pinned",
    types=("aws:",),
    controls=RESIDENCY,
    fix="Deploy it to a region that the stage allows.",
    settings=("regions",),
)
def region_pinned(resource: Resource, settings: Settings) -> Answer:
    """A resource is in a region that the stage allows."""
    if resource.type.split("/")[0] in GLOBAL_SERVICES:
        return Passed()
    if not settings.regions:
        return Violated("no regions are allowed: `regions` of the pack's configuration is not set")
    own = resource.read("region")
    if not isinstance(own, Missing):
        return _allowed(own, "region", settings)
    if resource.provider is None:
        return Undecided("the provider is not known, so its region is not")
    return _allowed(Resource(resource.provider).read("region"), "the provider's region", settings)


@rule(
    "no-copy-to-other-regions",
    types=(
        "aws:dynamodb/table:Table",
        "aws:kms/key:Key",
        "aws:secretsmanager/secret:Secret",
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "aws:s3/bucketReplicationConfiguration:BucketReplicationConfiguration",
        "aws:backup/plan:Plan",
        "aws:dsql/cluster:Cluster",
        "aws:dsql/clusterPeering:ClusterPeering",
        "aws:redshift/snapshotCopy:SnapshotCopy",
        *BUCKET_TYPES,
        "aws:opensearch/outboundConnection:OutboundConnection",
        "aws:cognito/userPool:UserPool",
    ),
    controls=RESIDENCY,
    fix="Keep copies in the regions that the stage allows.",
    settings=("regions",),
)
def no_copy_to_other_regions(resource: Resource, settings: Settings) -> Answer:
    """Nothing copies records, or the means to read them, to a region that is not allowed."""
    if resource.type == "aws:kms/key:Key":
        match resource.read("multiRegion"):
            case Known(True):
                return Violated("multiRegion lets the key be copied to any region")
            case Unknown():
                return Undecided("multiRegion is not known yet")
        return Passed()
    if resource.type in BUCKET_TYPES and not resource.is_set("replicationConfiguration"):
        return Passed()
    if resource.type.startswith("aws:s3/"):
        return Violated("a bucket's name does not tell its region, so its copies cannot be pinned")
    answers = (each.judge(resource, settings) for each in _ESCAPES[resource.type])
    return next((answer for answer in answers if answer != Passed()), Passed())


@rule(
    "api-is-regional",
    types=("aws:apigateway/restApi:RestApi", "aws:apigateway/domainName:DomainName"),
    controls=RESIDENCY,
    fix="Set endpointConfiguration.types to REGIONAL or PRIVATE.",
)
def api_is_regional(resource: Resource, _settings: Settings) -> Answer:
    """An API answers in its region; an edge endpoint sends requests through any."""
    match resource.read("endpointConfiguration.types"):
        case Unknown():
            return Undecided("endpointConfiguration.types is not known yet")
        case Known("REGIONAL" | "PRIVATE"):
            return Passed()
    return Violated("endpointConfiguration.types is EDGE, or is not set and so may be EDGE")


@rule(
    "no-global-distribution",
    types=(
        "aws:cloudfront/distribution:Distribution",
        "aws:docdb/globalCluster:GlobalCluster",
        "aws:dynamodb/globalTable:GlobalTable",
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "aws:globalaccelerator/accelerator:Accelerator",
        "aws:neptune/globalCluster:GlobalCluster",
        "aws:rds/globalCluster:GlobalCluster",
        "aws:wafv2/webAcl:WebAcl",
    ),
    controls=RESIDENCY,
    fix="Use the regional form of it.",
)
def no_global_distribution(resource: Resource, _settings: Settings) -> Answer:
    """Nothing spreads records over regions by its nature."""
    if resource.type == "aws:wafv2/webAcl:WebAcl":
        match resource.read("scope"):
            case Known("REGIONAL"):
                return Passed()
            case Unknown():
                return Undecided("scope is not known yet")
        return Violated("scope is not REGIONAL")
    return Violated(f"{resource.type.split(':')[-1]} has no single region")


RULES = (region_pinned, no_copy_to_other_regions, api_is_regional, no_global_distribution)


@dataclass(frozen=True, slots=True)
class _Escape:
    """Where the copies of a resource are, and how to read the region of each."""

    lists: tuple[str, ...]
    """The list of copies, and a list inside each of its items; none for the resource itself."""
    region: str
    """Where the region stands in each; empty if the item itself tells it."""
    is_arn: bool = False
    optional: bool = False
    """Whether there is no copy where nothing is said."""

    def judge(self, resource: Resource, settings: Settings) -> Answer:
        """Return the first answer among the copies that is not a pass."""
        places: list[Resource | Unknown] = [resource]
        for path in self.lists:
            places = [
                item
                for place in places
                for item in (place.items(path) if isinstance(place, Resource) else [place])
            ]
        for place in places:
            if isinstance(place, Unknown):
                return Undecided(f"{self.lists[0]} are not known yet")
            reading = place.read(self.region) if self.region else Known(place.properties)
            if self.optional and isinstance(reading, Missing):
                continue
            path = self.region or self.lists[-1]
            answer = _allowed(reading, path, settings, self.is_arn)
            if answer != Passed():
                return answer
        return Passed()


_ESCAPES: Mapping[str, tuple[_Escape, ...]] = {
    "aws:dynamodb/table:Table": (
        _Escape(("replicas",), "regionName"),
        _Escape((), "globalTableWitness.regionName", optional=True),
    ),
    "aws:secretsmanager/secret:Secret": (_Escape(("replicas",), "region"),),
    "aws:backup/plan:Plan": (
        _Escape(("rules", "copyActions"), "destinationVaultArn", is_arn=True, optional=True),
    ),
    "aws:dsql/cluster:Cluster": (
        _Escape(("multiRegionProperties.clusters",), "", is_arn=True),
        _Escape((), "multiRegionProperties.witnessRegion", optional=True),
    ),
    "aws:dsql/clusterPeering:ClusterPeering": (
        _Escape(("clusters",), "", is_arn=True),
        _Escape((), "witnessRegion"),
    ),
    "aws:redshift/snapshotCopy:SnapshotCopy": (_Escape((), "destinationRegion"),),
    "aws:opensearch/outboundConnection:OutboundConnection": (
        _Escape((), "remoteDomainInfo.region"),
    ),
    "aws:cognito/userPool:UserPool": (
        _Escape((), "emailConfiguration.sourceArn", is_arn=True, optional=True),
    ),
}


def _allowed(reading: Reading, path: str, settings: Settings, is_arn: bool = False) -> Answer:
    match reading:
        case Missing():
            # Nothing will be known later: the machine that deploys would decide.
            return Violated(f"{path} is not set")
        case Unknown():
            return Undecided(f"{path} is not known yet")
        case Known(value):
            region = _arn_region(str(value)) if is_arn else str(value)
            if region in settings.regions:
                return Passed()
            allowed = ", ".join(settings.regions)
            return Violated(f"{path} is {region}; allowed: {allowed}")


def _arn_region(arn: str) -> str:
    """Return the fourth part of an ARN: arn:partition:service:region:account:resource."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 else arn
