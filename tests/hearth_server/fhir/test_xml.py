"""FHIR's XML: the same resource as its JSON, and nothing that could do harm."""

from __future__ import annotations

from typing import Any

import pytest
from hearth_server.errors import Malformed
from hearth_server.fhir import json, xml
from hypothesis import given
from hypothesis import strategies as st

from tests.services import hl7_test_cases

PATIENT = """<Patient xmlns="http://hl7.org/fhir">
  <!-- a comment -->
  <id value="p"/>
  <text><status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml" class="x">a &lt; <b>b</b><br/></div></text>
  <contained><Basic><id value="b"/><code><text value="&amp;&#233;"/></code></Basic></contained>
  <extension url="http://u"><valueDecimal value="1.50"/></extension>
  <name id="n"><given value="x"/><given><extension url="u"><valueBoolean value="true"/></extension>
    </given><given id="g" value="z"/></name>
  <multipleBirthInteger value="2"/>
</Patient>"""
PATIENT_JSON = (
    b'{"resourceType":"Patient","id":"p","text":{"status":"generated","div":"'
    b'<div xmlns=\\"http://www.w3.org/1999/xhtml\\" class=\\"x\\">a &lt; <b>b</b><br/></div>"},'
    b'"contained":[{"resourceType":"Basic","id":"b","code":{"text":"&\xc3\xa9"}}],'
    b'"extension":[{"url":"http://u","valueDecimal":1.50}],'
    b'"name":[{"id":"n","given":["x",null,"z"],'
    b'"_given":[null,{"extension":[{"url":"u","valueBoolean":true}]},{"id":"g"}]}],'
    b'"multipleBirthInteger":2}'
)


def test_a_resource_is_the_same_in_xml_and_in_json() -> None:
    assert json.encode(xml.parse(PATIENT.encode())) == PATIENT_JSON


@pytest.mark.parametrize(
    "name", ["condition-example", "observation-decimal", "organization-1", "patient-example"]
)
def test_hl7s_examples_read_the_same(name: str) -> None:
    body, twin = (hl7_test_cases.read(f"r4/examples/{name}.{kind}") for kind in ("xml", "json"))

    assert _bare(xml.parse(body)) == _bare(json.parse(twin))


def _bare(value: Any) -> Any:
    """Leave out narratives, whose white space differs between the twins."""
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key != "div"}
    return [_bare(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "not XML"),
        ("<Patient", "not XML"),
        ('<Patient xmlns="http://hl7.org/fhir">', "not XML"),
        ("<Patient/>", "namespace"),
        ('<Nothing xmlns="http://hl7.org/fhir"/>', "no resource type"),
        ('<Patient xmlns="http://hl7.org/fhir"><x/></Patient>', "no element 'x'"),
        ('<Patient xmlns="http://hl7.org/fhir">text</Patient>', "Text stands"),
        ('<Patient xmlns="http://hl7.org/fhir" x="1"/>', "attribute"),
        ('<Patient xmlns="http://hl7.org/fhir"><name value="x"/></Patient>', "attribute"),
        ('<Patient xmlns="http://hl7.org/fhir"><id value="1"/><id value="2"/></Patient>', "once"),
        ('<Patient xmlns="http://hl7.org/fhir"><contained/></Patient>', "one resource"),
        ('<Patient xmlns="http://hl7.org/fhir"><text><div/></text></Patient>', "no element 'div'"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>', "document type"),
        ('<Patient xmlns="http://hl7.org/fhir"><id value="&a;"/></Patient>', "not XML"),
        ("<a>" * 200 + "</a>" * 200, "too deep"),
    ],
)
def test_what_is_no_resource_is_refused_with_a_line(body: str, problem: str) -> None:
    with pytest.raises(Malformed) as caught:
        xml.parse(body.encode())

    assert problem in str(caught.value)
    assert caught.value.issues[0].line == 1


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        xml.parse(body)
