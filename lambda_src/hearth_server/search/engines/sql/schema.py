"""The tables of the index: fixed and flat, whatever the search parameters are.

Each table of values is stored by resource, so that a candidate is tested and a resource is
replaced in one place, and indexed by value, so that a search is driven by its rarest condition.

The schema has a version, which the index itself holds. Whoever opens an older index brings it up
to date; a newer one is used as it is, so a new version may only add to what is there.
"""

from __future__ import annotations

from hearth_server.search.engines.sql.dialect import Dialect

VERSION = 2
"""The version of what `statements` makes."""

RECORDED = "SELECT max(version) FROM index_schema"
"""Asks for the version that an index has; none has been made where the table is missing."""

RECORD = (
    f"INSERT INTO index_schema SELECT {VERSION}"  # noqa: S608 - a number of ours
    f" WHERE NOT EXISTS (SELECT 1 FROM index_schema WHERE version = {VERSION})"
)
"""Says that an index has this version."""

CURRENT, DELETED, CONTAINED, STAGED = 0, 1, 2, 3
"""The states of a resource. Of a staged one some of the values are still to be written."""

VALUE_TABLES = {
    "term": "field, key, qualifier, ordinal",
    "passage": "field, key",
    "link": "field, target, version, ordinal",
    "moment": "field, low, high, ordinal",
    "amount": "field, low, high, system, code, unit, ordinal",
    "place": "field, latitude, longitude",
    "words": "rid",
}
"""What is replaced when a resource changes; and what tells the rows of one resource apart."""

NARROW = 86_400_000_000
"""Ranges of time up to a day, in microseconds, are found by their start alone."""


def statements(dialect: Dialect) -> list[str]:
    """Return what makes the tables where they are missing, one definition per statement."""
    text, rowid, clustered = dialect.text, dialect.rowid, dialect.clustered
    return [
        f"""CREATE TABLE IF NOT EXISTS resource (
            rid {rowid} PRIMARY KEY, tenant {text} NOT NULL, type {text} NOT NULL,
            id {text} NOT NULL, version BIGINT NOT NULL, updated BIGINT NOT NULL,
            state SMALLINT NOT NULL, contained {text} NOT NULL)""",
        f"""{dialect.index} resource_by_type
            ON resource (tenant, type, state, rid)""",
        f"""{dialect.index} resource_by_time
            ON resource (tenant, type, state, updated, rid)""",
        f"""CREATE TABLE IF NOT EXISTS term (
            rid BIGINT, field BIGINT, key {text}, qualifier BIGINT, ordinal BIGINT,
            PRIMARY KEY (rid, field, key, qualifier, ordinal)){clustered}""",
        f"""{dialect.index} term_by_key
            ON term (field, key, rid, qualifier, ordinal)""",
        f"""CREATE TABLE IF NOT EXISTS passage (
            rid BIGINT, field BIGINT, key {text}, passage {text} NOT NULL,
            PRIMARY KEY (rid, field, key)){clustered}""",
        f"""CREATE TABLE IF NOT EXISTS link (
            rid BIGINT, field BIGINT, target BIGINT, version {text}, ordinal BIGINT,
            shown {text} NOT NULL,
            PRIMARY KEY (rid, field, target, version, ordinal)){clustered}""",
        f"""{dialect.index} link_by_target
            ON link (field, target, rid, version, ordinal)""",
        f"""CREATE TABLE IF NOT EXISTS moment (
            rid BIGINT, field BIGINT, low BIGINT, high BIGINT, ordinal BIGINT,
            wide SMALLINT NOT NULL,
            PRIMARY KEY (rid, field, low, high, ordinal)){clustered}""",
        f"""{dialect.index} moment_by_time
            ON moment (field, wide, low, rid, high, ordinal)""",
        f"""CREATE TABLE IF NOT EXISTS amount (
            rid BIGINT, field BIGINT, low {text}, high {text}, system BIGINT, code BIGINT,
            unit BIGINT, ordinal BIGINT, wide SMALLINT NOT NULL,
            PRIMARY KEY (rid, field, low, high, system, code, unit, ordinal)){clustered}""",
        f"""{dialect.index} amount_by_size
            ON amount (field, wide, low, rid, high, system, code, unit)""",
        f"""CREATE TABLE IF NOT EXISTS place (
            rid BIGINT, field BIGINT, latitude DOUBLE PRECISION, longitude DOUBLE PRECISION,
            PRIMARY KEY (rid, field, latitude, longitude)){clustered}""",
        f"""{dialect.index} place_by_latitude
            ON place (field, latitude, longitude, rid)""",
        f"""CREATE TABLE IF NOT EXISTS words (
            rid {rowid} PRIMARY KEY, narrative {text} NOT NULL, content {text} NOT NULL)""",
        f"""CREATE TABLE IF NOT EXISTS index_generation (
            number BIGINT PRIMARY KEY, state {text} NOT NULL)""",
        "CREATE TABLE IF NOT EXISTS index_schema (version BIGINT PRIMARY KEY)",
    ]
