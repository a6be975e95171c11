"""The S3 client: addresses, answers, listings."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hearth_server.aws.credentials import Credentials
from hearth_server.aws.endpoint import Endpoint, parse
from hearth_server.aws.errors import CallFailed
from hearth_server.aws.http import Answer
from hearth_server.aws.s3 import ObjectVersion, S3Bucket

from tests.hearth_server.aws.http_server import Reply, serving

CREDENTIALS = Credentials("AKID", "secret")


def bucket(url: str) -> S3Bucket:
    """Return a client of a bucket on the server at `url`."""
    return S3Bucket("bodies", parse(url), "eu-central-1", CREDENTIALS)


def failure(status: int, code: str) -> Reply:
    """Return an error as S3 sends it."""
    return Reply(status, f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode())


def test_an_object_is_written_under_its_key() -> None:
    with serving(lambda *_: Reply(body=b"")) as server:
        bucket(server.url).put("t/Patient/a b/1", b"bytes")

    (received,) = server.received
    assert (received.method, received.target, received.body) == (
        "PUT", "/bodies/t/Patient/a%20b/1", b"bytes",
    )  # fmt: skip
    assert received.headers["x-amz-content-sha256"] == sha256(b"bytes").hexdigest()


def test_an_object_is_read_and_deleted() -> None:
    with serving(lambda _, received: Reply(body=received.method.encode())) as server:
        found = bucket(server.url).get("k")
        bucket(server.url).delete("k")
        bucket(server.url).delete("k", "v/1")

    assert found == b"GET"
    assert [f"{received.method} {received.target}" for received in server.received] == [
        "GET /bodies/k", "DELETE /bodies/k", "DELETE /bodies/k?versionId=v%2F1",
    ]  # fmt: skip


def test_an_object_that_is_not_there_is_none() -> None:
    with serving(lambda *_: failure(404, "NoSuchKey")) as server:
        assert bucket(server.url).get("k") is None


def test_another_failure_is_raised() -> None:
    with (
        serving(lambda *_: failure(403, "AccessDenied")) as server,
        pytest.raises(CallFailed, match="GetObject failed with AccessDenied"),
    ):
        bucket(server.url).get("k")


def test_a_passing_failure_is_tried_again() -> None:
    with serving(lambda n, _: failure(503, "SlowDown") if n < 2 else Reply(body=b"")) as server:
        bucket(server.url).put("k", b"")

    assert len(server.received) == 3


def test_all_versions_are_listed_over_all_pages() -> None:
    first = b"""<ListVersionsResult>
      <IsTruncated>true</IsTruncated><NextKeyMarker>a&amp;b</NextKeyMarker>
      <NextVersionIdMarker>v1</NextVersionIdMarker>
      <Version><Key>a&amp;b</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest>
        <LastModified>2026-01-01T00:00:00.000Z</LastModified></Version>
    </ListVersionsResult>"""
    second = b"""<ListVersionsResult><IsTruncated>false</IsTruncated>
      <DeleteMarker><Key>c</Key><VersionId>v2</VersionId>
        <LastModified>2026-01-02T00:00:00.000Z</LastModified></DeleteMarker>
    </ListVersionsResult>"""
    with serving(lambda number, _: Reply(body=(first, second)[number])) as server:
        found = list(bucket(server.url).versions("a"))

    assert found == [
        ObjectVersion("a&b", "v1", "2026-01-01T00:00:00.000Z"),
        ObjectVersion("c", "v2", "2026-01-02T00:00:00.000Z"),
    ]
    assert server.received[1].target == (
        "/bodies/?key-marker=a%26b&prefix=a&version-id-marker=v1&versions="
    )


def test_all_objects_are_listed_over_all_pages_from_beyond_one() -> None:
    first = b"""<ListBucketResult><Prefix></Prefix><IsTruncated>true</IsTruncated>
      <Contents><Key>b&amp;c</Key><Size>3</Size></Contents>
      <Contents><Key>d/e</Key><Size>3</Size></Contents></ListBucketResult>"""
    second = b"""<ListBucketResult><IsTruncated>false</IsTruncated>
      <Contents><Key>f</Key></Contents></ListBucketResult>"""
    with serving(lambda number, _: Reply(body=(first, second)[number])) as server:
        found = list(bucket(server.url).listed("a"))

    assert found == ["b&c", "d/e", "f"]
    assert [each.target for each in server.received] == [
        "/bodies/?list-type=2&start-after=a",
        "/bodies/?list-type=2&start-after=d%2Fe",
    ]


def test_an_empty_bucket_lists_nothing() -> None:
    empty = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    with serving(lambda *_: Reply(body=empty)) as server:
        assert list(bucket(server.url).listed()) == []


def test_on_aws_the_bucket_is_a_part_of_the_host() -> None:
    sent: list[tuple[str, str]] = []

    def transport(method: str, target: str, headers: dict[str, str], *_: object) -> Answer:
        sent.append((headers["host"], target))
        return Answer(200, {}, b"")

    S3Bucket(
        "bodies",
        Endpoint("s3.eu-central-1.amazonaws.com", 443, secure=True),
        "eu-central-1",
        CREDENTIALS,
        transport,  # type: ignore[arg-type]
    ).get("k")

    assert sent == [("bodies.s3.eu-central-1.amazonaws.com", "/k")]
