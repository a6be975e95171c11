"""SCRAM-SHA-256: proves that one knows a password without saying it.

https://www.rfc-editor.org/rfc/rfc7677
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256


class Scram:
    """One exchange."""

    def __init__(self, password: str, nonce: str | None = None) -> None:
        self._password = password.encode()
        self._nonce = nonce or secrets.token_urlsafe(18)
        self._signature = b""

    def first(self) -> str:
        """Return what the client says first."""
        return f"n,,{self._bare()}"

    def final(self, challenge: str) -> str:
        """Return the proof that answers the server's challenge. Raises ValueError."""
        told = dict(part.split("=", 1) for part in challenge.split(","))
        if not told["r"].startswith(self._nonce):
            raise ValueError("the server answers somebody else")
        salted = pbkdf2_hmac("sha256", self._password, b64decode(told["s"]), int(told["i"]))
        said = f"c=biws,r={told['r']}"
        exchange = f"{self._bare()},{challenge},{said}".encode()
        key = hmac.digest(salted, b"Client Key", "sha256")
        proof = hmac.digest(sha256(key).digest(), exchange, "sha256")
        self._signature = hmac.digest(
            hmac.digest(salted, b"Server Key", "sha256"), exchange, "sha256"
        )
        mixed = bytes(one ^ other for one, other in zip(key, proof, strict=True))
        return f"{said},p={b64encode(mixed).decode()}"

    def genuine(self, verdict: str) -> bool:
        """Whether the server has shown that it knows the password too."""
        return hmac.compare_digest(verdict, f"v={b64encode(self._signature).decode()}")

    def _bare(self) -> str:
        return f"n=,r={self._nonce}"
