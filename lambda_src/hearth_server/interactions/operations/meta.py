"""`$meta`, `$meta-add` and `$meta-delete`: profiles, tags and security labels by themselves.

https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hearth_server.errors import InvalidRequest
from hearth_server.fhir import json
from hearth_server.interactions import content
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.labels import identity, united
from hearth_server.interactions.operations import parameters
from hearth_server.interactions.read import current
from hearth_server.interactions.update import check_preconditions
from hearth_server.interactions.vread import version_of
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import Record, Write

Meta = Mapping[str, Any]

_CODINGS = ("tag", "security")
_CHANGEABLE = frozenset({"profile", *_CODINGS})


def meta(services: Services, request: Request, target: Target) -> Response:
    """Return the meta of a resource or of one version of it. Raises NotFound, Gone."""
    if request.body or request.resource:
        parameters.read(content.parsed(request), {})
    if target.version is not None:
        return _shown(version_of(services, request, target))
    return _shown(current(services, request, key_of(request, target)))


def meta_add(services: Services, request: Request, target: Target) -> Response:
    """Return the meta with what the body adds to it; the resource has a new version then."""
    return _changed(services, request, target, _added)


def meta_delete(services: Services, request: Request, target: Target) -> Response:
    """Return the meta without what the body takes off; the resource has a new version then."""
    return _changed(services, request, target, _removed)


def _changed(
    services: Services, request: Request, target: Target, change: Callable[[Meta, Meta], Meta]
) -> Response:
    given = _given(request)
    key = key_of(request, target)

    def plan(_: int) -> Plan:
        record = current(services, request, key)
        check_preconditions(request, record)
        resource = json.stored(record.body)
        changed = change(resource["meta"], given)
        if changed == resource["meta"]:
            return Plan((), lambda _: _shown(record))
        after = {**resource, "meta": changed}
        content.check_valid(services, after)
        write = Write(key, "PATCH", after, record.version)
        return Plan([write], lambda records: _shown(records[0]))

    return carry_out(services, request, plan)


def _given(request: Request) -> Meta:
    given = parameters.read(content.parsed(request), {"meta": "valueMeta"}).get("meta")
    if not isinstance(given, dict) or not _CHANGEABLE.issuperset(given):
        raise InvalidRequest(
            "meta holds profile, tag and security", expression="Parameters.parameter[0].value"
        )
    for name, values in given.items():
        kind = dict if name in _CODINGS else str
        if not isinstance(values, list) or not all(isinstance(each, kind) for each in values):
            raise InvalidRequest(
                f"{name} is not an array as Meta has it",
                expression=f"Parameters.parameter[0].value.{name}",
            )
    return given


def _added(before: Meta, given: Meta) -> Meta:
    after = dict(before)
    for name in _CODINGS:
        if given.get(name):
            after[name] = united(before.get(name, ()), given[name])
    if given.get("profile"):
        after["profile"] = list(dict.fromkeys([*before.get("profile", ()), *given["profile"]]))
    return after


def _removed(before: Meta, given: Meta) -> Meta:
    after = dict(before)
    for name in _CHANGEABLE & set(given) & set(before):
        gone = {_identity(each) for each in given[name]}
        after[name] = [each for each in before[name] if _identity(each) not in gone]
        if not after[name]:
            del after[name]
    return after


def _identity(value: Any) -> object:
    return identity(value) if isinstance(value, dict) else value


def _shown(record: Record) -> Response:
    return parameters.returned("return", "valueMeta", json.stored(record.body)["meta"])
