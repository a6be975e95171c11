"""Amazon Aurora: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/. Declared only."""

from __future__ import annotations

import hashlib

from hearth_local.provider.aws import Aws
from hearth_local.provider.declared_resource import DeclaredResource
from hearth_local.provider.naming import Autoname
from hearth_local.provider.values import Properties

_PORTS = {"aurora-postgresql": 5432, "postgres": 5432, "aurora-mysql": 3306, "mysql": 3306}


class Cluster(DeclaredResource):
    """A cluster; its id is its identifier."""

    pulumi_type = "aws:rds/cluster:Cluster"
    service, path = "rds", "cluster:{id}"
    autoname = Autoname(
        "clusterIdentifier",
        prefix_property="clusterIdentifierPrefix",
        longest=63,
        lower_case=True,
    )
    replace_on = frozenset(
        {
            "clusterIdentifier",
            "clusterIdentifierPrefix",
            "engine",
            "engineMode",
            "databaseName",
            "masterUsername",
            "dbSubnetGroupName",
            "kmsKeyId",
            "storageEncrypted",
            "availabilityZones",
            "snapshotIdentifier",
            "restoreToPointInTime",
            "s3Import",
            "sourceRegion",
        }
    )
    secrets = frozenset({"masterPassword"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"backupRetentionPeriod": 1, "engineMode": "provisioned", "skipFinalSnapshot": False}

    def create(self, aws: Aws, inputs: Properties) -> str:
        return str(inputs["clusterIdentifier"])

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        resource = _resource_id("cluster", aws.urn, id)
        seen: Properties = {
            "clusterResourceId": resource,
            "endpoint": _endpoint(aws, f"{id}.cluster", resource),
            "readerEndpoint": _endpoint(aws, f"{id}.cluster-ro", resource),
            "port": state.get("port") or _PORTS.get(str(state.get("engine")), 5432),
            "engineVersionActual": state.get("engineVersion", ""),
            "hostedZoneId": "",
        }
        if state.get("manageMasterUserPassword"):
            name = f"secret:rds!{resource.lower()}"
            secret = {"secretArn": aws.arn("secretsmanager", name), "secretStatus": "active"}
            seen["masterUserSecrets"] = [{**secret, "kmsKeyId": state.get("kmsKeyId", "")}]
        return seen


class ClusterInstance(DeclaredResource):
    """An instance of a cluster; its id is its identifier."""

    pulumi_type = "aws:rds/clusterInstance:ClusterInstance"
    service, path = "rds", "db:{id}"
    autoname = Autoname(
        "identifier", prefix_property="identifierPrefix", longest=63, lower_case=True
    )
    replace_on = frozenset(
        {
            "identifier",
            "identifierPrefix",
            "clusterIdentifier",
            "engine",
            "availabilityZone",
            "dbSubnetGroupName",
            "customIamInstanceProfile",
        }
    )

    def defaults(self, inputs: Properties) -> Properties:
        return {"autoMinorVersionUpgrade": True, "promotionTier": 0, "publiclyAccessible": False}

    def create(self, aws: Aws, inputs: Properties) -> str:
        return str(inputs["identifier"])

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        resource = _resource_id("db", aws.urn, id)
        return {
            "dbiResourceId": resource,
            "endpoint": _endpoint(aws, id, resource),
            "port": _PORTS.get(str(state.get("engine")), 5432),
            "engineVersionActual": state.get("engineVersion", ""),
            "storageEncrypted": True,
            "writer": True,
        }


class SubnetGroup(DeclaredResource):
    """The subnets of a cluster; its id is its name."""

    pulumi_type = "aws:rds/subnetGroup:SubnetGroup"
    service, path = "rds", "subgrp:{id}"
    autoname = Autoname(prefix_property="namePrefix", longest=255, lower_case=True)
    replace_on = frozenset({"name", "namePrefix"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"description": "Managed by Pulumi"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        return str(inputs["name"])

    def computed(self, aws: Aws, id: str, state: Properties) -> Properties:
        return {"supportedNetworkTypes": ["IPV4"]}


def _resource_id(kind: str, urn: str, id: str) -> str:
    digits = hashlib.sha256(f"{urn}{id}".encode()).hexdigest().upper()
    return f"{kind}-{digits[:26]}"


def _endpoint(aws: Aws, name: str, resource: str) -> str:
    """Return a host name as Aurora's are; none such exists, so a client fails at once."""
    return f"{name}-{resource[-12:].lower()}.{aws.region}.rds.{aws.url_suffix}"
