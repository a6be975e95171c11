"""Proxy events of API Gateway become the same requests on AWS and on MiniStack."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from hearth_server.access.principal import Principal
from hearth_server.errors import Malformed
from hearth_server.functions.gateway import event_from, principal_from, request_from, with_body
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response

from tests.hearth_server.functions.events import CLAIMS, aws_event, ministack_event

AWS = "https://{domain}/{stage}"
LOCAL = "http://{host}/_aws/execute-api/{api}/{stage}"


def request(event: dict[str, Any], template: str = AWS) -> Request:
    return request_from(event, (template,), 29_000)


def body_of(event: dict[str, Any]) -> bytes:
    return with_body(request(event), event).body


def test_an_event_of_aws_becomes_a_request():
    made = request(aws_event())

    assert (made.method, made.segments, made.query) == ("GET", ("Patient", "1"), ())
    assert made.base_url == "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/dev"
    assert made.principal == Principal(CLAIMS["sub"], ("practitioner",))
    assert made.request_id == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    assert made.headers["accept"] == "application/fhir+json"


def test_the_other_base_urls_of_a_request_are_known_once_each():
    """S-REF-1."""
    templates = ("https://fhir.example.org", "https://old.example.org/{stage}", AWS, AWS)

    made = request_from(aws_event(), templates, 29_000)

    assert made.base_url == "https://fhir.example.org"
    assert made.other_base_urls == (
        "https://old.example.org/dev",
        "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/dev",
    )


def test_the_base_url_of_a_request_is_no_other_one():
    assert request_from(aws_event(), (AWS, AWS), 29_000).other_base_urls == ()


def test_an_event_of_ministack_becomes_the_same_request():
    made = request(ministack_event(), LOCAL)

    assert (made.method, made.segments, made.query) == ("GET", ("Patient", "1"), ())
    assert made.base_url == "http://127.0.0.1:4566/_aws/execute-api/f00dcafe/local"
    assert made.principal == Principal(CLAIMS["sub"], ("practitioner",))


@pytest.mark.parametrize(
    ("proxy", "segments"),
    [
        pytest.param("Patient/%24validate", ("Patient", "$validate"), id="encoded, as on AWS"),
        pytest.param("Patient/$validate", ("Patient", "$validate"), id="decoded, as on MiniStack"),
        pytest.param("Patient%2F1", ("Patient/1",), id="an encoded slash does not part a path"),
        pytest.param("Patient/1/", ("Patient", "1"), id="one slash at the end is nothing"),
        pytest.param("Patient//1", ("Patient", "", "1"), id="an empty part stays"),
        pytest.param("metadata", ("metadata",), id="one part"),
    ],
)
def test_the_path_is_split_before_it_is_decoded(proxy: str, segments: tuple[str, ...]):
    made = request(aws_event(pathParameters={"proxy": proxy}))

    assert made.segments == segments


@pytest.mark.parametrize(
    ("resource", "parameters", "segments"),
    [
        ("/", None, ()),
        ("/metadata", None, ("metadata",)),
        ("/.well-known/{proxy+}", {"proxy": "smart-configuration"},
         (".well-known", "smart-configuration")),
    ],
)  # fmt: skip
def test_the_path_comes_from_the_resource_that_matched(
    resource: str, parameters: dict[str, str] | None, segments: tuple[str, ...]
):
    made = request(aws_event(resource=resource, pathParameters=parameters, path="/fhir/other"))

    assert made.segments == segments


def test_a_custom_domain_with_a_base_path_is_no_part_of_the_request():
    event = aws_event(path="/fhir/Patient/1")
    event["requestContext"] |= {"path": "/fhir/Patient/1", "domainName": "fhir.example.org"}

    made = request(event, "https://{domain}/fhir")

    assert (made.base_url, made.segments) == ("https://fhir.example.org/fhir", ("Patient", "1"))


def test_parameters_keep_their_repeats_and_are_not_decoded_again():
    event = aws_event(
        queryStringParameters={"birthdate": "lt2000", "name": "%41"},
        multiValueQueryStringParameters={"birthdate": ["ge1990", "lt2000"], "name": ["%41"]},
    )

    assert request(event).query == (
        ("birthdate", "ge1990"),
        ("birthdate", "lt2000"),
        ("name", "%41"),
    )


def test_header_names_are_lowered_and_repeats_joined():
    event = aws_event(multiValueHeaders={"IF-Match": ['W/"1"', 'W/"2"'], "accept": ["text/json"]})

    assert request(event).headers == {"if-match": 'W/"1", W/"2"', "accept": "text/json"}


def test_an_event_without_multi_value_headers_has_its_single_ones():
    event = aws_event(multiValueHeaders=None, headers={"Prefer": "return=minimal"})

    assert request(event).headers == {"prefer": "return=minimal"}


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        ("practitioner", ("practitioner",)),
        ("practitioner,auditor", ("practitioner", "auditor")),
        ("[practitioner auditor]", ("practitioner", "auditor")),
        ("[practitioner]", ("practitioner",)),
        (["practitioner"], ("practitioner",)),
        ("", ()),
        ("[]", ()),
    ],
)
def test_groups_are_read_in_every_form_that_a_claim_arrives_in(claim: object, groups: Any):
    principal = principal_from({"authorizer": {"claims": {"sub": "s", "cognito:groups": claim}}})

    assert principal == Principal("s", groups)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"claims": None}},
        {"authorizer": {"claims": {"cognito:groups": "practitioner"}}},
        {"authorizer": {"claims": {"sub": ""}}},
    ],
)
def test_without_a_subject_there_is_no_principal(context: dict[str, Any]):
    assert principal_from(context) is None


def test_a_principal_comes_from_the_context_and_never_from_a_header():
    event = aws_event(multiValueHeaders={"Authorization": ["Bearer forged"], "sub": ["root"]})
    event["requestContext"].pop("authorizer")

    assert request(event).principal is None


def test_a_body_in_base64_is_decoded():
    event = aws_event(body=base64.b64encode(b"\xff{}").decode(), isBase64Encoded=True)

    assert body_of(event) == b"\xff{}"


def test_a_body_of_text_is_utf_8():
    assert body_of(aws_event(body='{"a":"ä€"}')) == '{"a":"ä€"}'.encode()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"body": "not base64!", "isBase64Encoded": True}, id="broken base64"),
        pytest.param({"body": '{"a":"\ufffd"}'}, id="bytes that were not UTF-8"),
        pytest.param({"body": '{"a":"\ud800"}'}, id="half a surrogate pair"),
        pytest.param(
            {"multiValueQueryStringParameters": {"name": ["\ud800"]}}, id="in a parameter"
        ),
    ],
)
def test_a_body_that_was_damaged_on_its_way_is_refused(changes: dict[str, Any]):
    with pytest.raises(Malformed):
        body_of(aws_event(**changes))


def test_the_clients_request_id_is_kept_if_it_is_harmless():
    """R-GEN-5."""
    harmless = aws_event(multiValueHeaders={"X-Request-Id": ["abc-1"]})
    harmful = aws_event(multiValueHeaders={"X-Request-Id": ['"}\n']})

    assert request(harmless).request_id == "abc-1"
    assert request(harmful).request_id == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def test_the_deadline_leaves_time_to_answer():
    before = time.monotonic()

    made = request_from(aws_event(), (AWS,), 10_000)

    assert before + 9 < made.deadline < time.monotonic() + 10


def test_a_response_becomes_what_api_gateway_wants():
    response = Response(201, {"ETag": 'W/"1"'}, '{"a":"ä"}'.encode())

    assert event_from(response) == {
        "statusCode": 201,
        "headers": {"ETag": 'W/"1"'},
        "body": '{"a":"ä"}',
        "isBase64Encoded": False,
    }
