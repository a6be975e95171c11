"""Where records are kept: the `ResourceStore` protocol and its implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearth_server.aws.s3 import S3Bucket
    from hearth_server.settings import Settings
    from hearth_server.store.dynamodb import DynamoDBStore


def open(settings: Settings) -> DynamoDBStore:
    """Return the store over the stage's table and bucket; no call is made yet.

    Raises `aws.credentials.NoCredentials`.
    """
    from hearth_server.aws.credentials import from_environment
    from hearth_server.aws.dynamodb import DynamoDB
    from hearth_server.aws.endpoint import resolve
    from hearth_server.store.dynamodb import DynamoDBStore

    credentials = from_environment()
    region, suffix = settings.region, settings.url_suffix
    table = DynamoDB(resolve("dynamodb", region, suffix), region, credentials)
    bodies = open_bucket(settings, settings.bodies_bucket)
    return DynamoDBStore(table, settings.resources_table, bodies)


def open_bucket(settings: Settings, name: str) -> S3Bucket:
    """Return one of the stage's buckets. Raises `aws.credentials.NoCredentials`."""
    from hearth_server.aws.credentials import from_environment
    from hearth_server.aws.endpoint import resolve
    from hearth_server.aws.s3 import S3Bucket

    endpoint = resolve("s3", settings.region, settings.url_suffix)
    return S3Bucket(name, endpoint, settings.region, from_environment())
