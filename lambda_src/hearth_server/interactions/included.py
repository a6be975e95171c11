"""Includes: resources that matches point at, or that point at matches, beside the matches.

https://hl7.org/fhir/R4/search.html#revinclude
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hearth_server.access.principal import Principal
from hearth_server.fhir import json
from hearth_server.interactions.rights import may
from hearth_server.search import parameters
from hearth_server.search.extract import extract
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.references import followed, local
from hearth_server.search.parse.results import Include
from hearth_server.search.query import Links, Or, Query
from hearth_server.services import Services
from hearth_server.store.limits import version_number
from hearth_server.store.protocol import Key, Record

MAXIMUM = 1000
"""Included resources on a page; where there are more, the answer says so."""

MAXIMUM_ROUNDS = 10
"""How often `:iterate` goes on from what it has included."""


@dataclass(slots=True)
class Included:
    """What is added to the matches of a page."""

    records: dict[Key, Record] = field(default_factory=dict)
    cut: bool = False
    """Whether there was more than a page may have."""


class Including:
    """Collects the includes of one page."""

    def __init__(
        self, services: Services, principal: Principal, context: Context, asked: Sequence[Include]
    ) -> None:
        self._services = services
        self._principal = principal
        self._context = context
        self._asked = asked
        self._found = Included()
        self._allowed: dict[tuple[str, str], bool] = {}

    def beside(self, matches: Sequence[Record]) -> Included:
        """Return what the search's includes add to `matches`, each resource once."""
        known = {record.key for record in matches}
        fresh = self._round(self._asked, matches, known)
        iterated = [each for each in self._asked if each.iterate]
        rounds = 0
        while fresh and iterated and not self._found.cut and rounds < MAXIMUM_ROUNDS:
            fresh = self._round(iterated, fresh, known)
            rounds += 1
        if fresh and iterated and rounds == MAXIMUM_ROUNDS:
            self._found.cut = True
        return self._found

    def _round(
        self, asked: Sequence[Include], starts: Sequence[Record], known: set[Key]
    ) -> list[Record]:
        """Return what is newly found from `starts`."""
        fresh: list[Record] = []
        for include in asked:
            look = self._pointing if include.reverse else self._pointed
            for record in look(include, starts):
                if record.key in known or not self._may_see(record):
                    continue
                if len(self._found.records) >= MAXIMUM:
                    self._found.cut = True
                    return fresh
                known.add(record.key)
                self._found.records[record.key] = record
                fresh.append(record)
        return fresh

    def _pointed(self, include: Include, starts: Sequence[Record]) -> Iterator[Record]:
        """Yield what the starts' references point at, in the version that they name if any."""
        current: dict[Key, None] = {}
        exact: dict[tuple[Key, int], None] = {}
        for key, version in self._targets(include, starts):
            if not version:
                current[key] = None
            elif number := version_number(version):
                exact[(key, number)] = None
        for record in self._services.store.versions(exact).values() if exact else ():
            if not record.deleted:
                yield record
        found = self._services.store.latest_of(current) if current else {}
        yield from (found[key] for key in current if key in found and not found[key].deleted)

    def _targets(self, include: Include, starts: Sequence[Record]) -> Iterator[tuple[Key, str]]:
        tenant = self._principal.tenant
        for record in starts:
            if include.type not in ("*", record.key.type):
                continue
            looked_at = _looked_at(include, record.key.type)
            links = extract(json.parse(record.body)).links
            for parameter in looked_at:
                fields = followed(parameter.fields, self._context)
                only = parameter.only
                for link in links:
                    wanted = include.target in (None, link.type) and (not only or link.type in only)
                    if link.type and wanted and link.field in fields:
                        yield Key(tenant, link.type, link.id), link.version

    def _pointing(self, include: Include, starts: Sequence[Record]) -> Iterator[Record]:
        """Yield the resources whose references point at the starts."""
        starts = [each for each in starts if include.target in (None, each.key.type)]
        links = tuple(self._links(_looked_at(include, include.type), starts))
        if not links or not self._may("search-type", include.type):
            return
        query = Query((include.type,), links[0] if len(links) == 1 else Or(links))
        hits = self._services.search.find(self._principal.tenant, query, MAXIMUM + 1)
        if len(hits) > MAXIMUM:
            self._found.cut = True
        wanted = [(hit.key, hit.version) for hit in hits[:MAXIMUM]]
        found = self._services.store.versions(wanted)
        yield from (found[each] for each in wanted if each in found)

    def _links(self, looked_at: Sequence[Parameter], starts: Sequence[Record]) -> Iterator[Links]:
        """Yield that a parameter's references point at one of the starts."""
        for only in {each.only: None for each in looked_at}:
            fields = {each: None for one in looked_at if one.only == only for each in one.fields}
            targets = tuple(
                target
                for record in starts
                if not only or record.key.type in only
                for target in local(record.key.type, record.key.id, None, self._context)
            )
            if targets:
                yield Links(tuple(fields), targets)

    def _may_see(self, record: Record) -> bool:
        return self._may("read", record.key.type) and self._services.authorizer.sees(
            self._principal, record.key
        )

    def _may(self, interaction: str, type: str) -> bool:
        asked = (interaction, type)
        if asked not in self._allowed:
            self._allowed[asked] = may(self._services, self._principal, interaction, type)
        return self._allowed[asked]


def _looked_at(include: Include, type: str) -> list[Parameter]:
    """Return the reference parameters of a type that an include names."""
    names = parameters.references(type) if include.name == "*" else [include.name]
    found = (parameters.find(type, name) for name in names)
    return [each for each in found if each is not None]
