"""A deployer's own search parameters: compiled into the bundle, or refused in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from hearth_local import own_parameters
from hearth_local.bundle import BundleError, build
from hearth_local.own_parameters import ParameterError, compiled

from tests.hearth_server.search.own_parameters import own

PROJECT = Path(__file__).parents[2]


def keep(root: Path, name: str, content: object) -> None:
    folder = root / own_parameters.FOLDER
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def test_a_project_without_any_has_no_table(tmp_path: Path) -> None:
    assert compiled(tmp_path) is None


def test_a_parameter_is_in_the_table_under_its_type_and_name(tmp_path: Path) -> None:
    keep(tmp_path, "ward.json", own())

    table = msgspec.json.decode(compiled(tmp_path) or b"")

    assert list(table) == ["Patient"]
    assert list(table["Patient"]) == ["ward"]
    assert table["Patient"]["ward"]["url"] == "http://example.org/SearchParameter/ward"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "search-parameters/a.json is no JSON object: Input data was truncated"),
        (
            {"resourceType": "Patient"},
            "search-parameters/a.json holds no SearchParameter",
        ),
        (
            own(expression=None),
            "search-parameters/a.json has no expression, or one that is no text",
        ),
        (
            own(base="Patient"),
            "search-parameters/a.json has no base, or one that is no list of texts",
        ),
        (
            own(base=["Pateint"]),
            "search-parameters/a.json: http://example.org/SearchParameter/ward: Pateint is no "
            "resource type",
        ),
        (
            own(type="text"),
            "search-parameters/a.json: http://example.org/SearchParameter/ward: its type 'text' "
            "is none that FHIR has",
        ),
        (
            own("family"),
            "search-parameters/a.json: Patient has a search parameter family already",
        ),
        (
            own("_tag", base=["Resource"]),
            "search-parameters/a.json: Resource has a search parameter _tag already",
        ),
    ],
)
def test_a_definition_that_cannot_be_served_is_refused_with_its_file(
    tmp_path: Path, content: object, problem: str
) -> None:
    keep(tmp_path, "a.json", content)

    with pytest.raises(ParameterError) as error:
        compiled(tmp_path)

    assert str(error.value) == problem


@pytest.mark.parametrize(
    "expression", ["Patient.nothing.at.all", "Patient.name.family.upper()", "Patient.(", ""]
)
def test_an_expression_that_cannot_be_indexed_is_refused(tmp_path: Path, expression: str) -> None:
    keep(tmp_path, "a.json", own(expression=expression))

    with pytest.raises(ParameterError, match=r"search-parameters/a\.json: .*ward"):
        compiled(tmp_path)


def test_two_parameters_of_one_name_are_refused(tmp_path: Path) -> None:
    keep(tmp_path, "a.json", own())
    keep(tmp_path, "b.json", own(url="http://example.org/SearchParameter/other"))

    with pytest.raises(ParameterError) as error:
        compiled(tmp_path)

    assert str(error.value) == (
        "search-parameters/b.json is ward of Patient, as search-parameters/a.json is"
    )


def test_a_bundle_holds_the_table_and_is_built_again_when_it_changes(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(PROJECT / name, tmp_path / name)
    package = tmp_path / "lambda_src" / "hearth_server"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    before = build(tmp_path, "local", lambda _: None).digest
    keep(tmp_path, "ward.json", own())

    bundle = build(tmp_path, "local", lambda _: None)

    assert bundle.digest != before
    assert (bundle.folder / own_parameters.TABLE).read_bytes() == compiled(tmp_path)
    keep(tmp_path, "ward.json", "{")
    with pytest.raises(BundleError, match="is no JSON object"):
        build(tmp_path, "local", lambda _: None)
