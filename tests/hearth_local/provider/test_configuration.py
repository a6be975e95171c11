"""The provider's configuration."""

from __future__ import annotations

from typing import Any

import pytest
from hearth_local.provider.configuration import ConfigurationError, parse
from hearth_local.provider.values import UNKNOWN, Secret

HERE = "http://127.0.0.1:4566"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID",
                 "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def test_objects_come_as_json_text_and_secrets_marked() -> None:
    """As Pulumi sends a provider's configuration."""
    configuration = parse(
        {
            "region": "eu-central-1",
            "accessKey": Secret("key"),
            "secretKey": Secret("secret"),
            "defaultTags": '{"tags": {"stage": "local"}}',
            "endpoints": f'[{{"s3": "{HERE}/", "cognitoidp": "{HERE}"}}]',
            "skipCredentialsValidation": "true",
        }
    )

    assert configuration.default_tags == {"stage": "local"}
    assert configuration.connection.endpoint == HERE
    assert configuration.connection.endpoints == {"s3": HERE, "cognito-idp": HERE}
    assert configuration.connection.access_key == "key"


def test_the_environment_fills_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoint, region and credentials."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", HERE)
    monkeypatch.setenv("AWS_REGION", "ap-southeast-2")

    connection = parse({}).connection

    assert (connection.endpoint, connection.region) == (HERE, "ap-southeast-2")
    assert (connection.access_key, connection.secret_key) == ("test", "test")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"region": "eu-central-1"}, "no endpoint"),
        ({"endpoints": f'[{{"s3": "{HERE}"}}]'}, "no region"),
        ({"endpoints": f'[{{"s3": "{HERE}"}}]', "region": UNKNOWN}, "no region"),
        (
            {"region": "eu-central-1", "endpoints": '[{"s3": "https://s3.amazonaws.com"}]'},
            "not on this machine",
        ),
        ({"region": "eu-central-1", "endpoints": "[{"}, "aws:endpoints is not JSON"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused(given: dict[str, Any], reason: str) -> None:
    """Above all, the provider never talks to an AWS in the cloud."""
    with pytest.raises(ConfigurationError, match=reason):
        parse(given)
