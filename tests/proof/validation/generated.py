"""Resources that hypothesis makes: any JSON under the names of a type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hearth_server.fhir import json
from hearth_server.fhir.definitions import release
from hypothesis import strategies as st

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ("2024-02-29", "2024-02-30T24:00:00Z", "Patient/1", "#x", "urn:uuid:x", "http://a.example", "1")
)
_NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
_NAMES = st.sampled_from(
    (
        *("id", "_id", "extension", "url", "reference", "coding", "code", "system", "value"),
        *("valueString", "valueQuantity", "valueReference", "div", "status", "start", "end"),
        *("resourceType", "contained", "entry", "resource", "fullUrl", "item", "linkId", "meta"),
    )
)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | _TEXTS, inner, max_size=5),
    max_leaves=25,
)


def _resource(name: str) -> st.SearchStrategy[dict[str, Any]]:
    kind = release().type(name)
    assert kind is not None
    names = st.sampled_from(sorted(kind.properties))
    members = st.dictionaries(names | names.map("_{}".format) | _NAMES, _VALUES, max_size=8)
    return members.map(lambda found: {**found, "resourceType": name})


RESOURCES = st.sampled_from(sorted(release().resource_types())).flatmap(_resource)


def judge_generated(count: int, seed: int, judge: Callable[[bytes], None]) -> None:
    """Give `judge` the bodies of many resources, the same for the same seed."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(RESOURCES)
    def each(resource: dict[str, Any]) -> None:
        judge(json.encode(resource))

    each()
