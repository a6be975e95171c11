"""Endpoints follow the rules that botocore follows."""

from __future__ import annotations

import os
from unittest import mock

import botocore.session
import pytest
from hearth_server.aws.endpoint import Endpoint, parse, resolve

ENVIRONMENTS = [
    pytest.param({}, id="aws"),
    pytest.param({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, id="for-all"),
    pytest.param({"AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:8000"}, id="for-one"),
    pytest.param({"AWS_ENDPOINT_URL_S3": "http://localhost:8000"}, id="for-another"),
    pytest.param(
        {"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_DYNAMODB": "https://b"},
        id="the-nearer-wins",
    ),
    pytest.param(
        {"AWS_ENDPOINT_URL": "http://a:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        id="ignored",
    ),
    pytest.param({"AWS_ENDPOINT_URL": ""}, id="empty"),
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_endpoint_is_the_one_that_botocore_chooses(environment: dict[str, str]) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with mock.patch.dict(os.environ, {**keys, **nowhere, **environment}, clear=True):
        theirs = botocore.session.Session().create_client("dynamodb", region_name="eu-central-1")

    ours = resolve("dynamodb", "eu-central-1", "amazonaws.com", environment)

    expected = parse(theirs.meta.endpoint_url)
    assert (ours.host, ours.port, ours.secure) == (expected.host, expected.port, expected.secure)


@pytest.mark.parametrize(
    ("region", "suffix"),
    [("cn-north-1", "amazonaws.com.cn"), ("us-gov-west-1", "amazonaws.com")],
)
def test_other_partitions_have_their_own_suffix(region: str, suffix: str) -> None:
    theirs = botocore.session.Session().create_client(
        "dynamodb", region_name=region, aws_access_key_id="a", aws_secret_access_key="b"
    )

    ours = resolve("dynamodb", region, suffix, {})

    assert f"https://{ours.authority}" == theirs.meta.endpoint_url


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://127.0.0.1:4566/", "127.0.0.1:4566", ""),
        ("https://example.org", "example.org", ""),
        ("https://example.org:8443/aws/", "example.org:8443", "/aws"),
        ("http://[::1]:80", "[::1]", ""),
    ],
)
def test_a_url_is_taken_apart(url: str, authority: str, path: str) -> None:
    endpoint = parse(url)

    assert (endpoint.authority, endpoint.path, endpoint.custom) == (authority, path, True)


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://host", "http://"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not the URL of an endpoint"):
        parse(url)


def test_only_this_machine_is_loopback() -> None:
    hosts = ["127.0.0.1", "localhost", "::1", "example.org", "10.0.0.1"]

    assert [Endpoint(host, 80, secure=False).loopback for host in hosts] == [
        True, True, True, False, False,
    ]  # fmt: skip
