"""Search: the query as a plain tree, what is extracted from resources, and the engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearth_server.search.engines.protocol import RepairableEngine, Report
    from hearth_server.search.protocol import Search
    from hearth_server.settings import Settings
    from hearth_server.store.protocol import ResourceStore


def open(settings: Settings, store: ResourceStore, report: Report | None = None) -> Search:
    """Return the search that a stage's settings name. Raises SettingError.

    `report` hears of resources that have more parts than the index takes in.
    """
    from hearth_server.search.indexed import IndexedSearch, NoSearch

    engine = open_engine(settings, report)
    return NoSearch() if engine is None else IndexedSearch(engine, store)


def open_engine(settings: Settings, report: Report | None = None) -> RepairableEngine | None:
    """Return the engine that a stage's settings name, None for none. Raises SettingError."""
    from pathlib import Path

    from hearth_server.settings import SettingError

    if settings.search_engine == "none":
        return None
    if not settings.search_location:
        raise SettingError("HEARTH_SEARCH_LOCATION is not set")
    if settings.search_engine == "sqlite":
        from hearth_server.search.engines.sql.index import SqlIndex
        from hearth_server.search.engines.sql.sqlite import SqliteDatabases

        return SqlIndex(SqliteDatabases(Path(settings.search_location)))
    if settings.search_engine == "postgresql":
        from hearth_server.search.engines.sql.address import parse
        from hearth_server.search.engines.sql.index import SqlIndex
        from hearth_server.search.engines.sql.postgresql import PostgresqlDatabases

        try:
            address = parse(settings.search_location, settings.region)
        except ValueError as error:
            raise SettingError(f"HEARTH_SEARCH_LOCATION: {error}") from None
        return SqlIndex(PostgresqlDatabases(address))
    from hearth_server.search.engines import opensearch

    immediate = settings.search_consistency == "immediate"
    try:
        return opensearch.open(
            settings.search_location, settings.region, immediate=immediate, report=report
        )
    except ValueError as error:
        raise SettingError(f"HEARTH_SEARCH_LOCATION: {error}") from None
