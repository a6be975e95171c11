"""What Synthea's files say, worked out from the files alone."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.services.local_stage import LocalStage


@dataclass(frozen=True)
class Loaded:
    """One resource of a file, and the id that the server gave it."""

    id: str
    patient: str
    """The id of the file's patient."""
    resource: Mapping[str, Any]

    @property
    def effective(self) -> datetime:
        """When an Observation was made."""
        return datetime.fromisoformat(self.resource["effectiveDateTime"])


def bundles(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield each file and the Bundle in it."""
    for path in sorted(folder.glob("*.json.gz")):
        yield path, gzip.decompress(path.read_bytes())


def loaded_resources(stage: LocalStage, folder: Path) -> list[Loaded]:
    """Return every resource with its id on the server.

    `hearth load` has sent each file under an Idempotency-Key made from its hash, so the same
    request gets the kept answer, which has every location; it stores nothing again.
    """
    found: list[Loaded] = []
    for path, body in bundles(folder):
        key = f"{hashlib.sha256(path.read_bytes()).hexdigest()[:40]}-0-0"
        answer = stage.call("POST", "", body, headers={"Idempotency-Key": key})
        assert answer.status == 200, answer.body[:500]
        resources = [entry["resource"] for entry in json.loads(body)["entry"]]
        ids = [entry["response"]["location"].split("/_history/")[0].rpartition("/")[2]
               for entry in answer.json["entry"]]  # fmt: skip
        patient = next(
            id for id, each in zip(ids, resources, strict=True) if each["resourceType"] == "Patient"
        )
        found += [Loaded(id, patient, each) for id, each in zip(ids, resources, strict=True)]
    return found


def matches(stage: LocalStage, search: str) -> list[dict[str, Any]]:
    """Return every match of a search, page by page."""
    found: list[dict[str, Any]] = []
    path = search
    while path:
        answer = stage.call("GET", path)
        assert answer.status == 200, answer.body[:500]
        found += [
            each["resource"]
            for each in answer.json.get("entry", [])
            if each["search"]["mode"] == "match"
        ]
        links = {each["relation"]: each["url"] for each in answer.json["link"]}
        path = links.get("next", "").removeprefix(f"{stage.base_url}/")
    return found
