"""Includes: resources that matches point at, or that point at matches, beside the matches.

https://hl7.org/fhir/R4/search.html#revinclude
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from hearth_server.access.principal import Principal
from hearth_server.interactions.following import Following
from hearth_server.interactions.rights import may
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.results import Include
from hearth_server.services import Services
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
        self._asked = asked
        self._found = Included()
        self._allowed: dict[tuple[str, str], bool] = {}
        self._following = Following(
            services, principal.tenant, context, partial(self._may, "search-type"), MAXIMUM
        )

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
            look = self._following.pointing if include.reverse else self._following.pointed
            for record in look(include, starts):
                if record.key in known or not self._may_see(record):
                    continue
                if len(self._found.records) >= MAXIMUM:
                    self._found.cut = True
                    return fresh
                known.add(record.key)
                self._found.records[record.key] = record
                fresh.append(record)
            self._found.cut = self._found.cut or self._following.cut
        return fresh

    def _may_see(self, record: Record) -> bool:
        return self._may("read", record.key.type) and self._services.authorizer.sees(
            self._principal, record.key
        )

    def _may(self, interaction: str, type: str) -> bool:
        asked = (interaction, type)
        if asked not in self._allowed:
            self._allowed[asked] = may(self._services, self._principal, interaction, type)
        return self._allowed[asked]
