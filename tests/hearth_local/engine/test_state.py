"""The state file: what is put in comes out, and a damaged one is told apart from none."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hearth_local.engine import wire
from hearth_local.engine.state import PendingOperation, ResourceState, StageState
from hypothesis import given
from hypothesis import strategies as st

_VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_PROPERTIES = st.dictionaries(st.text(), _VALUES, max_size=4)
_URNS = st.text(min_size=1)
_RESOURCES = st.builds(
    ResourceState,
    urn=_URNS,
    type=st.text(),
    custom=st.booleans(),
    id=st.text(),
    inputs=_PROPERTIES,
    outputs=_PROPERTIES,
    dependencies=st.lists(_URNS, max_size=3).map(tuple),
    property_dependencies=st.dictionaries(st.text(), st.lists(_URNS, max_size=2).map(tuple)),
    protect=st.booleans(),
    unfinished=st.lists(st.text(), max_size=2).map(tuple),
)


@given(st.lists(_RESOURCES, max_size=4, unique_by=lambda each: each.urn), _RESOURCES)
def test_what_is_saved_is_loaded_again(
    resources: list[ResourceState], condemned: ResourceState
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.json"
        state = StageState(project="p", stage="s", file=file)
        for resource in resources:
            state.put(resource)
        state.put(ResourceState("new", "t", custom=True), condemn=condemned)
        state.begin(PendingOperation("x", "create", {"a": 1}))

        loaded = StageState.load(file, "p", "s")

    assert loaded.live() == state.live()
    assert loaded.condemned() == state.condemned()
    assert loaded.pending("x") == PendingOperation("x", "create", {"a": 1})


@given(_PROPERTIES)
def test_properties_survive_the_wire(properties: wire.Properties) -> None:
    assert wire.from_struct(wire.to_struct(properties)) == properties


def test_a_rename_is_followed_by_all_that_refer_to_it() -> None:
    state = StageState("p", "s")
    state.put(ResourceState("old", "t", custom=True, id="1"))
    state.put(
        ResourceState(
            "user",
            "t",
            custom=True,
            parent="old",
            provider="old::1",
            dependencies=("old", "other"),
            property_dependencies={"x": ("old",)},
            deleted_with="old",
        )
    )

    state.rename("old", "new")

    assert [each.urn for each in state.live()] == ["new", "user"]
    assert state.get("user") == ResourceState(
        "user",
        "t",
        custom=True,
        parent="new",
        provider="new::1",
        dependencies=("new", "other"),
        property_dependencies={"x": ("new",)},
        deleted_with="new",
    )
