"""Random resources and random queries: every engine finds what the naive search finds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import pytest
from hearth_server.search.engines.opensearch.index import OpenSearchIndex
from hearth_server.search.engines.protocol import SearchEngine
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.store.protocol import Key, Record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.search.engines import ENGINES, opened
from tests.conformance.search.naive import Naive
from tests.hearth_server.serving import BASE

NOW = 1_700_000_000_000_000
CODES = ("a", "B", "8480-6")
SYSTEMS = ("http://loinc.org", "http://terminology.hl7.org/CodeSystem/x", "")
DATES = ("2020", "2020-02", "2020-02-28", "2020-02-29", "2020-02-29T12:00:00Z", "2020-03-01",
         "2020-02-29T23:30:00-05:00", "2019-12-31")  # fmt: skip
NUMBERS = ("1", "1.0", "1.05", "0.95", "1.5", "-2", "0", "100")
NAMES = ("Ada", "ada lovelace", "Éva", "von Ada-Smith", "O'Ada", "Bob")
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

_encoder = msgspec.json.Encoder(decimal_format="number")
_tenants = (f"differential{number}" for number in count())


@st.composite
def concepts(draw: st.DrawFn) -> dict[str, Any]:
    system, code = draw(st.sampled_from(SYSTEMS)), draw(st.sampled_from(CODES))
    coding = {"code": code} | ({"system": system} if system else {})
    return {"coding": [coding], "text": draw(st.sampled_from(NAMES))}


@st.composite
def effective(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["none", "time", "period", "from", "until"]))
    first, second = sorted(draw(st.lists(st.sampled_from(DATES), min_size=2, max_size=2)))
    return {
        "none": {},
        "time": {"effectiveDateTime": first},
        "period": {"effectivePeriod": {"start": first, "end": second}},
        "from": {"effectivePeriod": {"start": first}},
        "until": {"effectivePeriod": {"end": second}},
    }[kind]


@st.composite
def quantities(draw: st.DrawFn) -> dict[str, Any]:
    value: dict[str, Any] = {"value": Decimal(draw(st.sampled_from(NUMBERS)))}
    if draw(st.booleans()):
        value |= {"system": "http://unitsofmeasure.org", "code": draw(st.sampled_from(["mg", "g"]))}
    if draw(st.booleans()):
        value["comparator"] = draw(st.sampled_from(["<", "<=", ">", ">="]))
    return value


@st.composite
def references(draw: st.DrawFn) -> dict[str, Any]:
    base = draw(st.sampled_from(["", "", f"{BASE}/", "https://elsewhere.example.org/fhir/"]))
    version = draw(st.sampled_from(["", "", "/_history/1"]))
    return {"reference": f"{base}Patient/p{draw(st.integers(0, 4))}{version}"}


@st.composite
def observations(draw: st.DrawFn, number: int) -> dict[str, Any]:
    resource = {"resourceType": "Observation", "id": f"o{number}", "code": draw(concepts())}
    resource |= draw(effective())
    if draw(st.booleans()):
        resource["valueQuantity"] = draw(quantities())
    if draw(st.booleans()):
        resource["subject"] = draw(references())
    resource["component"] = [
        {"code": draw(concepts()), "valueQuantity": draw(quantities())}
        for _ in range(draw(st.integers(0, 2)))
    ]
    return {name: value for name, value in resource.items() if value != []}


@st.composite
def patients(draw: st.DrawFn, number: int) -> dict[str, Any]:
    resource: dict[str, Any] = {"resourceType": "Patient", "id": f"p{number}"}
    if draw(st.booleans()):
        resource["name"] = [
            {"family": draw(st.sampled_from(NAMES)), "given": [draw(st.sampled_from(NAMES))]}
        ]
    if draw(st.booleans()):
        resource["birthDate"] = draw(st.sampled_from(DATES[:4]))
    if draw(st.booleans()):
        resource["gender"] = draw(st.sampled_from(["male", "female"]))
    if draw(st.booleans()):
        resource["link"] = [{"other": draw(references()), "type": "seealso"}]
    return resource


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    people = [draw(patients(number)) for number in range(4)]
    return people + [draw(observations(number)) for number in range(8)]


@st.composite
def patient_parameters(draw: st.DrawFn) -> str:
    name, date = draw(st.sampled_from(NAMES)), draw(st.sampled_from(DATES[:4]))
    prefix, gender = draw(st.sampled_from(PREFIXES)), draw(st.sampled_from(["male", "female"]))
    text = draw(st.sampled_from(["", ":exact", ":contains"]))
    field = draw(st.sampled_from(["name", "family", "given"]))
    some = draw(st.sampled_from(["birthdate", "gender", "name", "link"]))
    return draw(
        st.sampled_from(
            [
                f"{field}{text}={name}",
                f"birthdate={prefix}{date}",
                f"gender={gender}",
                f"gender:not={gender}",
                f"{some}:missing={draw(st.sampled_from(['true', 'false']))}",
                f"link={draw(st.sampled_from(['', f'{BASE}/']))}Patient/p{draw(st.integers(0, 4))}",
                "link:Patient.gender=male",
            ]
        )
    )


@st.composite
def observation_parameters(draw: st.DrawFn) -> str:
    code, system = draw(st.sampled_from(CODES)), draw(st.sampled_from(SYSTEMS))
    prefix, date = draw(st.sampled_from(PREFIXES)), draw(st.sampled_from(DATES))
    number = draw(st.sampled_from(NUMBERS))
    unit = draw(st.sampled_from(["", "||mg", "|http://unitsofmeasure.org|g"]))
    part = draw(st.sampled_from(["code", "combo-code", "component-code"]))
    token = draw(st.sampled_from([code, f"{system}|{code}", f"{system or 'http://x'}|"]))
    zoned = date.replace("+", "%2B")
    return draw(
        st.sampled_from(
            [
                f"{part}={token}",
                f"{part}:not={token}",
                f"{part}:text={draw(st.sampled_from(NAMES))}",
                f"date={prefix}{zoned}",
                f"value-quantity={prefix}{number}{unit}",
                f"component-code-value-quantity={token}${prefix}{number}{unit}",
                f"combo-code-value-quantity={token}${prefix}{number}{unit}",
                f"patient=Patient/p{draw(st.integers(0, 4))}",
                f"subject:missing={draw(st.sampled_from(['true', 'false']))}",
                f"patient.{draw(patient_parameters())}",
            ]
        )
    )


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, str]:
    if draw(st.booleans()):
        choice = st.one_of(
            patient_parameters(),
            observation_parameters().map(lambda each: f"_has:Observation:patient:{each}"),
        )
        return "Patient", "&".join(draw(st.lists(choice, min_size=1, max_size=2)))
    return "Observation", "&".join(draw(st.lists(observation_parameters(), min_size=1, max_size=2)))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    with opened(request.param) as made:
        yield made


WORLDS = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
ASKED_OVER_HTTP = 12


@WORLDS
@given(world=worlds(), asked=st.lists(queries(), min_size=30, max_size=40))
def test_an_engine_finds_what_the_naive_search_finds(
    engine: SearchEngine, world: list[dict[str, Any]], asked: list[tuple[str, str]]
):
    _compare(engine, world, asked[:ASKED_OVER_HTTP] if _is_remote(engine) else asked)


@pytest.mark.slow
@settings(WORLDS, max_examples=200)
@given(world=worlds(), asked=st.lists(queries(), min_size=30, max_size=40))
def test_an_engine_finds_what_the_naive_search_finds_in_many_worlds(
    engine: SearchEngine, world: list[dict[str, Any]], asked: list[tuple[str, str]]
):
    _compare(engine, world, asked)


def _compare(
    engine: SearchEngine, world: list[dict[str, Any]], asked: list[tuple[str, str]]
) -> None:
    tenant = next(_tenants)
    search = IndexedSearch(engine)
    search.index(
        [
            Record(Key(tenant, each["resourceType"], each["id"]), 1, 1, "PUT", _encoded(each))
            for each in world
        ]
    )
    naive = Naive(world, BASE, NOW)

    context = Context(BASE, NOW, other_base_urls=("https://unused.example.org",))
    for type, query in asked:
        pairs = [tuple(pair.split("=", 1)) for pair in query.replace("%2B", "+").split("&")]
        request = search_request((type,), pairs, context, lenient=False)  # type: ignore[arg-type]
        found = [hit.key.id for hit in engine.find(tenant, request.query, 100)]

        assert sorted(found) == sorted(naive.find(type, query)), (type, query)
        assert engine.count(tenant, request.query) == len(found)


def _is_remote(engine: SearchEngine) -> bool:
    return isinstance(engine, OpenSearchIndex)


def _encoded(resource: dict[str, Any]) -> bytes:
    return _encoder.encode(resource)
