"""A SearchIndex: what it registers for each engine, and which inputs it refuses."""

from __future__ import annotations

import json

import pytest
from hearth_aws import InputError, SearchIndex, SearchIndexArgs
from hearth_server.search.engines.sql.address import parse

from tests.hearth_aws.graph import own
from tests.hearth_aws.programs import by_default, told

GIVEN_KEY = "arn:aws:kms:eu-central-1:123456789012:key/given"


def test_no_search_makes_no_resource_and_says_so() -> None:
    graph = by_default()
    index = graph.one("hearth:index:SearchIndex", "no-search")

    assert graph.children(index) == []
    assert index.outputs == {"engine": "none", "location": "", "access_statements": "[]"}


def test_a_file_makes_no_resource_and_needs_no_right() -> None:
    graph = told()
    index = graph.one("hearth:index:SearchIndex", "one-file")

    assert graph.children(index) == []
    assert index.outputs == {
        "engine": "sqlite",
        "location": "/var/search.sqlite3",
        "access_statements": "[]",
    }


def test_a_cluster_is_encrypted_with_a_key_of_its_own_and_cannot_be_deleted_by_mistake() -> None:
    graph = by_default()

    assert own(graph.one("dsql/cluster:Cluster", "cluster")) == {
        "deletionProtectionEnabled": True,
        "kmsEncryptionKey": graph.one("kms/key:Key", "cluster-key").outputs["arn"],
    }


