"""Where an OpenSearch is, and whether requests to it are signed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msgspec import Struct

from hearth_server.aws.endpoint import Endpoint
from hearth_server.aws.endpoint import parse as parse_endpoint

DEFAULT_NAME = "hearth"

# https://opensearch.org/docs/2.19/api-reference/index-apis/create-index/#index-naming-restrictions
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*", re.ASCII)


class Address(Struct, frozen=True):
    """An endpoint, and what the names of everything there start with."""

    endpoint: Endpoint
    name: str

    @property
    def signed(self) -> bool:
        """Whether requests prove who sends them: always, but for a node on this machine."""
        return self.endpoint.secure


def parse(location: str) -> Address:
    """Return the address that a location names. Raises ValueError.

    Plain http is for a node on this machine only: what is searched for says much of a patient.
    """
    parts = urlsplit(location)
    name = parts.path.strip("/") or DEFAULT_NAME
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the location of an index is https://host[:port][/name]")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot start the names of indices: a-z, 0-9, _ and - can")
    endpoint = parse_endpoint(f"{parts.scheme}://{parts.netloc}")
    if not endpoint.secure and not endpoint.loopback:
        raise ValueError("the location of an index starts with https:// unless it is 127.0.0.1")
    return Address(endpoint, name)
