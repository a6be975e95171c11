"""Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from hearth_server.aws.credentials import Credentials, from_environment
from hearth_server.aws.http import Request


class Signer:
    """Signs requests to one service in one region."""

    def __init__(self, service: str, region: str, credentials: Credentials) -> None:
        self._scope = f"{region}/{service}/aws4_request"
        self._region = region
        self._service = service
        self._credentials = credentials
        self._day = ""
        self._key = b""

    def sign(self, request: Request, moment: datetime | None = None) -> dict[str, str]:
        """Return the headers of `request` with the ones that prove who sends it.

        Every header of `request` is signed. Its path must be percent-encoded already.
        """
        stamp = _stamp(int((moment or datetime.now(UTC)).timestamp()))
        headers = {**request.headers, "x-amz-date": stamp}
        if self._credentials.token:
            headers["x-amz-security-token"] = self._credentials.token
        names, signed = _sorted_names(tuple(headers))
        lines = "".join([f"{name}:{headers[name].strip()}\n" for name in names])
        payload = headers.get("x-amz-content-sha256") or sha256(request.body).hexdigest()
        canonical = (
            f"{request.method}\n{request.path}\n{canonical_query(request.query)}\n"
            f"{lines}\n{signed}\n{payload}"
        )
        scope = f"{stamp[:8]}/{self._scope}"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key_of(stamp[:8]), text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._credentials.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
        return headers

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            secret = self._credentials.secret_key
            self._key = signing_key(secret, day, self._region, self._service)
            self._day = day
        return self._key


@lru_cache(maxsize=4)
def _stamp(second: int) -> str:
    """Return a second since 1970 as it is signed; requests come by the hundred within one."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%SZ")


@lru_cache(maxsize=64)
def _sorted_names(names: tuple[str, ...]) -> tuple[list[str], str]:
    """Return header names in order, and as a signature lists them: a service has few such sets."""
    ordered = sorted(names)
    return ordered, ";".join(ordered)


def presigned_query(
    service: str,
    region: str,
    host: str,
    query: Mapping[str, str],
    seconds: int,
    moment: datetime | None = None,
    credentials: Credentials | None = None,
) -> str:
    """Return the query of a GET of `/` that proves for so long who sends it.

    The credentials are the environment's if none are given. Raises NoCredentials.
    """
    own = credentials or from_environment()
    stamp = (moment or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    signed = {
        **query,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{own.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if own.token:
        signed["X-Amz-Security-Token"] = own.token
    written = canonical_query(tuple(signed.items()))
    canonical = f"GET\n/\n{written}\nhost:{host}\n\nhost\n{sha256(b'').hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = signing_key(own.secret_key, stamp[:8], region, service)
    return f"{written}&X-Amz-Signature={hmac.digest(key, text.encode(), 'sha256').hex()}"


def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key that signs for one service in one region on one day."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_query(query: tuple[tuple[str, str], ...]) -> str:
    """Return `query` encoded and sorted, as it is signed and as it is sent."""
    if not query:
        return ""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)
