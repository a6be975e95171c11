"""The CapabilityStatement: R-CAP.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hearth_server.fhir import definitions
from hearth_server.search import parameters
from hearth_server.settings import ConditionalDelete

from tests.hearth_server.search.guides import guides_in
from tests.hearth_server.serving import BASE, SETTINGS, Server, problem, said
from tests.hearth_server.validation.profiles.guide import OWN, guide, profile


@pytest.fixture
def server() -> Server:
    """A server that nobody has named themselves to."""
    return Server(groups=())


def test_the_statement_is_there_for_everyone(server: Server):
    """R-GEN-2, R-CAP-1."""
    answer = server.call("GET", "metadata")

    statement = said(answer)
    rest = statement["rest"][0]
    assert answer.status == 200
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["software"] == {"name": "Hearth", "version": "1.2.3"}
    assert statement["implementation"]["url"] == BASE
    assert {each["type"] for each in rest["resource"]} == definitions.resource_types()
    assert {"code": "transaction"} in rest["interaction"]
    assert {"code": "batch"} in rest["interaction"]


def test_the_statement_lists_what_is_served_and_no_more(server: Server):
    """R-CAP-1: every interaction it names is answered with something else than 405 or 404."""
    server.groups = ("practitioner",)
    asked = {
        "read": ("GET", "Patient/x"),
        "vread": ("GET", "Patient/x/_history/1"),
        "create": ("POST", "Patient"),
        "update": ("PUT", "Patient/x"),
        "patch": ("PATCH", "Patient/x"),
        "delete": ("DELETE", "Patient/x"),
        "history-instance": ("GET", "Patient/x/_history"),
        "history-type": ("GET", "Patient/_history"),
        "search-type": ("GET", "Patient"),
    }
    patients = next(
        each
        for each in said(server.call("GET", "metadata"))["rest"][0]["resource"]
        if each["type"] == "Patient"
    )
    named = {each["code"] for each in patients["interaction"]}

    answered = {code for code, (method, path) in asked.items() if served(server, method, path)}

    assert named == answered


def served(server: Server, method: str, path: str) -> bool:
    """Whether a request is for something that is served, however it ends."""
    answer = server.call(method, path)
    if answer.status in (405, 404):
        return said(answer)["issue"][0]["code"] == "not-found"
    return True


def test_a_stage_without_a_search_engine_says_so():
    """R-CAP-1."""
    server = Server(settings=replace(SETTINGS, search_engine="none"))

    patients = said(server.call("GET", "metadata"))["rest"][0]["resource"][0]

    assert "searchParam" not in patients
    assert not patients["conditionalCreate"]
    assert not patients["conditionalUpdate"]
    assert "search-type" not in {each["code"] for each in patients["interaction"]}


def test_the_statement_has_an_etag_that_a_client_can_ask_with(server: Server):
    """R-CAP-1."""
    tag = server.call("GET", "metadata").headers["ETag"]

    answer = server.call("GET", "metadata", headers={"If-None-Match": tag})

    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("mode", ["full", "normative", "terminology"])
def test_the_modes_of_the_standard_are_understood(server: Server, mode: str):
    """R-CAP-1."""
    assert server.call("GET", f"metadata?mode={mode}").status == 200


def test_another_mode_is_refused(server: Server):
    assert problem(server.call("GET", "metadata?mode=x")) == (400, "value", "http.mode")


def test_the_statement_is_small_enough_to_be_read_at_every_start(server: Server):
    """And small over the wire, where API Gateway compresses it."""
    body = server.call("GET", "metadata").body

    assert len(body) < 600_000
    assert len(gzip.compress(body)) < 50_000


def test_what_all_types_are_searched_by_is_said_once(server: Server):
    """R-CAP-1, S-COM-1."""
    rest = said(server.call("GET", "metadata"))["rest"][0]
    shared = {each["name"] for each in rest["searchParam"]}
    server.groups = ("practitioner",)
    asked = {
        **dict.fromkeys(("_id", "_content", "_text", "_list"), "x"),
        **dict.fromkeys(("_profile", "_security", "_source", "_tag"), "http://example.org/x"),
        "_lastUpdated": "2021",
        "_filter": "_id eq x",
        "_has": "",
        "_type": "Patient",
    }

    assert shared == set(asked)
    for name, value in asked.items():
        assert server.call("GET", f"?_type=Patient&{name}={value}").status == 200, name
    for each in rest["resource"]:
        assert {"_id", "_lastUpdated"} <= {one["name"] for one in each["searchParam"]}


def test_every_parameter_that_is_named_is_served(server: Server):
    """R-CAP-1."""
    rest = said(server.call("GET", "metadata"))["rest"][0]

    for each in rest["resource"]:
        for one in each["searchParam"]:
            assert parameters.find(each["type"], one["name"]) is not None


def test_operations_are_named_with_their_definitions(server: Server):
    """R-OP-1, R-CAP-1."""
    patients = next(
        each
        for each in said(server.call("GET", "metadata"))["rest"][0]["resource"]
        if each["type"] == "Patient"
    )

    definition = "http://hl7.org/fhir/OperationDefinition/Resource-"
    assert patients["operation"] == [
        {"name": name, "definition": definition + name}
        for name in ("meta", "meta-add", "meta-delete", "validate")
    ]


@pytest.mark.parametrize("handling", ["single", "multiple"])
def test_a_conditional_delete_is_told_as_the_stage_serves_it(handling: ConditionalDelete):
    """R-CAP-1, R-CDEL-1."""
    server = Server(groups=(), settings=replace(SETTINGS, conditional_delete=handling))

    resources = said(server.call("GET", "metadata"))["rest"][0]["resource"]

    assert {each["conditionalDelete"] for each in resources} == {handling}


def test_the_includes_that_are_named_are_served(server: Server):
    """R-CAP-1, S-INC-1."""
    rest = said(server.call("GET", "metadata"))["rest"][0]
    patients = next(each for each in rest["resource"] if each["type"] == "Patient")
    server.groups = ("practitioner",)

    named = [("_include", each) for each in patients["searchInclude"]]
    named += [("_revinclude", each) for each in patients["searchRevInclude"]]

    assert "Patient:general-practitioner" in patients["searchInclude"]
    assert "Observation:patient" in patients["searchRevInclude"]
    answers = {server.call("GET", f"Patient?{name}={value}").status for name, value in named}
    assert answers == {200}


def test_a_stage_without_a_search_engine_names_no_includes():
    """R-CAP-1."""
    server = Server(groups=(), settings=replace(SETTINGS, search_engine="none"))

    resources = said(server.call("GET", "metadata"))["rest"][0]["resource"]

    assert not any("searchInclude" in each or "searchRevInclude" in each for each in resources)


def test_the_profiles_of_guides_and_those_that_are_required_are_supported(tmp_path: Path):
    """R-CAP-1, and US Core's "declare support by supportedProfile"."""
    versions = [tmp_path / "own-1.0.0", tmp_path / "own-2.0.0"]
    for folder in versions:
        folder.mkdir()
        guide(folder, profile("Patient"), profile("Extension", name="no-resource"))
    required = {"Patient": [OWN + "needed"], "Goal": [OWN + "goal|1.0"]}
    server = Server(settings=replace(SETTINGS, required_profiles=required))

    with guides_in(tmp_path):
        listed = said(server.call("GET", "metadata"))["rest"][0]["resource"]

    supported = {each["type"]: each.get("supportedProfile") for each in listed}
    assert {type: profiles for type, profiles in supported.items() if profiles} == {
        "Patient": [OWN + "needed", OWN + "own"],
        "Goal": [OWN + "goal|1.0"],
    }
