"""Steps: what each writing entry of a bundle will do, known before anything is written.

A step first finds which resources it is about, so that links to them can be rewritten and no two
entries write the same one; only then, with its links in place, is it planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hearth_server.errors import NotSupported, UnsupportedMediaType
from hearth_server.interactions import conditions, content, create, delete, patch, update
from hearth_server.interactions.callers import caller, key_of
from hearth_server.interactions.entries import Entry
from hearth_server.interactions.writing import Plan
from hearth_server.rest import service
from hearth_server.rest.views import view_of
from hearth_server.services import Services
from hearth_server.store.protocol import Claim, Key, Record

ORDER: Mapping[str, int] = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}
"""In which order the entries of a bundle take effect, by method."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry that may write."""

    entry: Entry
    keys: tuple[Key, ...]
    """The resources that it is about."""
    plan: Callable[[], Plan]
    """Makes the plan from the entry's resource as it is then. Raises what is wrong with it."""
    claim: Claim | None = None
    found: bool = False
    """Whether it is a create that writes nothing: its condition found a resource."""

    @property
    def replaces(self) -> bool:
        """Whether its resources will be what the entry has, or nothing, whatever they are now."""
        return not self.found and self.entry.target.route.interaction != "patch"

    @property
    def link(self) -> str | None:
        """Where the entry's fullUrl leads: `Type/id`."""
        if len(self.keys) != 1:
            return None
        return f"{self.keys[0].type}/{self.keys[0].id}"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the steps of a bundle are made on."""

    services: Services
    newest: Mapping[Key, Record]
    """The newest version of each resource that an entry names by its id."""
    lost: int
    """How many commits of the bundle were lost before."""


def writes(entry: Entry) -> bool:
    """Return whether an entry becomes a step: any other only reads."""
    return entry.target.route.interaction in _MAKERS


def ground(services: Services, entries: Iterable[Entry], lost: int) -> Ground:
    """Return the ground for the entries' steps, read in one batch."""
    named = [key_of(entry.request, entry.target) for entry in entries if entry.target.id]
    return Ground(services, services.store.latest_of(named) if named else {}, lost)


def step_of(ground: Ground, entry: Entry) -> Step:
    """Return the step of an entry that writes. Raises what is wrong with it."""
    service.admit(ground.services, entry.request, entry.target)
    if view_of(entry.request.query) is not None:
        raise NotSupported("An entry that writes answers whole resources", expression="http.query")
    return _MAKERS[entry.target.route.interaction](ground, entry)


def _create(ground: Ground, entry: Entry) -> Step:
    request, type = entry.request, entry.target.type or ""
    key = create.new_key(caller(request).tenant, type)
    resource = content.parsed(request)
    content.check_type(resource, type)
    criteria = create.if_none_exist(request, type)
    if criteria is None:
        return Step(entry, (key,), lambda: create.planned(request, resource, key))
    match, claim = conditions.found(
        ground.services, request, type, criteria, claimed=ground.lost > 0
    )
    if match is None:
        return Step(entry, (key,), lambda: create.planned(request, resource, key, claim), claim)
    answer = create.unneeded(request, match)
    return Step(entry, (match.key,), lambda: answer, found=True)


def _update(ground: Ground, entry: Entry) -> Step:
    request, target = entry.request, entry.target
    resource = content.parsed(request)
    content.check_type(resource, target.type or "")
    if target.id is None:
        return _conditional_update(ground, entry)
    content.check_id(resource, target.id)
    key = key_of(request, target)
    current = ground.newest.get(key)
    return Step(entry, (key,), lambda: update.planned(request, resource, key, current))


def _conditional_update(ground: Ground, entry: Entry) -> Step:
    request, type = entry.request, entry.target.type or ""
    resource = content.parsed(request)
    content.check_id_syntax(resource)
    match, claim = conditions.found(
        ground.services,
        request,
        type,
        conditions.criteria_of(request),
        claimed=ground.lost > 0,
    )
    key, current = update.subject(ground.services, request, resource, match, claim)
    made = claim if match is None else None
    return Step(entry, (key,), lambda: update.planned(request, resource, key, current, made), made)


def _delete(ground: Ground, entry: Entry) -> Step:
    request, target = entry.request, entry.target
    if target.id is None:
        criteria = conditions.criteria_of(request)
        records = delete.matches(ground.services, request, target.type or "", criteria)
        keys = tuple(record.key for record in records)
        return Step(entry, keys, lambda: delete.planned_for_all(request, records))
    key = key_of(request, target)
    current = ground.newest.get(key)
    return Step(entry, (key,), lambda: delete.planned(request, key, current))


def _patch(ground: Ground, entry: Entry) -> Step:
    request, target, services = entry.request, entry.target, ground.services
    if content.parsed(request)["resourceType"] != "Parameters":
        raise UnsupportedMediaType("A patch in a bundle is a Parameters resource")
    change = patch.patch_of(request)
    if target.id is None:
        match = patch.only_match(services, request, target)
        return Step(
            entry,
            (match.key,),
            lambda: patch.planned(services, request, match.key, match, change),
        )
    key = key_of(request, target)
    current = ground.newest.get(key)
    return Step(entry, (key,), lambda: patch.planned(services, request, key, current, change))


_MAKERS: Mapping[str, Callable[[Ground, Entry], Step]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "patch": _patch,
}
