"""What the engine does to resources, over a provider whose cloud is a dictionary."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest
from hearth_local.engine import wire
from hearth_local.engine.registration import AliasSpec, ResourceFailed
from hearth_local.engine.state import PendingOperation

from tests.hearth_local.engine.conftest import PREFIX, FakeStage, group, thing, urn


def test_a_new_resource_is_created_and_its_outputs_come_back(stage: FakeStage) -> None:
    made = stage.up(thing("queue", {"name": "q", "size": 1}))

    assert made["queue"].id == "q"
    assert made["queue"].outputs == {"name": "q", "size": 1, "computed": "q!"}
    assert stage.cloud.things == {"q": {"name": "q", "size": 1}}
    assert stage.done() == ["create queue"]


def test_nothing_changes_the_second_time(stage: FakeStage) -> None:
    stage.up(thing("queue", {"size": 1}))
    stage.calls()

    made = stage.up(thing("queue", {"size": 1}))

    assert stage.calls() == []
    assert stage.done() == ["same queue"]
    assert made["queue"].outputs["computed"] == f"{made['queue'].id}!"


def test_a_changed_property_is_updated_in_place(stage: FakeStage) -> None:
    first = stage.up(thing("queue", {"size": 1}))["queue"]

    second = stage.up(thing("queue", {"size": 2}))["queue"]

    assert second.id == first.id
    assert stage.cloud.things[first.id]["size"] == 2
    assert stage.calls() == ["create queue", "update queue"]


def test_a_replacement_comes_before_the_old_one_goes(stage: FakeStage) -> None:
    stage.up(thing("queue", {"name": "a"}))

    made = stage.up(thing("queue", {"name": "b"}))

    assert made["queue"].id == "b"
    assert stage.calls() == ["create queue", "create queue", "delete queue"]
    assert list(stage.cloud.things) == ["b"]


def test_the_old_one_goes_first_where_the_provider_or_the_program_says_so(stage: FakeStage) -> None:
    stage.up(thing("queue", {"name": "a"}))

    stage.up(thing("queue", {"name": "b"}, delete_before_replace=True))
    stage.cloud.delete_first = True
    stage.up(thing("queue", {"name": "c"}))
    stage.up(thing("queue", {"name": "d"}, delete_before_replace=False))

    assert stage.calls() == [
        "create queue",
        "delete queue",
        "create queue",
        "delete queue",
        "create queue",
        "create queue",
        "delete queue",
    ]


def test_what_cannot_outlive_the_old_one_goes_before_it(stage: FakeStage) -> None:
    """A dependent that takes a replacing property from it is replaced too; others stay."""
    stage.cloud.delete_first = True
    tied = {"fixed": (urn("queue"),)}
    loose = {"size": (urn("queue"),)}
    stage.up(
        thing("queue", {"name": "a"}),
        thing("tied", {"fixed": "a"}, takes=tied),
        thing("loose", {"size": "a"}, takes=loose),
    )
    stage.calls()

    stage.up(
        thing("queue", {"name": "b"}),
        thing("tied", {"fixed": "b"}, takes=tied),
        thing("loose", {"size": "b"}, takes=loose),
    )

    assert stage.calls() == [
        "delete tied",
        "delete queue",
        "create queue",
        "create tied",
        "update loose",
    ]
    assert stage.done() == [
        "delete tied",
        "delete queue",
        "replace queue",
        "replace tied",
        "update loose",
    ]


def test_removed_resources_are_deleted_dependents_first(stage: FakeStage) -> None:
    stage.up(
        thing("a"),
        thing("b", needs=(urn("a"),)),
        thing("c", {"x": 1}, takes={"x": (urn("b"),)}),
        thing("kept"),
    )
    stage.calls()

    stage.up(thing("kept"))

    assert stage.calls() == ["delete c", "delete b", "delete a"]


def test_dependents_go_first_also_when_the_dependency_is_younger(stage: FakeStage) -> None:
    stage.up(thing("old"))
    stage.up(thing("young"), thing("old", {"x": 1}, needs=(urn("young"),)))
    stage.calls()

    stage.up()

    assert stage.calls() == ["delete old", "delete young"]


def test_a_renamed_resource_keeps_its_place_by_an_alias(stage: FakeStage) -> None:
    first = stage.up(thing("before"), thing("user", needs=(urn("before"),)))
    stage.calls()

    made = stage.up(
        thing("after", aliases=(AliasSpec(name="before"),)), thing("user", needs=(urn("after"),))
    )

    assert made["after"].id == first["before"].id
    assert stage.calls() == []
    assert [each.urn for each in stage.state().live() if each.id == first["before"].id] == [
        urn("after")
    ]


def test_children_follow_the_alias_of_their_parent(stage: FakeStage) -> None:
    old_group, new_group = (f"{PREFIX}test:index:Group::{name}" for name in ("shop", "store"))
    first = stage.up(
        group("shop"), thing("shop-queue", parent=old_group), thing("plain", parent=old_group)
    )
    stage.calls()

    made = stage.up(
        group("store", aliases=(AliasSpec(name="shop"),)),
        thing("store-queue", parent=new_group),
        thing("plain", parent=new_group),
    )

    assert (made["store-queue"].id, made["plain"].id) == (
        first["shop-queue"].id,
        first["plain"].id,
    )
    assert stage.calls() == []


def test_a_resource_that_moves_into_a_component_keeps_its_place_by_an_alias(
    stage: FakeStage,
) -> None:
    first = stage.up(thing("queue"))
    parent = f"{PREFIX}test:index:Group::shop"

    by_spec = stage.up(
        group("shop"), thing("queue", parent=parent, aliases=(AliasSpec(no_parent=True),))
    )
    by_urn = stage.up(thing("moved", aliases=(by_spec["queue"].urn,)))

    assert by_spec["queue"].id == by_urn["moved"].id == first["queue"].id
    assert stage.calls() == ["create queue"]


def test_a_protected_resource_is_neither_deleted_nor_replaced(stage: FakeStage) -> None:
    stage.up(thing("queue", {"name": "a"}, protect=True), thing("other"))

    with pytest.raises(ResourceFailed, match="queue: is protected and would be deleted"):
        stage.up()
    with pytest.raises(ResourceFailed, match="queue: is protected, and name cannot change"):
        stage.up(thing("queue", {"name": "b"}, protect=True), thing("other"))

    assert stage.calls() == ["create queue", "create other"]
    assert "a" in stage.cloud.things


def test_protection_lifted_in_the_same_update_counts(stage: FakeStage) -> None:
    stage.up(thing("queue", {"name": "a"}, protect=True))

    stage.up(thing("queue", {"name": "b"}, delete_before_replace=True))

    assert list(stage.cloud.things) == ["b"]


def test_a_retained_resource_leaves_the_stage_and_stays(stage: FakeStage) -> None:
    stage.up(thing("queue", {"name": "a"}, retain_on_delete=True))

    stage.up()

    assert list(stage.cloud.things) == ["a"]
    assert stage.done() == ["retain queue"]
    assert stage.state().get(urn("queue")) is None


def test_what_goes_with_another_is_not_deleted_by_itself(stage: FakeStage) -> None:
    stage.up(thing("host"), thing("part", needs=(urn("host"),), deleted_with=urn("host")))
    stage.calls()

    stage.up()

    assert stage.calls() == ["delete host"]
    assert stage.state().live() == []


def test_ignored_changes_are_not_made(stage: FakeStage) -> None:
    first = {"size": 1, "tags": {"a": "1", "b": "2"}, "rules": [{"x": 1, "y": 1}]}
    stage.up(thing("queue", first))

    changed = {"size": 2, "tags": {"a": "9", "b": "9"}, "rules": [{"x": 9, "y": 1}]}
    made = stage.up(thing("queue", changed, ignore_changes=("size", "tags.a", "rules[0].x")))

    assert stage.cloud.things[made["queue"].id] == {
        "name": made["queue"].id,
        "size": 1,
        "tags": {"a": "1", "b": "9"},
        "rules": [{"x": 1, "y": 1}],
    }


def test_replace_on_changes_replaces_what_could_be_updated(stage: FakeStage) -> None:
    stage.up(thing("queue", {"size": 1}))

    stage.up(thing("queue", {"size": 2}, replace_on_changes=("size",)))
    stage.up(thing("queue", {"size": 2, "color": "red"}, replace_on_changes=("size",)))
    stage.up(thing("queue", {"size": 2, "color": "blue"}, replace_on_changes=("*",)))

    assert stage.calls() == [
        "create queue",
        "create queue",
        "delete queue",
        "update queue",
        "create queue",
        "delete queue",
    ]


def test_replace_with_replaces_along_with_another(stage: FakeStage) -> None:
    stage.up(thing("host", {"name": "a"}), thing("part", replace_with=(urn("host"),)))
    stage.calls()

    stage.up(thing("host", {"name": "b"}), thing("part", replace_with=(urn("host"),)))

    assert sorted(stage.calls()) == ["create host", "create part", "delete host", "delete part"]


def test_an_existing_resource_is_read_and_never_deleted(stage: FakeStage) -> None:
    stage.cloud.things["theirs"] = {"name": "theirs", "size": 7}

    made = stage.up(thing("theirs", read_id="theirs"))
    stage.up()

    assert made["theirs"].outputs["size"] == 7
    assert stage.calls() == []
    assert "theirs" in stage.cloud.things


def test_a_resource_that_is_read_but_does_not_exist_is_an_error(stage: FakeStage) -> None:
    with pytest.raises(ResourceFailed, match="there is no resource with the id 'nowhere'"):
        stage.up(thing("theirs", read_id="nowhere"))


def test_an_imported_resource_is_owned_from_then_on(stage: FakeStage) -> None:
    stage.cloud.things["theirs"] = {"name": "theirs", "size": 7}

    stage.up(thing("mine", {"name": "theirs", "size": 8}, import_id="theirs"))
    stage.up()

    assert stage.calls() == ["update mine", "delete mine"]


def test_a_urn_may_be_registered_once(stage: FakeStage) -> None:
    with pytest.raises(ResourceFailed, match="queue: is registered twice"):
        stage.up(thing("queue"), thing("queue"))


def test_a_refused_input_names_resource_and_property(stage: FakeStage) -> None:
    with pytest.raises(ResourceFailed) as refused:
        stage.up(thing("queue", {"bad": 1}))

    assert str(refused.value) == f"{urn('queue')}: bad: is not allowed"


def test_a_failed_creation_leaves_nothing_and_the_next_update_goes_on(stage: FakeStage) -> None:
    with pytest.raises(ResourceFailed) as failed:
        stage.up(thing("first"), thing("second", {"fail": True}), thing("third"))
    assert str(failed.value) == f"{urn('second')}: creating second: no such luck"
    assert [each.name for each in stage.steps if each.phase == "failed"] == ["second"]
    stage.calls()

    stage.up(thing("first"), thing("second"), thing("third"))

    assert stage.calls() == ["create second", "create third"]


@pytest.mark.parametrize(
    ("properties", "id_"),
    [
        pytest.param({"name": "q"}, "q", id="found-by-its-name"),
        pytest.param({"name": "q-1", "size": 2}, "queue", id="another-takes-another-name"),
    ],
)
def test_a_creation_that_was_interrupted_is_taken_over_or_done_again(
    stage: FakeStage, properties: dict[str, wire.Value], id_: str
) -> None:
    """The thing that stands under the chosen name is taken over only if it is just the same."""
    stage.cloud.things[str(properties["name"])] = {"name": properties["name"]}
    stage.state().begin(PendingOperation(urn("queue"), "create", {"name": properties["name"]}))

    made = stage.up(thing("queue", {"size": 2} if "size" in properties else {}))
    stage.calls()
    stage.up(thing("queue", {"size": 2} if "size" in properties else {}))

    assert made["queue"].id.split("-")[0] == id_
    assert stage.calls() == []


def test_a_deletion_that_was_interrupted_is_noticed(stage: FakeStage) -> None:
    stage.up(thing("queue"))
    stage.state().begin(PendingOperation(urn("queue"), "delete", {}))
    stage.cloud.things.clear()
    stage.calls()

    stage.up(thing("queue"))

    assert stage.calls() == ["create queue"]


def test_nothing_is_begun_or_deleted_after_a_failure(stage: FakeStage) -> None:
    stage.up(thing("gone-from-the-program"))

    with pytest.raises(ResourceFailed):
        stage.up(thing("broken", {"fail": True}))

    assert stage.calls() == ["create gone-from-the-program"]


def test_what_was_half_made_is_finished_by_the_next_update(stage: FakeStage) -> None:
    with pytest.raises(ResourceFailed, match="half made"):
        stage.up(thing("queue", {"name": "q", "half": True}))

    stage.up(thing("queue", {"name": "q", "half": True}))

    assert stage.calls() == ["create queue", "update queue"]


def test_a_type_that_no_provider_serves_is_an_error_that_names_it(stage: FakeStage) -> None:
    stranger = replace(thing("x"), type="gcp:storage/bucket:Bucket")

    with pytest.raises(ResourceFailed, match="no provider serves the package 'gcp' here"):
        stage.up(stranger)


@pytest.mark.parametrize("accepts", [True, False], ids=["marks-kept", "marks-unknown"])
def test_secrets_stay_marked_whatever_the_provider_knows_of_them(
    stage: FakeStage, accepts: bool
) -> None:
    stage.cloud.accept_secrets = accepts

    made = stage.up(
        thing("queue", {"password": wire.secret("hunter2"), "size": 1}),
        thing("other", {"name": "o"}, additional_secret_outputs=("computed",)),
    )

    assert made["queue"].outputs["password"] == wire.secret("hunter2")
    assert made["queue"].outputs["size"] == 1
    assert made["other"].outputs["computed"] == wire.secret("o!")
    sent = wire.secret("hunter2") if accepts else "hunter2"
    assert stage.cloud.sent[0]["password"] == sent
    assert all("hunter2" not in repr(step) for step in stage.steps)


def test_the_state_file_is_for_its_owner_only(stage: FakeStage) -> None:
    stage.up(thing("queue", {"password": wire.secret("hunter2")}))

    assert stat.S_IMODE(stage.file.stat().st_mode) == 0o600
    assert json.loads(stage.file.read_text())["format"] == 1


def test_a_preview_says_what_would_be_done_and_does_nothing(stage: FakeStage) -> None:
    stage.up(thing("same"), thing("changed"), thing("moved", {"name": "a"}), thing("dropped"))
    before = stage.file.read_text()
    stage.calls()

    made = stage.up(
        thing("same"),
        thing("changed", {"size": 1}),
        thing("moved", {"name": "b"}),
        thing("new", {"name": wire.UNKNOWN}),
        preview=True,
    )

    assert stage.done() == [
        "same same",
        "update changed",
        "replace moved",
        "create new",
        "delete moved",
        "delete dropped",
    ]
    assert made["new"].id == ""
    assert made["same"].outputs["computed"]
    assert "computed" not in made["new"].outputs
    assert stage.calls() == []
    assert stage.file.read_text() == before


def test_a_resource_that_is_gone_is_made_again_after_a_refresh(stage: FakeStage) -> None:
    stage.up(thing("lost", {"name": "lost"}), thing("kept", {"name": "kept"}))
    del stage.cloud.things["lost"]
    stage.calls()

    gone = stage.refresh()
    stage.up(thing("lost", {"name": "lost"}), thing("kept", {"name": "kept"}))

    assert [each.urn for each in gone] == [urn("lost")]
    assert stage.calls() == ["create lost"]


def test_what_was_changed_behind_the_engine_is_changed_back_after_a_refresh(
    stage: FakeStage,
) -> None:
    stage.up(thing("queue", {"name": "q", "size": 1}))
    stage.cloud.things["q"]["size"] = 99

    stage.refresh()
    stage.up(thing("queue", {"name": "q", "size": 1}))

    assert stage.cloud.things["q"]["size"] == 1


def test_a_provider_in_another_region_makes_its_resources_anew(stage: FakeStage) -> None:
    stage.up(thing("queue"))
    stage.calls()
    stage.project = replace(stage.project, config={"test:region": "there"})

    stage.up(thing("queue"))

    assert stage.calls() == ["create queue", "delete queue"]
    assert stage.cloud.configurations[-1] == {"region": "there"}
