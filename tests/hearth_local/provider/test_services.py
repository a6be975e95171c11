"""Every resource type through its life: each call goes over gRPC, each look goes by boto3."""

from __future__ import annotations

import re

import pytest
from hearth_local.provider.declared import MARK, declared_settings, declared_types
from hearth_local.provider.registry import resource_types
from hearth_local.provider.values import Unknown, has_unknown, reveal

from tests.hearth_local.provider.cases import compute, declared, events, gateway, identity, storage
from tests.hearth_local.provider.cases.case import Case, expected
from tests.hearth_local.provider.serving import Kept, RefusedError, Served
from tests.hearth_local.provider.world import World

CASES = [
    *storage.CASES,
    *identity.CASES,
    *compute.CASES,
    *gateway.CASES,
    *events.CASES,
    *declared.CASES,
]
each_type = pytest.mark.parametrize("case", CASES, ids=[case.type for case in CASES])


@each_type
def test_a_resource_lives_and_dies(case: Case, provider: Served, world: World) -> None:
    """Create, read, change, compare, replace, import, delete: AWS always has what we say."""
    first = case.first(world)
    kept = provider.create(case.type, "subject", first)
    try:
        _is_there(case, kept, case.at_first, world)
        _is_unchanged(provider, kept, first)
        if case.second is not None:
            second = case.second(world)
            assert provider.diff(kept, second).changes == 2
            assert list(provider.diff(kept, second).replaces) == []
            kept = provider.update(kept, second)
            _is_there(case, kept, case.at_second, world)
            _is_unchanged(provider, kept, second)
        _replacements_are_seen(case, provider, kept, world)
        _is_imported(case, provider, kept)
    finally:
        provider.delete(kept)
    gone = provider.read(kept)
    assert gone is None or case.stays
    provider.delete(kept)


@each_type
def test_a_preview_knows_the_inputs_and_nothing_that_aws_decides(
    case: Case, provider: Served, world: World
) -> None:
    """The computed outputs are unknown, so that what depends on them is unknown too."""
    first = case.first(world)

    planned = provider.planned(case.type, "preview", first)

    computed = resource_types()[case.type].shape.computed - {"tagsAll"}
    assert {name for name, value in planned.items() if isinstance(value, Unknown)} == computed
    assert {name: planned[name] for name in first if name != "tags"}.keys() == (
        first.keys() - {"tags"}
    )


@each_type
def test_an_unknown_property_is_refused_by_name(case: Case, provider: Served, world: World) -> None:
    """A misspelt input would otherwise be forgotten without a word."""
    urn = provider.urn(case.type, "subject")

    with pytest.raises(RefusedError, match="there is no property 'nonsuch'"):
        provider.check(urn, {**case.first(world), "nonsuch": 1})


def test_every_known_type_has_a_case() -> None:
    """A type without one would be untested."""
    assert sorted(case.type for case in CASES) == sorted(resource_types())


def test_what_is_declared_only_is_known_and_has_a_reason() -> None:
    """The tables name types and inputs that exist."""
    known = resource_types()
    assert declared_types().keys() <= known.keys()
    for type, settings in declared_settings().items():
        assert settings.keys() <= known[type].shape.properties.keys()
    assert all(declared_types().values())


def _is_there(case: Case, kept: Kept, wanted: object, world: World) -> None:
    assert re.fullmatch(case.id, kept.id)
    assert not has_unknown(kept.outputs)
    assert bool(kept.outputs.get(MARK)) == (case.type in declared_types())
    if case.look is not None:
        assert case.look(world, kept) == expected(wanted, world)


def _is_unchanged(provider: Served, kept: Kept, inputs: dict[str, object]) -> None:
    """The same inputs are no change, and a read finds what was written."""
    assert provider.diff(kept, inputs).changes == 1
    found = provider.read(kept)
    assert found is not None
    assert reveal(found.inputs) == reveal(kept.inputs)
    assert reveal(found.outputs) == reveal(kept.outputs)


def _replacements_are_seen(case: Case, provider: Served, kept: Kept, world: World) -> None:
    inputs = (case.second or case.first)(world)
    for name, value in case.replaced_by.items():
        difference = provider.diff(kept, {**inputs, name: value})
        assert name in difference.replaces


def _is_imported(case: Case, provider: Served, kept: Kept) -> None:
    id = case.import_id(kept) if case.import_id else kept.id
    if not case.imports:
        return
    found = provider.read(Kept(kept.urn, id, {}, {}))
    assert found is not None
    assert found.id == kept.id
    assert found.inputs.keys() <= resource_types()[case.type].shape.properties.keys()
