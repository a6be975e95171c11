"""Order and keyset paging: what hits are sorted by, and where a page of them starts.

Resources that lack a key come last in either direction; the resource's hash breaks ties, so the
order is total and a page can start anywhere in it.
https://opensearch.org/docs/2.19/search-plugins/searching-data/sort/
"""

from __future__ import annotations

from typing import Any

from hearth_server.search.engines.opensearch import keys
from hearth_server.search.query import Query, SortKey

Sort = dict[str, Any]

HIGHEST_TEXT = "\U0010ffff"
"""Sorts after every text, and stands for none where texts ascend."""

_NESTED = {
    "date": ("moments", "at"),
    "number": ("amounts", "low"),
    "quantity": ("amounts", "low"),
}
"""By kind of field: where the values are, and what they are sorted by, their lower end."""

# The terms of a document come in ascending order; those of one field follow each other.
_FIRST = """
String best = null;
for (String term : doc[params.path]) {
  for (String start : params.starts) {
    if (term.startsWith(start) && term.length() > params.length) {
      String key = term.substring(params.length);
      if (best == null || (key.compareTo(best) < 0) != params.last) { best = key; }
    }
  }
}
return best == null ? params.none : best;
"""


def sorts(query: Query, *, backwards: bool) -> list[Sort]:
    """Return what hits are sorted by, the hash last."""
    descending = bool(query.sort) and query.sort[0].descending
    tie = {"rid": {"order": _order(descending != backwards)}}
    return [*(_sort(key, backwards) for key in query.sort), tie]


def _sort(key: SortKey, backwards: bool) -> Sort:
    """Return the sort by the smallest value of the key's fields, the largest when it descends."""
    order = _order(key.descending != backwards)
    if isinstance(key.by, str):
        return {key.by: {"order": order}}
    if key.by[0].kind not in _NESTED:
        return _by_term(key, order)
    path, name = _NESTED[key.by[0].kind]
    tags = [keys.tag(field) for field in key.by]
    return {
        f"{path}.{name}": {
            "order": order,
            "mode": "max" if key.descending else "min",
            "missing": "_first" if backwards else "_last",
            "nested": {"path": path, "filter": {"terms": {f"{path}.field": tags}}},
        }
    }


def _by_term(key: SortKey, order: str) -> Sort:
    """Return the sort by flat terms, which only a script can tell apart by their fields."""
    assert not isinstance(key.by, str)
    only = [f"{type}/" for type in key.only] or [""]
    parameters = {
        "path": "links" if key.by[0].kind == "reference" else "terms",
        "starts": [keys.term(field, start) for field in key.by for start in only],
        "length": keys.TAG_LENGTH + len(keys.PART),
        "last": key.descending,
        "none": "" if key.descending else HIGHEST_TEXT,
    }
    script = {"lang": "painless", "source": _FIRST, "params": parameters}
    return {"_script": {"type": "string", "order": order, "script": script}}


def _order(descending: bool) -> str:
    return "desc" if descending else "asc"