def test_aurora_dsql_may_use_the_key_for_clusters_of_this_account_and_for_nothing_else() -> None:
    statements = by_default().statements("kms/key:Key", "cluster-key")

    clusters = {"ArnLike": {"aws:SourceArn": "arn:aws:dsql:eu-central-1:123456789012:cluster/*"}}
    assert statements["Dsql"] == {
        "Effect": "Allow",
        "Action": [
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        "Resource": ["*"],
        "Principal": {"Service": "dsql.amazonaws.com"},
        "Condition": {**clusters, "Null": {"kms:EncryptionContext:aws:dsql:ClusterId": "false"}},
    }
    assert statements["DsqlLook"]["Condition"] == clusters


def test_a_function_may_connect_to_the_cluster_and_nothing_else() -> None:
    graph = by_default()
    cluster = graph.one("dsql/cluster:Cluster", "cluster").outputs

    outputs = graph.one("hearth:index:SearchIndex", "cluster").outputs

    assert (outputs["engine"], outputs["location"]) == (
        "postgresql",
        f"dsql://admin@{cluster['identifier']}.dsql.eu-central-1.on.aws/postgres",
    )
    assert json.loads(str(outputs["access_statements"])) == [
        {
            "Sid": "Search",
            "Effect": "Allow",
            "Action": ["dsql:DbConnectAdmin"],
            "Resource": [cluster["arn"]],
        }
    ]


def test_the_server_understands_the_location_of_a_cluster() -> None:
    location = by_default().one("hearth:index:SearchIndex", "cluster").outputs["location"]

    address = parse(str(location), "eu-central-1")

    assert address.dialect.name == "dsql"
    assert address.server.host.endswith(".dsql.eu-central-1.on.aws")
    assert address.server.trust is not None  # never without TLS


def test_a_cluster_takes_what_it_is_told() -> None:
    assert own(told().one("dsql/cluster:Cluster", "cluster")) == {
        "deletionProtectionEnabled": False,
        "kmsEncryptionKey": GIVEN_KEY,
    }


def test_an_engine_that_is_there_already_makes_no_resource_and_needs_no_right() -> None:
    graph = told()
    index = graph.one("hearth:index:SearchIndex", "elsewhere")

    assert graph.children(index) == []
    assert index.outputs == {
        "engine": "postgresql",
        "location": "postgresql:///search",
        "access_statements": "[]",
    }


def test_a_domain_is_encrypted_takes_https_only_and_is_open_to_nobody() -> None:
    graph = by_default()
    key = graph.one("kms/key:Key", "domain-key").outputs["arn"]
    log = graph.one("cloudwatch/logGroup:LogGroup", "domain").outputs["arn"]

    # No accessPolicies: without a resource policy only IAM's word counts.
    assert own(graph.one("opensearch/domain:Domain", "domain")) == {
        "engineVersion": "OpenSearch_2.19",
        "clusterConfig": {
            "instanceType": "t3.medium.search",
            "instanceCount": 1,
            "dedicatedMasterEnabled": False,
            "zoneAwarenessEnabled": False,
        },
        "ebsOptions": {"ebsEnabled": True, "volumeType": "gp3", "volumeSize": 20},
        "encryptAtRest": {"enabled": True, "kmsKeyId": key},
        "nodeToNodeEncryption": {"enabled": True},
        "domainEndpointOptions": {
            "enforceHttps": True,
            "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
        },
        "softwareUpdateOptions": {"autoSoftwareUpdateEnabled": True},
        "logPublishingOptions": [{"logType": "ES_APPLICATION_LOGS", "cloudwatchLogGroupArn": log}],
    }


def test_a_domain_has_its_log_and_the_right_to_write_it_before_it_starts() -> None:
    graph = by_default()
    group = graph.one("cloudwatch/logGroup:LogGroup", "domain")
    policy = graph.one("cloudwatch/logResourcePolicy:LogResourcePolicy")

    assert own(group) == {
        "kmsKeyId": graph.one("kms/key:Key", "domain-logs-key").outputs["arn"],
        "retentionInDays": 2557,
    }
    assert graph.statements(
        "cloudwatch/logResourcePolicy:LogResourcePolicy", key="policyDocument"
    ) == {
        "OpenSearchLog": {
            "Effect": "Allow",
            "Action": ["logs:PutLogEvents", "logs:CreateLogStream"],
            "Resource": [f"{group.outputs['arn']}:*"],
            "Principal": {"Service": "es.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    }
    assert policy.urn in graph.one("opensearch/domain:Domain", "domain").dependencies


def test_a_function_may_search_the_domain_and_nothing_else() -> None:
    graph = by_default()
    domain = graph.one("opensearch/domain:Domain", "domain").outputs

    outputs = graph.one("hearth:index:SearchIndex", "domain").outputs

    assert (outputs["engine"], outputs["location"]) == (
        "opensearch",
        f"https://{domain['endpoint']}",
    )
    assert json.loads(str(outputs["access_statements"])) == [
        {
            "Sid": "Search",
            "Effect": "Allow",
            "Action": ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"],
            "Resource": [f"{domain['arn']}/*"],
        }
    ]


def test_a_domain_takes_what_it_is_told() -> None:
    graph = told()
    domain = graph.inputs("opensearch/domain:Domain", "domain")

    assert domain["engineVersion"] == "OpenSearch_3.1"
    assert domain["clusterConfig"] == {
        "instanceType": "m7g.large.search",
        "instanceCount": 3,
        "dedicatedMasterEnabled": True,
        "dedicatedMasterType": "m7g.medium.search",
        "dedicatedMasterCount": 3,
        "zoneAwarenessEnabled": True,
        "zoneAwarenessConfig": {"availabilityZoneCount": 3},
    }
    assert domain["ebsOptions"]["volumeSize"] == 100
    assert domain["encryptAtRest"]["kmsKeyId"] == GIVEN_KEY
    assert domain["vpcOptions"] == {
        "subnetIds": ["subnet-a", "subnet-b", "subnet-c"],
        "securityGroupIds": ["sg-a"],
    }
    assert own(graph.one("cloudwatch/logGroup:LogGroup", "domain")) == {
        "kmsKeyId": GIVEN_KEY,
        "retentionInDays": 365,
    }
    assert graph.all("cloudwatch/logResourcePolicy:LogResourcePolicy") == []


def test_a_silent_domain_of_two_nodes_spans_two_zones() -> None:
    domain = told().inputs("opensearch/domain:Domain", "silent")

    assert "logPublishingOptions" not in domain
    assert domain["clusterConfig"]["zoneAwarenessConfig"] == {"availabilityZoneCount": 2}


ONE_SUBNET = {"subnet_ids": ["subnet-a"], "security_group_ids": ["sg-a"]}


@pytest.mark.parametrize(
    ("args", "input_", "problem"),
    [
        (
            {"engine": "mysql"},
            "engine",
            "is 'mysql'; allowed: none, sqlite, postgresql, opensearch",
        ),
        (
            {"engine": "postgresql", "instance_type": "m7g.large.search"},
            "instance_type",
            "is only for the engine opensearch, not postgresql",
        ),
        (
            {"engine": "sqlite", "file": "/a", "key_arn": "arn"},
            "key_arn",
            "is only for the engine postgresql or opensearch, not sqlite",
        ),
        (
            {"engine": "postgresql", "location": "postgresql:///a", "deletion_protection": False},
            "deletion_protection",
            "is only for what is made here; location names another",
        ),
        ({"file": "/a"}, "file", "is only for the engine sqlite, not none"),
        ({"engine": "sqlite"}, "file", "is required"),
        (
            {"engine": "sqlite", "file": "search.db"},
            "file",
            "is 'search.db'; allowed: an absolute path",
        ),
        (
            {"engine": "sqlite", "file": "/a", "instance_count": 1},
            "instance_count",
            "is only for the engine opensearch, not sqlite",
        ),
        (
            {"engine": "opensearch", "instance_type": "t3.medium"},
            "instance_type",
            "is 't3.medium'; allowed: a type that ends in .search",
        ),
        (
            {"engine": "opensearch", "instance_count": 0},
            "instance_count",
            "is 0; allowed: 1 to 80",
        ),
        (
            {"engine": "opensearch", "volume_gigabytes": 1},
            "volume_gigabytes",
            "is 1; allowed: 10 to 3072",
        ),
        (
            {"engine": "opensearch", "log_delivery": "on"},
            "log_delivery",
            "is 'on'; allowed: create, adopt, off",
        ),
        (
            {"engine": "opensearch", "network": ONE_SUBNET, "instance_count": 2},
            "network.subnet_ids",
            "has 1; 2 data nodes take exactly 2",
        ),
        (
            {"engine": "opensearch", "network": {"subnet_ids": ["subnet-a"]}},
            "network.security_group_ids",
            "is required",
        ),
        (
            {"engine": "opensearch", "network": {**ONE_SUBNET, "subnet_ids": []}},
            "network.subnet_ids",
            "is empty; allowed: one id or more",
        ),
        (
            {"engine": "opensearch", "network": {**ONE_SUBNET, "vpc": "vpc-a"}},
            "network.vpc",
            "is not known; allowed: subnet_ids, security_group_ids",
        ),
        ({"engine": "opensearch", "network": "vpc-a"}, "network", "is 'vpc-a'; allowed: a map"),
    ],
)
def test_a_wrong_input_is_named(args: SearchIndexArgs, input_: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        SearchIndex("search", args)

    assert str(error.value) == f"SearchIndex 'search': input {input_} {problem}"


def test_a_domain_whose_name_aws_would_refuse_is_refused_first() -> None:
    with pytest.raises(InputError) as error:
        SearchIndex("the-search-index-of-ward-7", {"engine": "opensearch"})  # type: ignore[typeddict-item]

    assert str(error.value) == (
        "SearchIndex 'the-search-index-of-ward-7': input name is 'the-search-index-of-ward-7'; "
        "allowed: 3 to 20 small letters, digits and hyphens"
    )
