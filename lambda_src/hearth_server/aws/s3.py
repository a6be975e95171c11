"""S3's API for one bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import unescape
from typing import NamedTuple, Protocol
from urllib.parse import quote

from msgspec import structs

from hearth_server.aws.credentials import Credentials
from hearth_server.aws.endpoint import Endpoint
from hearth_server.aws.errors import CallFailed
from hearth_server.aws.http import Answer, Request, Transport
from hearth_server.aws.service import Service

_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_ENTRY = re.compile(r"<(?:Version|DeleteMarker)>(.*?)</(?:Version|DeleteMarker)>", re.DOTALL)
_FIELD = re.compile(r"<(Key|VersionId|LastModified)>([^<]*)</\1>")
_KEY = re.compile(r"<Contents>.*?<Key>([^<]*)</Key>", re.DOTALL)
_NEXT = re.compile(r"<Next(Key|VersionId)Marker>([^<]*)</Next\1Marker>")


class ObjectVersion(NamedTuple):
    """One version of one object, or its delete marker."""

    key: str
    version: str
    modified: str
    """An instant in UTC, such as 2026-11-22T01:02:03.000Z."""


class Bucket(Protocol):
    """What a store needs of S3."""

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes; None if there is no such object."""

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete an object, or one version of it for good."""

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield every version of every object below `prefix`, delete markers included."""


class S3Bucket:
    """Calls S3 for one bucket."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        region: str,
        credentials: Credentials,
        transport: Transport | None = None,
    ) -> None:
        self._root = f"/{name}" if endpoint.custom else ""
        if not endpoint.custom:  # on AWS the bucket is a part of the host's name
            endpoint = structs.replace(endpoint, host=f"{name}.{endpoint.host}")
        self._service = Service("s3", endpoint, region, credentials, error_code, transport)

    def put(self, key: str, body: bytes) -> None:
        """Write an object. Raises CallFailed and Unanswered."""
        self._call("PutObject", "PUT", key, body=body)

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes; None if there is no such object.

        Raises CallFailed and Unanswered.
        """
        try:
            return self._call("GetObject", "GET", key).body
        except CallFailed as failure:
            if failure.code == "NoSuchKey":
                return None
            raise

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete an object, or one version of it for good. Raises CallFailed and Unanswered."""
        query = (("versionId", version),) if version else ()
        self._call("DeleteObject", "DELETE", key, query)

    def listed(self, after: str = "") -> Iterator[str]:
        """Yield the keys of all objects in order, from beyond one.

        Raises CallFailed and Unanswered.
        """
        more = True
        while more:
            query = (("list-type", "2"), ("start-after", after))
            text = self._call("ListObjectsV2", "GET", "", query).body.decode()
            found = [unescape(key) for key in _KEY.findall(text)]
            yield from found
            more = bool(found) and "<IsTruncated>true</IsTruncated>" in text
            after = found[-1] if found else after

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield every version of every object below `prefix`, delete markers included.

        Raises CallFailed and Unanswered.
        """
        place: dict[str, str] = {}
        while True:
            query = {"versions": "", "prefix": prefix, **place}
            answer = self._call("ListObjectVersions", "GET", "", tuple(query.items()))
            text = answer.body.decode()
            for entry in _ENTRY.findall(text):
                fields = dict(_FIELD.findall(entry))
                yield ObjectVersion(
                    unescape(fields["Key"]), fields["VersionId"], fields["LastModified"]
                )
            place = {
                {"Key": "key-marker", "VersionId": "version-id-marker"}[name]: unescape(value)
                for name, value in _NEXT.findall(text)
            }
            if not place:
                return

    def _call(
        self,
        operation: str,
        method: str,
        key: str,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Answer:
        headers: Mapping[str, str] = {"x-amz-content-sha256": sha256(body).hexdigest()}
        path = f"{self._root}/{quote(key, safe='/-_.~')}"
        answer, code = self._service.send(operation, Request(method, path, headers, body, query))
        if code:
            raise CallFailed(operation, answer.status, code)
        return answer


def error_code(answer: Answer) -> str:
    """Return the error's code, such as NoSuchKey."""
    found = _CODE.search(answer.body)
    return found[1].decode() if found else f"status {answer.status}"
