"""Calls a stage's own AWS as its root user, for what no function of the stage may do."""

from __future__ import annotations

from typing import Any


def root_client(service: str, endpoint: str, region: str) -> Any:
    """Return a boto3 client of a service of the MiniStack at `endpoint`."""
    import boto3  # half a second, which most commands do not need

    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        # `test` is MiniStack's root key; it means nothing anywhere else.
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )
