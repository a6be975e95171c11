"""Search over HTTP: the Bundle, its links, includes, result parameters, rights.

https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import time
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from hearth_server.fhir.dates import instant
from hearth_server.fhir.definitions import resource_types
from hearth_server.store.memory import MemoryStore

from tests.hearth_server.serving import BASE, Server, problem, said


@pytest.fixture
def server() -> Server:
    """Two patients with an organization, observations, a provenance, a list of links."""
    moments = count(1_700_000_000_000)
    server = Server(store=MemoryStore(lambda: next(moments)))
    organization = {"resourceType": "Organization", "id": "o1", "name": "Clinic"}
    parent = {"resourceType": "Organization", "id": "o0", "name": "Group"}
    put(server, parent)
    put(server, {**organization, "partOf": {"reference": "Organization/o0"}})
    for id, gender in (("p1", "female"), ("p2", "male")):
        put(
            server,
            patient(id, gender=gender, managingOrganization={"reference": "Organization/o1"}),
        )
    for number in range(1, 6):
        put(server, observation(f"b{number}", "p1" if number < 4 else "p2", number))
    put(server, {
        "resourceType": "Provenance", "id": "v1", "recorded": "2021-01-01T00:00:00Z",
        "target": [{"reference": "Patient/p1"}], "agent": [{"who": {"reference": "Patient/p2"}}],
    })  # fmt: skip
    return server


def patient(id: str, **content: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id, **content}


def observation(id: str, patient: str, day: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2021-01-{day:02d}",
    }


def put(server: Server, resource: dict[str, Any]) -> None:
    answer = server.call("PUT", f"{resource['resourceType']}/{resource['id']}", resource)
    assert answer.status in (200, 201), answer.body


def entries(server: Server, url: str, **headers: str) -> list[tuple[str, str]]:
    """Return mode and local URL of each entry."""
    answer = server.call("GET", url, headers=headers)
    assert answer.status == 200, answer.body
    return [
        (each["search"]["mode"], each.get("fullUrl", "").removeprefix(f"{BASE}/"))
        for each in said(answer).get("entry", [])
    ]


def link(bundle: Any, relation: str) -> str | None:
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), None)


def test_a_search_answers_with_a_searchset(server: Server):
    """S-RES-1, S-RES-2, S-RES-3, S-RES-4: matches have no score."""
    bundle = said(server.call("GET", "Patient?gender=male"))

    assert bundle["type"] == "searchset"
    assert bundle["total"] == 1
    assert link(bundle, "self") == f"{BASE}/Patient?gender=male"
    assert bundle["entry"][0]["fullUrl"] == f"{BASE}/Patient/p2"
    assert bundle["entry"][0]["search"] == {"mode": "match"}
    assert bundle["entry"][0]["resource"]["meta"]["versionId"] == "1"


def test_every_type_is_searched_by_id(server: Server):
    """S-REQ-5."""
    for type in sorted(resource_types()):
        put(server, {"resourceType": type, "id": "sought"})
        put(server, {"resourceType": type, "id": "other"})

        assert entries(server, f"{type}?_id=sought") == [("match", f"{type}/sought")]


def test_names_that_are_near_are_names_that_would_do(server: Server):
    """A name that only one of the types has would be refused as well."""
    answer = said(server.call("GET", "?_type=Patient,Encounter&birthdate=2020"))

    text = answer["issue"][0]["details"]["text"]
    assert text == "birthdate is not a search parameter of all the types that are searched"


def test_nothing_found_is_an_answer_without_entries(server: Server):
    """S-RES-5."""
    bundle = said(server.call("GET", "Patient?gender=other"))

    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_an_answer_says_up_to_when_it_is_complete(server: Server):
    """The horizon: a client that polls asks for what is newer than this."""
    bundle = said(server.call("GET", "Patient"))

    assert bundle["meta"]["lastUpdated"] < bundle["entry"][0]["resource"]["meta"]["lastUpdated"]


def test_an_answer_is_complete_up_to_when_its_search_began():
    """What is committed while a slow engine searches is not in the answer, nor before its time."""
    moments = [1_700_000_000_000]
    server = Server(store=MemoryStore(lambda: moments[0]))
    put(server, patient("p1"))
    began = instant(server.store.horizon(server.tenant))
    find = server.search.find

    def slow(*asked: Any) -> Any:
        found = find(*asked)
        moments[0] += 60_000
        put(server, patient("p2"))
        moments[0] += 60_000
        return found

    server.search.find = slow
    bundle = said(server.call("GET", "Patient"))

    assert [each["resource"]["id"] for each in bundle["entry"]] == ["p1"]
    assert bundle["meta"]["lastUpdated"] == began


def test_a_walk_is_complete_up_to_when_it_began():
    """What is created meanwhile may come before what has been shown: a later page says no more."""
    moments = [1_700_000_000_000]
    server = Server(store=MemoryStore(lambda: moments[0]))
    for number in range(3):
        put(server, patient(f"p{number}"))
    first = said(server.call("GET", "Patient?_count=1"))
    moments[0] += 60_000

    last = first
    while following := link(last, "next"):
        last = said(server.call("GET", following.removeprefix(f"{BASE}/")))
    again = said(server.call("GET", "Patient?_count=1"))

    assert last["meta"] == first["meta"]
    assert again["meta"]["lastUpdated"] > first["meta"]["lastUpdated"]


def test_pages_follow_each_other_by_links(server: Server):
    """S-CTL-2."""
    first = said(server.call("GET", "Observation?_sort=date&_count=2"))
    second = said(server.call("GET", str(link(first, "next")).removeprefix(f"{BASE}/")))
    third = said(server.call("GET", str(link(second, "next")).removeprefix(f"{BASE}/")))

    pages = [[each["resource"]["id"] for each in page["entry"]] for page in (first, second, third)]
    assert pages == [["b1", "b2"], ["b3", "b4"], ["b5"]]
    assert link(first, "previous") is None
    assert link(third, "next") is None
    assert "total" not in first
    assert link(second, "first") == f"{BASE}/Observation?_sort=date&_count=2"


def test_a_walk_shows_what_stays_unchanged_exactly_once(server: Server):
    """Resources come and go between the pages; b1 to b5 stay."""
    seen = []
    url: str | None = "Observation?_sort=date&_count=1"
    number = 0
    while url:
        page = said(server.call("GET", url))
        seen += [each["resource"]["id"] for each in page.get("entry", [])]
        number += 1
        put(server, observation(f"new{number}", "p1", number))
        server.call("DELETE", f"Observation/new{number - 1}")
        found = link(page, "next")
        url = found.removeprefix(f"{BASE}/") if found and number < 30 else None

    assert [each for each in seen if each.startswith("b")] == ["b1", "b2", "b3", "b4", "b5"]


def test_a_page_link_is_for_its_search_and_tenant_only(server: Server):
    first = said(server.call("GET", "Observation?_count=2"))
    place = str(link(first, "next")).partition("_page=")[2]
    changed = place[:-2] + ("AA" if place[-2:] != "AA" else "BB")

    expected = (400, "value", "http._page")
    assert problem(server.call("GET", f"Observation?_count=2&_page={changed}")) == expected
    assert problem(server.call("GET", f"Observation?_count=3&_page={place}")) == expected
    assert problem(server.call("GET", f"Patient?_count=2&_page={place}")) == expected
    assert problem(server.call("GET", "Observation?_count=2&_page=x")) == expected
    server.tenant += "other"
    assert problem(server.call("GET", f"Observation?_count=2&_page={place}")) == expected


def test_a_page_link_does_not_show_what_the_page_ended_with(server: Server):
    put(server, patient("p3", name=[{"family": "Secretname"}]))
    put(server, patient("p4", name=[{"family": "Zulu"}]))

    first = said(server.call("GET", "Patient?_sort=family&_count=1"))

    assert "ecret" not in str(link(first, "next"))


def test_a_total_is_counted_when_it_is_asked_for(server: Server):
    """S-RES-3: never includes."""
    url = "Observation?_count=2&_include=Observation:patient"

    assert "total" not in said(server.call("GET", url))
    assert said(server.call("GET", f"{url}&_total=accurate"))["total"] == 5
    assert said(server.call("GET", f"{url}&_total=estimate"))["total"] == 5
    assert "total" not in said(server.call("GET", "Observation?_total=none"))


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
def test_a_count_has_no_entries_and_reads_no_bodies(server: Server, query: str):
    """S-CTL-2, S-CTL-3."""
    server.store.versions = None  # type: ignore[method-assign,assignment]

    bundle = said(server.call("GET", f"Observation?{query}"))

    assert bundle["total"] == 5
    assert "entry" not in bundle
    assert [each["relation"] for each in bundle["link"]] == ["self"]


def test_a_count_above_the_maximum_is_capped_and_the_self_link_says_so(server: Server):
    bundle = said(server.call("GET", "Observation?_count=1001"))

    assert link(bundle, "self") == f"{BASE}/Observation?_count=1000"


def test_a_resource_that_changed_since_it_was_indexed_is_shown_as_it_was_found(server: Server):
    """The body is of the version that matched, so what is shown meets the search."""
    search, server.search = server.search, LateIndex(server.search)
    put(server, patient("p2", gender="female"))
    server.search = search

    bundle = said(server.call("GET", "Patient?gender=male"))

    assert bundle["entry"][0]["resource"]["gender"] == "male"
    assert bundle["entry"][0]["resource"]["meta"]["versionId"] == "1"


class LateIndex:
    """A search that is told of nothing."""

    def __init__(self, search: Any) -> None:
        self._search = search

    def __getattr__(self, name: str) -> Any:
        return getattr(self._search, name)

    def announce(self, records: Any) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("query", "included"),
    [
        ("Observation?_id=b1&_include=Observation:patient", {"Patient/p1"}),
        ("Observation?_id=b1&_include=Observation:subject:Patient", {"Patient/p1"}),
        ("Observation?_id=b1&_include=Observation:subject:Group", set()),
        ("Observation?_id=b1&_include=Observation:*", {"Patient/p1"}),
        ("Observation?_id=b1&_include=*", {"Patient/p1"}),
        ("Observation?_id=b1&_include=Patient:organization", set()),
        ("Observation?_id=b1&_include=Observation:patient&_include=Patient:organization",
         {"Patient/p1"}),
        ("Observation?_id=b1&_include=Observation:patient&_include:iterate=Patient:organization",
         {"Patient/p1", "Organization/o1"}),
        ("Observation?_id=b1&_include=Observation:patient&_include:iterate=Patient:organization"
         "&_include:iterate=Organization:partof",
         {"Patient/p1", "Organization/o1", "Organization/o0"}),
        ("Patient?_id=p1&_revinclude=Observation:patient",
         {"Observation/b1", "Observation/b2", "Observation/b3"}),
        ("Patient?_id=p1&_revinclude=Observation:subject:Patient",
         {"Observation/b1", "Observation/b2", "Observation/b3"}),
        ("Patient?_id=p1&_revinclude=Provenance:target", {"Provenance/v1"}),
        ("Patient?_id=p1&_revinclude=Provenance:*", {"Provenance/v1"}),
        ("Patient?_id=p2&_revinclude=Provenance:target", set()),
        ("Organization?_id=o0&_revinclude:iterate=Organization:partof"
         "&_revinclude:iterate=Patient:organization",
         {"Organization/o1", "Patient/p1", "Patient/p2"}),
    ],
)  # fmt: skip
def test_includes_come_beside_the_matches(server: Server, query: str, included: set[str]):
    """S-INC-1, S-INC-2, S-INC-3."""
    found = entries(server, query)

    assert {url for mode, url in found if mode == "include"} == included
    assert len(found) == len(set(found))
    assert said(server.call("GET", query))["total"] == 1


def test_what_is_match_and_include_is_a_match(server: Server):
    """S-RES-2."""
    found = entries(server, "Organization?_include=Organization:partof")

    assert sorted(found) == [("match", "Organization/o0"), ("match", "Organization/o1")]


def test_includes_that_lead_in_a_circle_end(server: Server):
    """S-INC-2."""
    put(server, patient("a", link=[{"other": {"reference": "Patient/b"}, "type": "seealso"}]))
    put(server, patient("b", link=[{"other": {"reference": "Patient/a"}, "type": "seealso"}]))

    found = entries(server, "Patient?_id=a&_include:iterate=Patient:link")

    assert found == [("match", "Patient/a"), ("include", "Patient/b")]


def test_a_versioned_reference_includes_that_version(server: Server):
    """S-REF-5."""
    put(server, patient("p1", gender="other"))
    put(server, {**observation("b9", "p1", 9), "subject": {"reference": "Patient/p1/_history/1"}})

    bundle = said(server.call("GET", "Observation?_id=b9&_include=Observation:patient"))

    assert bundle["entry"][1]["resource"]["meta"]["versionId"] == "1"


def test_deleted_and_unknown_targets_are_left_out(server: Server):
    """S-INC-3."""
    put(server, observation("b9", "gone", 9))
    server.call("DELETE", "Observation/b1")

    assert entries(server, "Observation?_id=b9&_include=Observation:patient") == [
        ("match", "Observation/b9")
    ]
    assert ("include", "Observation/b1") not in entries(
        server, "Patient?_id=p1&_revinclude=Observation:patient"
    )


def test_more_includes_than_a_page_may_have_are_said_to_be_cut(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("hearth_server.interactions.included.MAXIMUM", 2)

    found = entries(server, "Patient?_id=p1&_revinclude=Observation:patient")

    assert [mode for mode, _ in found] == ["match", "include", "include", "outcome"]


def test_an_unknown_parameter_is_refused_with_names_that_are_near(server: Server):
    """S-REQ-7: a filter that is silently dropped shows more than was asked for."""
    answer = server.call("GET", "Patient?birthdat=2021")

    assert problem(answer) == (400, "not-supported", "http.birthdat")
    assert "birthdate" in said(answer)["issue"][0]["details"]["text"]


def test_lenient_handling_ignores_it_and_says_so(server: Server):
    """S-REQ-7, S-RES-1: the self link shows what was used."""
    url = "Patient?birthdat=2021&gender=male&_sort=nonsense,gender"

    bundle = said(server.call("GET", url, headers={"Prefer": "handling=lenient"}))

    assert link(bundle, "self") == f"{BASE}/Patient?gender=male&_sort=gender"
    assert [each["search"]["mode"] for each in bundle["entry"]] == ["match", "outcome"]
    issues = bundle["entry"][1]["resource"]["issue"]
    assert [(each["severity"], each["expression"]) for each in issues] == [
        ("warning", ["http.birthdat"]),
        ("warning", ["http._sort"]),
    ]


@pytest.mark.parametrize("query", ["gender:exact=male", "birthdate=x", "_count=-1"])
def test_lenient_handling_does_not_ignore_what_is_wrong(server: Server, query: str):
    """S-REQ-8, S-REQ-9."""
    answer = server.call("GET", f"Patient?{query}", headers={"Prefer": "handling=lenient"})

    assert answer.status == 400


@pytest.mark.parametrize("path", ["Patient/_search", "_search", "Patient/p1/Observation/_search"])
def test_a_form_is_the_same_as_a_query(server: Server, path: str):
    """S-REQ-1, S-REQ-2, S-REQ-3."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode({"_id": "b1" if "Observation" in path else "p1"}).encode()

    answer = server.call("POST", path, form, headers)

    assert answer.status == 200
    assert [each["resource"]["id"] for each in said(answer)["entry"]] == [
        "b1" if "Observation" in path else "p1"
    ]
    assert link(
        said(answer), "self"
    ) == f"{BASE}/{path.removesuffix('_search').rstrip('/')}?{form.decode()}".replace("/?", "?")


def test_form_and_url_add_up(server: Server):
    """S-REQ-1."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def found(url: str, form: bytes) -> int:
        return int(said(server.call("POST", url, form, headers))["total"])

    assert found("Patient/_search?gender=male", b"_id=p1,p2") == 1
    assert found("Patient/_search?_id=p1", b"_id=p2") == 0


def test_all_types_are_searched_by_what_they_share(server: Server):
    """S-REQ-2."""
    assert said(server.call("GET", "?_id=p1"))["total"] == 1
    assert said(server.call("GET", "?_type=Patient,Organization&_summary=count"))["total"] == 4
    assert said(server.call("GET", "?_type=Observation,Encounter&patient=p1"))["total"] == 3
    assert server.call("GET", "?gender=male").status == 400
    assert server.call("GET", "?_type=Patient,Nonsense").status == 400
    assert server.call("GET", "?_type=Patient,Observation&gender=male").status == 400


def test_pages_of_all_types_follow_each_other(server: Server):
    seen: list[str] = []
    url: str | None = "?_type=Patient,Observation,Organization&_count=2&_sort=-_lastUpdated"
    while url:
        page = said(server.call("GET", url))
        seen += [each["resource"]["id"] for each in page["entry"]]
        found = link(page, "next")
        url = found.removeprefix(f"{BASE}").removeprefix("/") if found else None

    assert seen == ["b5", "b4", "b3", "b2", "b1", "p2", "p1", "o1", "o0"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Patient/p1/Observation", {"b1", "b2", "b3"}),
        ("Patient/p1/Observation?date=gt2021-01-01", {"b2", "b3"}),
        ("Patient/p1/*", {"b1", "b2", "b3", "v1"}),
        ("Patient/nobody/Observation", set()),
        ("Patient/p2/Provenance", set()),
    ],
)
def test_a_compartment_is_searched(server: Server, path: str, found: set[str]):
    """S-REQ-3, S-CPT-1, S-CPT-2."""
    bundle = said(server.call("GET", path))

    assert {each["resource"]["id"] for each in bundle.get("entry", [])} == found
    assert str(link(bundle, "self")).startswith(f"{BASE}/{path.partition('?')[0]}")


@pytest.mark.parametrize("path", ["Patient/p1/Organization", "Observation/b1/Patient"])
def test_what_is_never_in_a_compartment_is_no_path(server: Server, path: str):
    """S-CPT-2."""
    assert server.call("GET", path).status == 404


def test_summaries_and_elements_are_parts_marked_as_such(server: Server):
    """S-CTL-3, S-CTL-4."""
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
    put(server, patient("s1", text=text, gender="male", name=[{"family": "Ada"}], photo=[{}]))

    def part(query: str) -> set[str]:
        resource = said(server.call("GET", f"Patient?_id=s1&{query}"))["entry"][0]["resource"]
        marked = any(tag["code"] == "SUBSETTED" for tag in resource["meta"].get("tag", []))
        assert marked == ("false" not in query)
        return set(resource) - {"resourceType", "id", "meta"}

    assert part("_summary=true") == {"gender", "name"}
    assert part("_summary=text") == {"text"}
    assert part("_summary=data") == {"gender", "name", "photo"}
    assert part("_summary=false") == {"text", "gender", "name", "photo"}
    assert part("_elements=gender") == {"gender"}


def test_a_caller_who_may_not_search_a_type_is_told_so(server: Server):
    server.groups = ("auditor",)

    assert server.call("GET", "Patient").status == 200
    assert server.call("GET", "Observation").status == 403


def test_a_chain_needs_the_right_to_search_what_it_looks_at(server: Server):
    """Otherwise a filter would tell what the caller may not see."""
    server.groups = ("auditor",)

    assert server.call("GET", "Patient?_has:Observation:patient:status=final").status == 403
    assert server.call("GET", "Patient?organization.name=clinic").status == 403


def test_includes_of_types_that_the_caller_may_not_read_are_left_out(server: Server):
    server.groups = ("auditor",)

    assert entries(server, "Patient?_id=p1&_include=Patient:organization") == [
        ("match", "Patient/p1")
    ]
    assert entries(server, "Patient?_id=p1&_revinclude=Observation:patient") == [
        ("match", "Patient/p1")
    ]


def test_a_page_that_would_not_fit_into_an_answer_ends_early(server: Server):
    text = "x" * 900_000
    for number in range(7):
        put(server, patient(f"big{number}", name=[{"text": f"big {text}"}]))

    seen: list[str] = []
    url: str | None = "Patient?name=big"
    while url:
        answer = server.call("GET", url)
        assert len(answer.body) < 6_000_000
        seen += [each["resource"]["id"] for each in said(answer)["entry"]]
        found = link(said(answer), "next")
        url = found.removeprefix(f"{BASE}/") if found else None

    assert sorted(seen) == [f"big{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"p{number}=x" for number in range(10_000)),
        "name=" + "," * 1_000_000,
        "name=" + "\\" * 100_000,
        "patient." * 50 + "name=x",
        "name:contains=" + "(a%2B)%2B" * 2000,
        "gender'--=x",
        "rid=1",
        "_sort=" + ",".join(["gender"] * 10_000),
        "_include=" + ":" * 10_000,
        "_page=" + "A" * 100_000,
    ],
    ids=lambda query: query[:20],
)
def test_nonsense_is_refused_at_once(server: Server, query: str):
    started = time.process_time()

    answer = server.call("GET", f"Patient?{query}")

    assert answer.status == 400 or "contains" in query
    assert time.process_time() - started < 0.1
    assert len(answer.body) < 5000 or "contains" in query


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ("Observation?subject=Patient/p9", [], ["Observation/b9"]),
        (f"Observation?subject={BASE}/Patient/p9", [], ["Observation/b9"]),
        ("Observation?patient.gender=other", [], ["Observation/b9"]),
        ("Patient/p9/Observation", [], ["Observation/b9"]),
        ("Patient?_has:Observation:patient:status=final&_id=p9", [], ["Patient/p9"]),
        (
            "Patient?_id=p9&_revinclude=Observation:*",
            ["Patient/p9"],
            ["Patient/p9", "Observation/b9"],
        ),
        ("Observation?_id=b9&_include=*", ["Observation/b9"], ["Observation/b9", "Patient/p9"]),
    ],
)
def test_a_reference_by_another_base_url_of_this_server_is_its_own(
    server: Server, query: str, before: list[str], after: list[str]
):
    """S-REF-1: a custom domain beside API Gateway's, or one that the stage had before."""
    put(server, patient("p9", gender="other"))
    subject = {"reference": "https://old.example.org/fhir/Patient/p9"}
    put(server, {**observation("b9", "", 9), "subject": subject})

    foreign = [url for _, url in entries(server, query)]
    server.other_base_urls = ("https://old.example.org/fhir",)
    own = [url for _, url in entries(server, query)]

    assert (foreign, own) == (before, after)
