"""The AWS that the provider talks to: its clients, region, account and names."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Connection:
    """Where AWS is and who calls: what the provider's configuration says."""

    region: str
    endpoint: str
    endpoints: Mapping[str, str] = field(default_factory=dict)
    access_key: str = "test"
    secret_key: str = "test"  # noqa: S105 MiniStack's own root key
    token: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether every endpoint is on this machine: the provider talks to nothing else."""
        return all(
            urlsplit(address).hostname in LOOPBACK
            for address in (self.endpoint, *self.endpoints.values())
        )


class Clients:
    """boto3 clients by service and region, made once each; safe to share between threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._made: dict[tuple[str, str, bool], Any] = {}
        self._lock = threading.RLock()

    def get(self, service: str, region: str, *, validate: bool = True) -> Any:
        """Return the client of a service in a region; `validate=False` checks no arguments."""
        key = (service, region, validate)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(service, region, validate)
            return self._made[key]

    @cached_property
    def account(self) -> str:
        """The account's number."""
        client = self.get("sts", self._connection.region)
        return str(client.get_caller_identity()["Account"])

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.session.Session(
            aws_access_key_id=self._connection.access_key,
            aws_secret_access_key=self._connection.secret_key,
            aws_session_token=self._connection.token,
        )

    def _make(self, service: str, region: str, validate: bool) -> Any:
        from botocore.config import Config

        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self._connection.endpoints.get(service, self._connection.endpoint),
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 4},
                s3={"addressing_style": "path"},
                max_pool_connections=32,
                parameter_validation=validate,
            ),
        )


@dataclass(frozen=True)
class Aws:
    """AWS as one call of the engine sees it: for one resource, in one region."""

    clients: Clients
    region: str
    endpoint: str
    urn: str = ""
    default_tags: Mapping[str, str] = field(default_factory=dict)

    def client(self, service: str, *, validate: bool = True) -> Any:
        """Return the boto3 client of a service in the resource's region."""
        return self.clients.get(service, self.region, validate=validate)

    def within(self, region: str | None) -> Aws:
        """Return the same AWS for another region; none keeps this one."""
        return replace(self, region=region) if region else self

    @property
    def account(self) -> str:
        """The account's number."""
        return self.clients.account

    @property
    def partition(self) -> str:
        """The partition that the region lies in."""
        return partition_of(self.region)

    @property
    def url_suffix(self) -> str:
        """The DNS suffix of the partition."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """Return the ARN of a resource of this account; `region=""` for global services."""
        where = self.region if region is None else region
        account = "" if service in {"s3", "apigateway"} else self.account
        return f"arn:{self.partition}:{service}:{where}:{account}:{resource}"


def partition_of(region: str) -> str:
    """Return the partition that a region lies in."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
