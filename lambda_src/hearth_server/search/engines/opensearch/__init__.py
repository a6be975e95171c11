"""The OpenSearch engine: Amazon OpenSearch Service, or any OpenSearch 2 on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearth_server.search.engines.opensearch.index import OpenSearchIndex
    from hearth_server.search.engines.protocol import Report


def open(
    location: str, region: str, *, immediate: bool, report: Report | None = None
) -> OpenSearchIndex:
    """Return the index at a location; nothing is sent to it yet.

    `location` is `https://<domain's endpoint>[/<name>]`, to which requests are signed; or, for a
    node on this machine, `http://127.0.0.1:<port>[/<name>]`, to which they are not. `name` starts
    the names of everything that the index makes there, `hearth` unless it is given.

    `immediate` writes wait until searches see them. `report` hears of resources that have more
    parts than the index takes in. Raises ValueError for a location that is none of the two.
    """
    from hearth_server.search.engines.opensearch.address import parse
    from hearth_server.search.engines.opensearch.cluster import Cluster
    from hearth_server.search.engines.opensearch.index import OpenSearchIndex

    address = parse(location)
    return OpenSearchIndex(
        Cluster(address, region),
        address.name,
        refresh="wait_for" if immediate else "false",
        report=report,
    )
