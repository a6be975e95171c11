"""From a document to what the index holds of it."""

from __future__ import annotations

from typing import Any

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.opensearch import keys
from hearth_server.search.engines.opensearch.mapping import MAXIMUM_PARTS
from hearth_server.search.engines.protocol import Document
from hearth_server.search.entries import Amount, Entries, Link
from hearth_server.search.fields import Field
from hearth_server.search.folding import cut
from hearth_server.store.protocol import Key

Source = dict[str, Any]


def document_id(key: Key) -> str:
    """Return what the index calls a resource."""
    return f"{key.tenant}/{key.type}/{key.id}"


def key_of(document: str) -> Key:
    """Return the key of a resource that the index calls so."""
    tenant, type, id = document.rsplit("/", 2)
    return Key(tenant, type, id)


def source(document: Document, most: int = MAXIMUM_PARTS) -> tuple[Source, int]:
    """Return what the index holds of a document, and how many nested parts had no room in it.

    A tombstone holds nothing that the resource said, and has no scope: no search finds it.
    """
    key = document.key
    ref = f"{key.type}/{key.id}"
    made: Source = {
        "tenant": key.tenant,
        "ref": ref,
        "rid": resource_hash(key.tenant, key.type, key.id),
        "version": document.version,
        "updated": document.updated,
        "deleted": document.entries is None,
    }
    if document.entries is None:
        return made, 0
    made["id"] = key.id
    made["scope"] = keys.scope(key.tenant, key.type)
    if document.content:
        made["content"] = [cut(word) for word in document.content.split()]
    if document.narrative:
        made["narrative"] = [cut(word) for word in document.narrative.split()]
    room = _Room(most)
    locals = {local for _, local, _ in document.contained}
    _Values(made, ref, locals, room).add(document.entries)
    for type, local, entries in document.contained:
        inner = {"ref": keys.contained(ref, local), "type": type, "updated": document.updated}
        if room.put(made, "contained", inner):
            _Values(inner, ref, locals, room).add(entries)
    if room.excess:
        made["excess"] = room.excess
    return made, room.excess


class _Room:
    """How many nested parts still fit into a resource."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.excess = 0

    def put(self, into: Source, name: str, part: Source) -> bool:
        """Add a part if there is room; return whether there was."""
        if self._left == 0:
            self.excess += 1
            return False
        self._left -= 1
        into.setdefault(name, []).append(part)
        return True


class _Values:
    """Adds entries to what the index holds of a resource, or of a contained one."""

    def __init__(self, made: Source, ref: str, locals: set[str], room: _Room) -> None:
        self._made = made
        self._ref = ref
        self._locals = locals
        self._room = room
        self._fields: dict[str, None] = {}
        self._flat: dict[int, dict[str, dict[str, None]]] = {}
        """By ordinal of an element, 0 for all: the terms of each kind, each once."""
        self._ranges: dict[int, list[tuple[str, Source]]] = {}
        """By ordinal of an element: its `moments` and `amounts`."""

    def add(self, entries: Entries) -> None:
        """Add all entries."""
        for field, key, qualifier, ordinal in entries.terms:
            self._add_term(field, key, qualifier, ordinal, entries.long_texts.get(key))
        for link in entries.links:
            self._add_link(link)
        put, made, seen = self._room.put, self._made, set()
        for moment in entries.moments:
            field, low, high, ordinal = moment
            if moment not in seen:
                seen.add(moment)
                self._fields[keys.tag(field)] = None
                part = {"field": keys.tag(field), "low": low, "high": high, "at": low}
                put(made, "moments", part)
                self._in_element(ordinal, "moments", part)
        for amount in dict.fromkeys(entries.amounts):
            self._fields[keys.tag(amount.field)] = None
            part = _amount(amount)
            put(made, "amounts", part)
            self._in_element(amount.ordinal, "amounts", part)
        for field, latitude, longitude in entries.positions:
            self._fields[keys.tag(field)] = None
            at = {"lat": latitude, "lon": longitude}
            put(made, "places", {"field": keys.tag(field), "at": at})
        self._finish()

    def _add_term(
        self, field: Field, key: str, qualifier: str, ordinal: int, passage: str | None
    ) -> None:
        self._fields[keys.tag(field)] = None
        if key:
            self._fields[keys.keyed(field)] = None
        for at in {0, ordinal}:
            flat = self._flat_of(at)
            flat["terms"][keys.term(field, key)] = None
            flat["exact"][keys.qualified(field, key, qualifier)] = None
            if key and qualifier and field.kind != "string":
                flat["exact"][keys.of_system(field, qualifier)] = None
            if passage is not None:
                flat["passages"][keys.term(field, passage)] = None

    def _add_link(self, link: Link) -> None:
        self._fields[keys.tag(link.field)] = None
        target = link.text
        local = target.removeprefix("#")
        if not link.type and local != target and local in self._locals:
            target = keys.contained(self._ref, local)
        for at in {0, link.ordinal}:
            flat = self._flat_of(at)
            flat["links"][keys.link(link.field, target)] = None
            if link.version or not link.type:  # a canonical URL may be searched without one
                flat["exact"][keys.versioned(link.field, target, link.version)] = None

    def _flat_of(self, ordinal: int) -> dict[str, dict[str, None]]:
        found = self._flat.get(ordinal)
        if found is None:
            found = {"terms": {}, "exact": {}, "passages": {}, "links": {}}
            self._flat[ordinal] = found
        return found

    def _in_element(self, ordinal: int, name: str, part: Source) -> None:
        if ordinal:
            self._ranges.setdefault(ordinal, []).append((name, part))

    def _finish(self) -> None:
        self._made["fields"] = list(self._fields)
        _set(self._made, self._flat.pop(0, {}))
        for ordinal in dict.fromkeys((*self._flat, *self._ranges)):
            element: Source = {}
            _set(element, self._flat.get(ordinal, {}))
            has_room = self._room.put(self._made, "elements", element)
            for name, part in self._ranges.get(ordinal, ()) if has_room else ():
                self._room.put(element, name, part)


def _set(into: Source, flat: dict[str, dict[str, None]]) -> None:
    for name, terms in flat.items():
        if terms:
            into[name] = list(terms)


def _amount(amount: Amount) -> Source:
    part: Source = {"field": keys.tag(amount.field), "low": amount.low, "high": amount.high}
    units = [
        f"{letter}{keys.short(text)}"
        for letter, text in (("s", amount.system), ("c", amount.code), ("u", amount.unit))
        if text
    ]
    if units:
        part["units"] = units
    return part
