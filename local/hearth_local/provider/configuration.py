"""The provider's configuration: region, endpoint, credentials, default tags.

It takes what Pulumi's AWS provider takes; an engine sends objects as JSON text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hearth_local.provider.aws import Connection
from hearth_local.provider.values import Properties, Unknown, reveal

# Names of services in the provider's `endpoints` that boto3 calls otherwise.
_SERVICES = {
    "cognitoidp": "cognito-idp",
    "cloudwatchlogs": "logs",
    "configservice": "config",
    "stepfunctions": "stepfunctions",
    "eventbridge": "events",
}


class ConfigurationError(Exception):
    """The configuration cannot be used: the message names the key."""


@dataclass(frozen=True)
class Configuration:
    """The connection, and the tags that every resource gets."""

    connection: Connection
    default_tags: Mapping[str, str] = field(default_factory=dict)


def parse(properties: Properties) -> Configuration:
    """Return the configuration; the environment fills what is not given.

    Raises ConfigurationError, also for an endpoint that is not on this machine.
    """
    given = {name: _value(name, value) for name, value in reveal(properties).items()}
    endpoints = _endpoints(given.get("endpoints"))
    distinct = sorted(set(endpoints.values()))
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or (distinct[0] if len(distinct) == 1 else "")
    if not endpoint:
        raise ConfigurationError(
            "no endpoint: set AWS_ENDPOINT_URL or aws:endpoints to the local AWS's address"
        )
    region = given.get("region") or _environment("AWS_REGION", "AWS_DEFAULT_REGION")
    if not region or isinstance(region, Unknown):
        raise ConfigurationError("no region: set aws:region or AWS_REGION")
    connection = Connection(
        region=str(region),
        endpoint=endpoint.rstrip("/"),
        endpoints=endpoints,
        access_key=given.get("accessKey") or _environment("AWS_ACCESS_KEY_ID") or "test",
        secret_key=given.get("secretKey") or _environment("AWS_SECRET_ACCESS_KEY") or "test",
        token=given.get("pulumi_type") or _environment("AWS_SESSION_TOKEN"),
    )
    if not connection.is_local:
        raise ConfigurationError(
            f"the endpoint {endpoint} is not on this machine; this provider is for a local AWS only"
        )
    return Configuration(connection, _default_tags(given.get("defaultTags")))


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError as error:
            raise ConfigurationError(f"aws:{name} is not JSON: {error}") from error
    return value


def _endpoints(given: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in given if isinstance(given, list) else [given or {}]:
        for service, address in group.items():
            found[_SERVICES.get(service, service)] = address.rstrip("/")
    return found


def _default_tags(given: Any) -> dict[str, str]:
    tags = (given or {}).get("tags") or {} if isinstance(given, dict) else {}
    return {name: str(text) for name, text in tags.items()}


def _environment(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)
