"""Where a service is: on AWS, or where the environment says.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Endpoint(Struct, frozen=True):
    """The address of a service."""

    host: str
    port: int
    secure: bool
    path: str = ""
    """What every path starts with, without a slash at the end."""
    custom: bool = False
    """Whether the environment named it."""

    @property
    def authority(self) -> str:
        """The Host header: without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether nothing sent there leaves this machine."""
        return self.host in _LOOPBACK


def resolve(
    service: str, region: str, url_suffix: str, environment: Mapping[str, str] | None = None
) -> Endpoint:
    """Return the endpoint of `service`: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, or AWS.

    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves only AWS.
    """
    env = os.environ if environment is None else environment
    if env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        url = env.get(f"AWS_ENDPOINT_URL_{service.upper()}") or env.get("AWS_ENDPOINT_URL")
        if url:
            return parse(url)
    return Endpoint(f"{service}.{region}.{url_suffix}", 443, secure=True)


def parse(url: str) -> Endpoint:
    """Return the endpoint that `url` names. Raises ValueError when it is not an http URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not the URL of an endpoint")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return Endpoint(parts.hostname, port, secure, parts.path.rstrip("/"), custom=True)
