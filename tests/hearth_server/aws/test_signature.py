"""Our signatures are botocore's, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock
from urllib.parse import unquote

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hearth_server.aws.credentials import Credentials
from hearth_server.aws.http import Request
from hearth_server.aws.signature import Signer, canonical_query
from hypothesis import given, settings
from hypothesis import strategies as st

MOMENT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)

names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).map(lambda n: f"x-{n}")
values = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
paths = st.text("abcXYZ019-_.~/", max_size=30).map(
    lambda path: "/" + "/".join(part for part in path.split("/") if part not in ("", ".", ".."))
)
queries = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=4)
credentials = st.builds(
    Credentials,
    st.just("AKIDEXAMPLE"),
    st.text("abc/+=", min_size=8),
    st.sampled_from([None, "token/+="]),
)


def botocore_authorization(
    service: str, region: str, credential: Credentials, request: Request
) -> str:
    """Return what botocore would send as Authorization."""
    query = canonical_query(request.query)
    url = f"https://host.example{request.path}" + (f"?{query}" if query else "")
    theirs = AWSRequest(request.method, url, dict(request.headers), request.body)
    auth_class = S3SigV4Auth if service == "s3" else SigV4Auth
    boto = BotoCredentials(credential.access_key, credential.secret_key, credential.token)
    with mock.patch("botocore.auth.get_current_datetime", return_value=MOMENT.replace(tzinfo=None)):
        auth_class(boto, service, region).add_auth(theirs)
    return theirs.headers["Authorization"]


@settings(max_examples=150, deadline=None)
@given(credentials, paths, queries, st.dictionaries(names, values, max_size=3), st.binary())
def test_a_dynamodb_request_is_signed_as_botocore_does(
    credential: Credentials,
    path: str,
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
) -> None:
    request = Request(
        "POST", path, {"host": "host.example", **headers}, body, tuple(dict(query).items())
    )

    signed = Signer("dynamodb", "eu-central-1", credential).sign(request, MOMENT)

    assert signed["authorization"] == botocore_authorization(
        "dynamodb", "eu-central-1", credential, request
    )
    assert signed.get("x-amz-security-token") == credential.token


@settings(max_examples=100, deadline=None)
@given(credentials, paths, st.binary())
def test_an_s3_request_is_signed_as_botocore_does(
    credential: Credentials, path: str, body: bytes
) -> None:
    from hashlib import sha256

    headers = {"host": "host.example", "x-amz-content-sha256": sha256(body).hexdigest()}
    request = Request("PUT", path, headers, body, (("versionId", "a/b+c=="),))

    signed = Signer("s3", "us-gov-west-1", credential).sign(request, MOMENT)

    assert signed["authorization"] == botocore_authorization(
        "s3", "us-gov-west-1", credential, request
    )


def test_the_key_of_a_new_day_is_made_anew() -> None:
    signer = Signer("dynamodb", "eu-central-1", Credentials("AKID", "secret"))
    request = Request("POST", "/", {"host": "h"})
    tomorrow = MOMENT.replace(day=23)

    first, second, again = (signer.sign(request, day) for day in (MOMENT, tomorrow, MOMENT))

    fresh = Signer("dynamodb", "eu-central-1", Credentials("AKID", "secret"))
    assert second == fresh.sign(request, tomorrow)
    assert again == first


def test_a_query_is_encoded_and_sorted() -> None:
    encoded = canonical_query((("b", "ä /"), ("a", "~-_."), ("a", "+")))

    assert encoded == "a=%2B&a=~-_.&b=%C3%A4%20%2F"
    assert unquote(encoded) == "a=+&a=~-_.&b=ä /"
