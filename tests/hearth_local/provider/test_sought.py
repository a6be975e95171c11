"""What an engine finds again that was stopped before it heard the id of what it had made."""

from __future__ import annotations

import grpc
from hearth_local.provider.values import reveal

from tests.hearth_local.provider.cases.case import Case
from tests.hearth_local.provider.serving import Kept, Served
from tests.hearth_local.provider.test_services import each_type
from tests.hearth_local.provider.world import World

_UNPROTECTED = {"aws:dynamodb/table:Table": {"deletionProtectionEnabled": False}}


@each_type
def test_what_cannot_be_made_twice_is_found_by_its_inputs(
    case: Case, provider: Served, world: World
) -> None:
    """It is read without an id, or under one of its inputs."""
    inputs = {**case.first(world), **_UNPROTECTED.get(case.type, {})}
    first = provider.create(case.type, "subject", inputs)
    try:
        second = _made_again(provider, first)
        if second is None:
            assert first.id in _found(provider, first)
        elif second.id != first.id:
            provider.delete(second)
    finally:
        provider.delete(first)


def _made_again(provider: Served, first: Kept) -> Kept | None:
    type_ = first.urn.split("::")[2]
    try:
        return provider.create(type_, "subject", dict(first.inputs))
    except grpc.RpcError:
        return None


def _found(provider: Served, lost: Kept) -> list[str]:
    names = [value for value in reveal(lost.inputs).values() if isinstance(value, str)]
    found = []
    for id_ in ("", *names):
        try:
            seen = provider.read(Kept(lost.urn, id_, lost.inputs, lost.inputs))
        except grpc.RpcError:
            continue
        if seen is not None:
            found.append(seen.id)
            break
    return found
