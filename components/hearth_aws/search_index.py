"""What answers searches: nothing, SQLite on one machine, Aurora DSQL, or an OpenSearch domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from hearth_aws import inputs, log_group, network_placement, tags
from hearth_aws.dsql_cluster import ClusterSettings, create_cluster
from hearth_aws.network_placement import NetworkPlacement, Placement
from hearth_aws.opensearch_domain import DomainSettings, LogDelivery, create_domain
from hearth_aws.search_place import SearchPlace


class SearchEngine(StrEnum):
    """The engine that holds the index."""

    NONE = "none"
    """No search: the API says so in its CapabilityStatement. Costs nothing."""
    SQLITE = "sqlite"
    """A file on the machine that runs the functions: for a stage on one machine."""
    POSTGRESQL = "postgresql"
    """An Aurora DSQL cluster, which is paid for by use: nothing for what nobody asks."""
    OPENSEARCH = "opensearch"
    """An Amazon OpenSearch Service domain, which is paid for by the hour."""


class SearchConnection(TypedDict):
    """What an API needs to know of a search index."""

    engine: pulumi.Input[str]
    """The engine: none, sqlite, postgresql or opensearch."""
    location: pulumi.Input[str]
    """Where the engine is."""
    access_statements: pulumi.Input[str]
    """IAM statements, as a JSON list, that the functions need."""


class SearchIndexArgs(TypedDict):
    """What a SearchIndex can be told."""

    engine: NotRequired[SearchEngine]
    """The engine: none, sqlite, postgresql or opensearch. Default none."""
    file: NotRequired[str]
    """Absolute path of the database; needed by sqlite, and taken by no other engine."""
    location: NotRequired[str]
    """Where a PostgreSQL or an OpenSearch is that is there already, which must let the functions
    in without a right from IAM: postgresql://..., http://... Default: a cluster or a domain of
    its own."""
    engine_version: NotRequired[str]
    """Version of OpenSearch. Default OpenSearch_2.19."""
    instance_type: NotRequired[str]
    """Instance type of OpenSearch's data nodes. Default t3.medium.search."""
    instance_count: NotRequired[int]
    """Number of OpenSearch's data nodes; two or more are spread over availability zones.
    Default 1."""
    dedicated_master_type: NotRequired[str]
    """Instance type of three dedicated master nodes. Default: no dedicated masters."""
    volume_gigabytes: NotRequired[int]
    """Size of each data node's gp3 volume, 10 to 3072. Default 20."""
    network: NotRequired[NetworkPlacement]
    """Where in a VPC the domain is reached. Default: the service's public endpoint, open to
    signed requests with a right to it and to nobody else."""
    key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the customer-managed key for the data of the cluster or the domain. Default: a key
    of its own."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete a PostgreSQL cluster. The index can be built again from the
    records, which takes time. Default true."""
    logs_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the key for the domain's log group. Default: a key of its own."""
    log_delivery: NotRequired[LogDelivery]
    """Whether a CloudWatch Logs resource policy, of which an account has ten per region, lets the
    domain write its log: create one, adopt one that is there, or keep the log off.
    Default create."""
    log_retention_days: NotRequired[int]
    """Days for which the domain's log is kept. Default 2557, seven years."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    engine: SearchEngine
    place: str | ClusterSettings | DomainSettings
    """Where the engine is already, or what to make."""


_TAKEN = {
    SearchEngine.NONE: (),
    SearchEngine.SQLITE: ("file",),
    SearchEngine.POSTGRESQL: ("location", "key_arn", "deletion_protection"),
    SearchEngine.OPENSEARCH: (
        *("location", "engine_version", "instance_type", "instance_count"),
        *("dedicated_master_type", "volume_gigabytes", "network", "key_arn", "logs_key_arn"),
        *("log_delivery", "log_retention_days"),
    ),
}
"""The inputs of each engine."""


def _resolve(name: str, args: SearchIndexArgs) -> _Settings:
    inputs.known(args, SearchIndexArgs)
    engine = inputs.choice("engine", args.get("engine", SearchEngine.NONE), SearchEngine)
    own_tags = tags.resolve("SearchIndex", args)
    _check_taken(engine, args)
    if engine is SearchEngine.SQLITE:
        return _Settings(engine, _file(args))
    if "location" in args:
        return _Settings(engine, inputs.text("location", args["location"]))
    if engine is SearchEngine.POSTGRESQL:
        protected = inputs.flag("deletion_protection", args.get("deletion_protection", True))
        key_arn = inputs.given(args, "key_arn", inputs.arn)
        return _Settings(engine, ClusterSettings(key_arn, protected, own_tags))
    if engine is SearchEngine.OPENSEARCH:
        return _Settings(engine, _resolve_domain(name, args, own_tags))
    return _Settings(engine, "")


def _check_taken(engine: SearchEngine, args: SearchIndexArgs) -> None:
    """Raise InputError for an input that is for another engine, or for one that is made."""
    for key in args:
        takers = [each.value for each, taken in _TAKEN.items() if key in taken]
        if takers and engine.value not in takers:
            engines = "engine " + " or ".join(takers)
            raise inputs.InputError(key, f"is only for the {engines}, not {engine.value}")
        if takers and "location" in args and key != "location":
            raise inputs.InputError(key, "is only for what is made here; location names another")


def _file(args: SearchIndexArgs) -> str:
    file = inputs.text("file", inputs.required(args, "file"))
    if not file.startswith("/"):
        raise inputs.InputError("file", f"is {file!r}; allowed: an absolute path")
    return file


def _resolve_domain(name: str, args: SearchIndexArgs, own_tags: tags.Tags) -> DomainSettings:
    # The provider adds eight characters, and a domain's name has at most 28.
    inputs.matching(
        "name", name, "[a-z][a-z0-9-]{2,19}", "3 to 20 small letters, digits and hyphens"
    )
    placement: Placement | None = network_placement.resolve(args)
    count = inputs.whole("instance_count", args.get("instance_count", 1), minimum=1, maximum=80)
    if placement is not None and placement.subnets not in (None, _zones(count)):
        raise inputs.InputError(
            "network.subnet_ids",
            f"has {placement.subnets}; {count} data nodes take exactly {_zones(count)}",
        )
    master = args.get("dedicated_master_type")
    return DomainSettings(
        engine_version=inputs.text("engine_version", args.get("engine_version", "OpenSearch_2.19")),
        instance_type=_instance("instance_type", args.get("instance_type", "t3.medium.search")),
        instance_count=count,
        zones=_zones(count),
        dedicated_master_type=None
        if master is None
        else _instance("dedicated_master_type", master),
        volume_gigabytes=inputs.whole(
            "volume_gigabytes", args.get("volume_gigabytes", 20), minimum=10, maximum=3072
        ),
        network=placement,
        key_arn=inputs.given(args, "key_arn", inputs.arn),
        logs_key_arn=inputs.given(args, "logs_key_arn", inputs.arn),
        log_delivery=inputs.choice(
            "log_delivery", args.get("log_delivery", LogDelivery.CREATE), LogDelivery
        ),
        log_retention_days=log_group.retention(args),
        tags=own_tags,
    )


def _zones(instance_count: int) -> int:
    """Return over how many availability zones so many nodes are spread evenly."""
    if instance_count == 1:
        return 1
    return 3 if instance_count % 3 == 0 else 2


def _instance(name: str, value: object) -> str:
    instance = inputs.text(name, value)
    if not instance.endswith(".search"):
        raise inputs.InputError(name, f"is {instance!r}; allowed: a type that ends in .search")
    return instance


class SearchIndex(pulumi.ComponentResource):
    """A search index, or the statement that there is none."""

    engine: pulumi.Output[str]
    """The engine: none, sqlite, postgresql or opensearch."""
    location: pulumi.Output[str]
    """Where the engine is: a file, an address that begins with dsql:// or https://, or nothing."""
    access_statements: pulumi.Output[str]
    """IAM statements, as a JSON list, that a function needs to read and write the index."""

    def __init__(
        self, name: str, args: SearchIndexArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("SearchIndex", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:SearchIndex", name, {}, opts)
        self.engine = pulumi.Output.from_input(settings.engine.value)
        place = self._place(name, settings.place)
        self.location = place.location
        self.access_statements = place.access_statements
        self.register_outputs(
            {
                "engine": self.engine,
                "location": self.location,
                "access_statements": self.access_statements,
            }
        )

    def _place(self, name: str, settings: str | ClusterSettings | DomainSettings) -> SearchPlace:
        match settings:
            case str():
                said = pulumi.Output.from_input(settings)
                return SearchPlace(said, access_statements=pulumi.Output.from_input("[]"))
            case ClusterSettings():
                return create_cluster(name, settings, self)
            case DomainSettings():
                return create_domain(name, settings, self)

    @property
    def connection(self) -> SearchConnection:
        """What a FhirApi needs to know of this index."""
        return {
            "engine": self.engine,
            "location": self.location,
            "access_statements": self.access_statements,
        }
