"""What references lead to, and where they come from: one step of an include.

https://hl7.org/fhir/R4/search.html#revinclude
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hearth_server.fhir import json
from hearth_server.search import parameters
from hearth_server.search.canonicals import Named, called, name_of, names_in, said_of
from hearth_server.search.entries import Link
from hearth_server.search.extract import extract
from hearth_server.search.fields import Field
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.references import canonical, followed, local
from hearth_server.search.parse.results import Include
from hearth_server.search.query import Condition, Links, Query, Target, any_of
from hearth_server.services import Services
from hearth_server.store.limits import version_number
from hearth_server.store.protocol import Key, Record


class Following:
    """Follows references of one tenant, at most so many from a search."""

    def __init__(
        self,
        services: Services,
        tenant: str,
        context: Context,
        may_search: Callable[[str], bool],
        most: int,
    ) -> None:
        self._services = services
        self._tenant = tenant
        self._context = context
        self._may_search = may_search
        self._most = most
        self._links: dict[tuple[Key, int], list[Link]] = {}
        self.cut = False
        """Whether a search found more."""

    def pointed(self, include: Include, starts: Sequence[Record]) -> Iterator[Record]:
        """Yield what the starts' references point at, in the version that they name if any."""
        current: dict[Key, None] = {}
        exact: dict[tuple[Key, int], None] = {}
        named: dict[tuple[str, ...], dict[Named, None]] = {}
        for parameter, record in _holders(include, starts):
            if canonical(parameter):
                types = (include.target,) if include.target else parameter.targets
                names = names_in(self._links_of(record), parameter.fields)
                named.setdefault(types, {}).update(dict.fromkeys(names))
                continue
            for key, version in self._targets(parameter, include.target, record):
                if not version:
                    current[key] = None
                elif number := version_number(version):
                    exact[(key, number)] = None
        for record in self._services.store.versions(exact).values() if exact else ():
            if not record.deleted:
                yield record
        found = self._services.store.latest_of(current) if current else {}
        yield from (found[key] for key in current if key in found and not found[key].deleted)
        for types, names_of_types in named.items():
            if names_of_types:
                yield from self._found(types, called(types, names_of_types))

    def pointing(self, include: Include, starts: Sequence[Record]) -> Iterator[Record]:
        """Yield the resources whose references point at the starts."""
        starts = [each for each in starts if include.target in (None, each.key.type)]
        if not starts or not self._may_search(include.type):
            return
        fields: dict[tuple[Target, ...], dict[Field, None]] = {}
        for parameter in _looked_at(include, include.type):
            targets = self._targets_among(starts, parameter)
            fields.setdefault(targets, {}).update(dict.fromkeys(parameter.fields))
        links = [Links(tuple(fields[targets]), targets) for targets in fields if targets]
        if links:
            yield from self._found((include.type,), any_of(links))

    def _targets(
        self, parameter: Parameter, target: str | None, record: Record
    ) -> Iterator[tuple[Key, str]]:
        fields, only = followed(parameter.fields, self._context), parameter.only
        for link in self._links_of(record):
            wanted = target in (None, link.type) and (not only or link.type in only)
            if link.type and wanted and link.field in fields:
                yield Key(self._tenant, link.type, link.id), link.version

    def _targets_among(self, starts: Sequence[Record], parameter: Parameter) -> tuple[Target, ...]:
        """Return what a parameter's references say that point at one of the starts."""
        if canonical(parameter):
            names = (name_of(each.body) for each in starts if each.key.type in parameter.targets)
            return said_of(names)
        return tuple(
            target
            for each in starts
            if not parameter.only or each.key.type in parameter.only
            for target in local(each.key.type, each.key.id, None, self._context)
        )

    def _found(self, types: tuple[str, ...], condition: Condition) -> Iterator[Record]:
        """Yield what a search finds, in the versions that it finds."""
        query = Query(types, condition)
        hits = self._services.search.find(self._tenant, query, self._most + 1)
        self.cut = self.cut or len(hits) > self._most
        wanted = [(hit.key, hit.version) for hit in hits[: self._most]]
        found = self._services.store.versions(wanted) if wanted else {}
        yield from (found[each] for each in wanted if each in found)

    def _links_of(self, record: Record) -> list[Link]:
        """Return the references of a resource, which several includes may start from."""
        version = (record.key, record.version)
        if version not in self._links:
            self._links[version] = extract(json.stored(record.body)).links
        return self._links[version]


def _holders(include: Include, starts: Sequence[Record]) -> Iterator[tuple[Parameter, Record]]:
    """Yield each parameter that an include looks at, with each start that has it."""
    by_type: dict[str, list[Parameter]] = {}
    for record in starts:
        type = record.key.type
        if include.type in ("*", type):
            if type not in by_type:
                by_type[type] = _looked_at(include, type)
            for parameter in by_type[type]:
                yield parameter, record


def _looked_at(include: Include, type: str) -> list[Parameter]:
    """Return the reference parameters of a type that an include names."""
    names = parameters.references(type) if include.name == "*" else [include.name]
    found = (parameters.find(type, name) for name in names)
    return [each for each in found if each is not None]
