"""The function's credentials, as Lambda gives them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct


class Credentials(Struct, frozen=True):
    """What signs a request."""

    access_key: str
    secret_key: str
    token: str | None = None

    def __repr__(self) -> str:
        """Return what may be shown."""
        return f"Credentials(access_key={self.access_key!r})"


class NoCredentials(Exception):
    """The environment holds no credentials."""


def from_environment(environment: Mapping[str, str] | None = None) -> Credentials:
    """Return the credentials that the environment holds. Raises NoCredentials."""
    env = os.environ if environment is None else environment
    try:
        return Credentials(
            env["AWS_ACCESS_KEY_ID"],
            env["AWS_SECRET_ACCESS_KEY"],
            env.get("AWS_SESSION_TOKEN") or None,
        )
    except KeyError as error:
        raise NoCredentials(f"{error.args[0]} is not set") from None
