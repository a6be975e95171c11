"""Keeps over a stop what a table's stream has still to tell its functions.

MiniStack saves how many records a function has had, and not the records. After a stop those that
it had not had yet would be lost, and then as many new ones be skipped as it had had before.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

STATE = "undelivered"
"""The name under which MiniStack saves this beside its own state."""

Table = tuple[str, str, str]
"""Account, region and name."""

_ALL = sys.maxsize


def keep(app: Any) -> None:
    """Let MiniStack save and load the records together with its own state."""
    from ministack.core.persistence import load_state

    own_save, own_load = app._build_persistence_save_dict, app._load_persisted_state

    def load() -> None:
        own_load()
        try:
            _restore(load_state(STATE) or [])
        except (AttributeError, LookupError, TypeError):
            # In the words of MiniStack, which tell that something may be lost.
            logging.getLogger("ministack").exception("Failed to restore %s", STATE)
            _restore([])

    app._build_persistence_save_dict = lambda: {**own_save(), STATE: _undelivered}
    app._load_persisted_state = load


def _undelivered() -> list[dict[str, Any]] | None:
    """Return the records of each table that a function follows; None if there is none."""
    followed = _positions()
    if not followed:
        return None
    from ministack.services import dynamodb

    kept = []
    for (account, region, table), positions in followed.items():
        place = {"account_id": account, "region": region}
        oldest = dynamodb.stream_start_position(table, **place)
        first = max(oldest, min(positions, default=oldest))
        records = dynamodb.stream_records_since(table, first, _ALL, **place)
        kept.append({**place, "table": table, "first": first, "records": records})
    return kept


def _restore(kept: Sequence[Mapping[str, Any]]) -> None:
    followed = _positions()
    if not followed:
        return
    from ministack.services import dynamodb  # a large import, for a stage that has tables anyway

    by_table = {(each["account_id"], each["region"], each["table"]): each for each in kept}
    for place, positions in followed.items():
        saved = by_table.get(place, {"first": 0, "records": []})
        records = list(saved["records"])
        dynamodb._stream_records.set_scoped(*place, records)
        # What was saved earlier than the positions were has been delivered meanwhile.
        first = max(saved["first"], max(positions, default=0) - len(records))
        dynamodb._stream_trimmed.set_scoped(*place, first)


def _positions() -> dict[Table, list[int]]:
    """Return how far the functions that follow each table have come."""
    functions = sys.modules.get("ministack.services.lambda_svc")
    if functions is None:
        return {}
    found: dict[Table, list[int]] = {}
    for (account, region, id), mapping in functions._esms.all_items():
        name = _table(mapping.get("EventSourceArn", ""))
        if name:
            come = functions._dynamodb_stream_positions.get_scoped(account, region, id)
            found.setdefault((account, region, name), []).extend([] if come is None else [come])
    return found


def _table(source: str) -> str:
    """Return the name in the ARN of a table's stream; nothing for any other source."""
    resource = source.split(":", 5)[-1] if ":dynamodb:" in source else ""
    return resource.split("/")[1] if resource.startswith("table/") else ""
