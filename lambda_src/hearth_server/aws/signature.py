"""Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from hearth_server.aws.credentials import Credentials
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
        stamp = (moment or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        headers = {**request.headers, "x-amz-date": stamp}
        if self._credentials.token:
            headers["x-amz-security-token"] = self._credentials.token
        names = sorted(headers)
        signed = ";".join(names)
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
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
            key = f"AWS4{self._credentials.secret_key}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key, self._day = key, day
        return self._key


def canonical_query(query: tuple[tuple[str, str], ...]) -> str:
    """Return `query` encoded and sorted, as it is signed and as it is sent."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)
