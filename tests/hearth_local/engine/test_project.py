"""A project's configuration: schema, defaults, stage files, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hearth_local.engine.project import SEALED, ProjectError, load, stages

_PROJECT = """
name: shop
runtime: python
config:
  size: {type: integer, description: Number of shelves., default: 3}
  open: {type: boolean, default: true}
  owner: {type: string}
  hours: {type: array, items: {type: integer}, default: [8, 18]}
  password: {type: string, secret: true, default: none}
  old: plain
  aws:region: {value: eu-central-1}
"""


def _write(root: Path, stage: str, project: str = _PROJECT) -> Path:
    root.joinpath("Pulumi.yaml").write_text(project)
    root.joinpath("Pulumi.dev.yaml").write_text(stage)
    return root


def test_defaults_fill_what_a_stage_does_not_say(tmp_path: Path) -> None:
    project = load(_write(tmp_path, "config: {shop:owner: me, aws:profile: p, size: 4}"), "dev")

    assert project.config == {
        "shop:owner": "me",
        "shop:size": "4",
        "shop:open": "true",
        "shop:hours": "[8, 18]",
        "shop:password": "none",
        "shop:old": "plain",
        "aws:profile": "p",
        "aws:region": "eu-central-1",
    }
    assert project.secret_keys == {"shop:password"}
    assert project.provider_config("aws") == {"profile": "p", "region": "eu-central-1"}


def test_the_program_may_stand_in_a_folder_of_its_own(tmp_path: Path) -> None:
    root = _write(tmp_path, "", "{name: shop, main: app}")
    root.joinpath("app").mkdir()

    assert load(root, "dev").folder == root / "app"


def test_overrides_win_over_the_stage(tmp_path: Path) -> None:
    project = load(_write(tmp_path, "config: {owner: me}"), "dev", {"owner": "you", "size": 9})

    assert (project.config["shop:owner"], project.config["shop:size"]) == ("you", "9")


def test_an_encrypted_value_is_a_secret_without_its_text(tmp_path: Path) -> None:
    project = load(_write(tmp_path, "config: {owner: {secure: v1:abc}}"), "dev")

    assert project.config["shop:owner"] == SEALED
    assert "shop:owner" in project.secret_keys


@pytest.mark.parametrize(
    ("stage", "problem"),
    [
        pytest.param("", "shop:owner is missing in Pulumi.dev.yaml (string)", id="missing"),
        pytest.param(
            "config: {owner: me, size: many}",
            "shop:size in Pulumi.dev.yaml must be integer: Number of shelves., not 'many'",
            id="not-a-number",
        ),
        pytest.param(
            "config: {owner: me, size: true}",
            "must be integer: Number",
            id="a-switch",
        ),
        pytest.param("config: {owner: me, open: 1}", "must be boolean, not 1", id="not-a-boolean"),
        pytest.param(
            "config: {owner: me, hours: [8, late]}",
            "must be array of integer, not [8, 'late']",
            id="a-member",
        ),
        pytest.param("config: [", "Pulumi.dev.yaml is not YAML", id="not-yaml"),
        pytest.param("- 1", "Pulumi.dev.yaml is not a map", id="not-a-map"),
    ],
)
def test_what_is_wrong_is_named_with_key_and_file(tmp_path: Path, stage: str, problem: str) -> None:
    with pytest.raises(ProjectError) as refused:
        load(_write(tmp_path, stage), "dev")

    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_text_that_pulumi_wrote_for_a_number_or_a_switch_is_taken(tmp_path: Path) -> None:
    project = load(_write(tmp_path, "config: {owner: me, size: '4', open: 'false'}"), "dev")

    assert (project.config["shop:size"], project.config["shop:open"]) == ("4", "false")


def test_on_and_off_are_text_as_to_pulumi_and_no_switches(tmp_path: Path) -> None:
    project = load(_write(tmp_path, "config: {owner: off, size: 4, open: TRUE}"), "dev")

    assert (project.config["shop:owner"], project.config["shop:open"]) == ("off", "true")
    with pytest.raises(ProjectError, match=r"shop:open in .* must be boolean, not 'yes'"):
        load(_write(tmp_path, "config: {owner: me, size: 4, open: yes}"), "dev")


def test_a_stage_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"Pulumi.prod.yaml does not exist; .*: dev"):
        load(_write(tmp_path, ""), "prod")
    assert stages(tmp_path) == ["dev"]


def test_a_folder_without_a_project_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"Pulumi.yaml does not exist in"):
        load(tmp_path, "dev")
