"""What a stage shows of its resources from every side, asked through the API alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hearth_server.store.dynamodb.items import parse_version_pk

from tests.hearth_server.functions.conftest import Table
from tests.proof.interactions.interactions import Ask
from tests.proof.interactions.stage import Stage
from tests.proof.store.verdict import Wrong

_MADE_BY_SERVER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

_SEARCHES = (
    ("Patient", "", None),
    ("Patient", "gender=male&", "male"),
    ("Patient", "gender=female&", "female"),
    ("Observation", "", None),
)
"""Types, criteria, and the gender that these ask for."""


@dataclass(frozen=True)
class Version:
    """One version of a resource."""

    number: int
    method: str
    resource: Any
    """None for a delete."""

    def __str__(self) -> str:
        """Return what it says, without what differs from one trial to the next."""
        resource = self.resource
        if resource is not None:
            left_out = ("versionId", "lastUpdated")
            meta = {name: value for name, value in resource["meta"].items() if name not in left_out}
            resource = {**resource, "meta": meta}
        return f"{self.method} {json.dumps(resource, sort_keys=True)}"


View = Mapping[str, tuple[Version, ...]]
"""The versions of each resource, newest first."""


def look(stage: Stage) -> View:
    """Return what is there, by read, vread and history of the instance. Raises Wrong."""
    items = Table(stage.place.url, stage.place.table).items()
    keys = {parse_version_pk(item["pk"]["S"]) for item in items}
    names = sorted(f"{key.type}/{key.id}" for key in keys if key)
    return {name: _versions(stage, name) for name in names}


def look_everywhere(stage: Stage) -> View:
    """Return the same, by the tenant's history and by searches as well. Raises Wrong."""
    view = look(stage)
    told = stage.call(Ask("GET", "_history?_count=1000"))
    _expect(told.status == 200, "the tenant's history is not answered")
    shown = Counter(_version_key(entry) for entry in told.body.get("entry", ()))
    there = Counter((name, each.number) for name, versions in view.items() for each in versions)
    _expect(shown == there, "the tenant's history and the instances' disagree")
    for type, criteria, gender in _SEARCHES:
        found = stage.call(Ask("GET", f"{type}?{criteria}_count=1000"))
        _expect(found.status == 200, "a search is not answered")
        _expect(_found(found.body) == _current(view, type, gender), "search disagrees")
    return view


def changes(before: View, after: View) -> list[str]:
    """Return what was written in between, in order. Raises Wrong where what was there changed."""
    made: list[str] = []
    for name, versions in after.items():
        old = before.get(name, ())
        new = versions[: len(versions) - len(old)]
        _expect(versions[len(new) :] == old, "a version that was there has changed")
        made += [_MADE_BY_SERVER.sub("#new", f"{name} {each}") for each in new]
    _expect(before.keys() <= after.keys(), "a resource that was there is gone")
    return sorted(made)


def _versions(stage: Stage, name: str) -> tuple[Version, ...]:
    told = stage.call(Ask("GET", f"{name}/_history?_count=1000"))
    _expect(told.status in (200, 404), "a history is not answered")
    entries = told.body.get("entry", ()) if told.status == 200 else ()
    versions = tuple(
        Version(_version_key(each)[1], each["request"]["method"], each.get("resource"))
        for each in entries
    )
    newest = versions[0] if versions else None
    _check_shown(stage.call(Ask("GET", name)), newest, "read")
    by_number = {each.number: each for each in versions}
    _expect(len(by_number) == len(versions), "a version number was used twice")
    for number in range(1, max(by_number, default=0) + 3):
        shown = stage.call(Ask("GET", f"{name}/_history/{number}"))
        _check_shown(shown, by_number.get(number), "vread")
    return versions


def _check_shown(answer: Any, version: Version | None, by: str) -> None:
    if version is None:
        _expect(answer.status == 404, f"{by} shows what the history does not")
    elif version.resource is None:
        _expect(answer.status == 410, f"{by} shows what was deleted")
    else:
        agreed = (answer.status, answer.body) == (200, version.resource)
        _expect(agreed, f"{by} and history disagree")


def _version_key(entry: Any) -> tuple[str, int]:
    name = "/".join(entry["fullUrl"].split("/")[-2:])
    return name, int(entry["response"]["etag"].removeprefix('W/"').removesuffix('"'))


def _found(bundle: Any) -> Counter[str]:
    return Counter(json.dumps(each["resource"], sort_keys=True) for each in bundle.get("entry", ()))


def _current(view: View, type: str, gender: str | None) -> Counter[str]:
    newest = [versions[0].resource for versions in view.values() if versions]
    return Counter(
        json.dumps(each, sort_keys=True)
        for each in newest
        if each and each["resourceType"] == type and gender in (None, each.get("gender"))
    )


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)
