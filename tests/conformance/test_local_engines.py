"""The stage `local` on a search engine of one's own, with a search parameter of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hearth_server.search.own_parameters import WARD, own
from tests.services.local_stage import LocalStage, copy_project
from tests.services.opensearch import shared
from tests.services.postgresql import postgresql


@pytest.fixture(
    params=[
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("opensearch", marks=pytest.mark.java),
    ]
)
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Yield an engine's name and where it is."""
    if request.param == "opensearch":
        yield request.param, shared().url
    else:
        with postgresql() as location:
            yield request.param, location


def test_a_stage_searches_an_engine_and_by_its_own_parameters(
    tmp_path: Path, engine: tuple[str, str]
) -> None:
    stage = LocalStage(copy_project(tmp_path / "project"))
    folder = stage.root / "search-parameters"
    folder.mkdir()
    (folder / "ward.json").write_text(json.dumps(own()))
    file = stage.root / "Pulumi.local.yaml"
    name, location = engine
    written = file.read_text().replace(
        "hearth:searchEngine: sqlite",
        f"hearth:searchEngine: {name}\n  hearth:searchLocation: {location}",
    )
    file.write_text(written)
    try:
        stage.up()
        for id, ward in (("a", "West 3"), ("b", "East 1")):
            body = {
                "resourceType": "Patient",
                "id": id,
                "extension": [{"url": WARD, "valueString": ward}],
            }
            assert stage.call("PUT", f"Patient/{id}", body).status == 201

        found = stage.call("GET", "Patient?ward=west").json

        assert [each["resource"]["id"] for each in found["entry"]] == ["a"]
        served = stage.call("GET", "metadata").json["rest"][0]["resource"]
        patient = next(each for each in served if each["type"] == "Patient")
        assert "ward" in {each["name"] for each in patient["searchParam"]}
        assert stage.hearth("reindex").returncode == 0
        assert "no difference" in stage.hearth("verify-index").stdout
        again = stage.call("GET", "Patient?ward=west").json
        assert [each["resource"]["id"] for each in again["entry"]] == ["a"]
    finally:
        stage.hearth("down", "--destroy", "--yes", check=False)
