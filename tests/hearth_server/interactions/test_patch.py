"""Patch: R-PATCH, R-CPATCH.

https://hl7.org/fhir/R4/http.html#patch
"""

from __future__ import annotations

from typing import Any

import pytest
from hearth_server.rest.response import Response

from tests.hearth_server.fhir.patch.patches import operation, patch
from tests.hearth_server.interactions.bundles import put, statuses, transact
from tests.hearth_server.interactions.patients import stored, with_identifier
from tests.hearth_server.serving import Server, problem, said

JSON_PATCH = {"Content-Type": "application/json-patch+json"}
FEMALE = [{"op": "replace", "path": "/gender", "value": "female"}]


def patched(server: Server, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return the answer to a JSON Patch of Patient/p1."""
    return server.call("PATCH", "Patient/p1", body, {**JSON_PATCH, **(headers or {})})


def test_a_json_patch_makes_the_next_version(server: Server):
    """R-PATCH-1, R-PATCH-2, R-HDR-1."""
    stored(server, gender="male")

    answer = patched(server, FEMALE)

    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
    assert said(answer)["gender"] == "female"
    assert said(server.call("GET", "Patient/p1")) == said(answer)


@pytest.mark.parametrize("content_type", ["application/fhir+json", "application/json"])
def test_a_fhirpath_patch_makes_the_next_version(server: Server, content_type: str):
    """R-PATCH-1, R-PATCH-3."""
    stored(server, gender="male")
    change = patch(operation("replace", path="Patient.gender", value={"valueCode": "female"}))

    answer = server.call("PATCH", "Patient/p1", change, {"Content-Type": content_type})

    assert (answer.status, said(answer)["gender"]) == (200, "female")


@pytest.mark.parametrize(
    "content_type", ["application/xml-patch+xml", "application/merge-patch+json", "text/plain"]
)
def test_another_kind_of_patch_is_not_read(server: Server, content_type: str):
    """R-PATCH-1."""
    stored(server)

    answer = server.call("PATCH", "Patient/p1", FEMALE, {"Content-Type": content_type})

    assert problem(answer) == (415, "not-supported", "http.content-type")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            [{"op": "test", "path": "/gender", "value": "female"}],
            (422, "processing", None),
            id="a failed test",
        ),
        pytest.param(
            [{"op": "remove", "path": "/photo"}], (422, "processing", None), id="nothing there"
        ),
        pytest.param([{"op": "jump"}], (400, "invalid", None), id="no such operation"),
        pytest.param({}, (400, "invalid", None), id="no array"),
        pytest.param(b"", (400, "structure", None), id="nothing"),
        pytest.param(b"[", (400, "structure", None), id="not JSON"),
        pytest.param(
            [{"op": "replace", "path": "/id", "value": "p2"}],
            (400, "invalid", "Patient.id"),
            id="the id",
        ),
        pytest.param([{"op": "remove", "path": "/id"}], (400, "invalid", "Patient.id"), id="no id"),
        pytest.param(
            [{"op": "replace", "path": "/resourceType", "value": "Person"}],
            (400, "invalid", "Patient.resourceType"),
            id="the type",
        ),
        pytest.param(
            [{"op": "replace", "path": "/meta/versionId", "value": "7"}],
            (400, "invalid", "Patient.meta.versionId"),
            id="the version",
        ),
        pytest.param(
            [{"op": "replace", "path": "/meta", "value": "x"}],
            (400, "structure", "Patient.meta"),
            id="no meta",
        ),
        pytest.param(
            [{"op": "replace", "path": "", "value": 7}], (400, "invalid", None), id="no resource"
        ),
    ],
)
def test_a_patch_that_cannot_be_done_changes_nothing(
    server: Server, body: Any, expected: tuple[int, str, str | None]
):
    """R-PATCH-2."""
    stored(server, gender="male")
    before = server.state()

    status, code, place = problem(patched(server, body))

    assert (status, code) == expected[:2]
    assert expected[2] in (None, place)
    assert server.state() == before


def test_tags_can_be_patched_without_repeating_the_version(server: Server):
    """R-PATCH-2: what the server sets may be left out, and is set again."""
    stored(server, meta={"tag": [{"code": "a"}]})

    answer = patched(
        server, [{"op": "replace", "path": "/meta", "value": {"tag": [{"code": "b"}]}}]
    )

    assert said(answer)["meta"]["tag"] == [{"code": "b"}]
    assert said(answer)["meta"]["versionId"] == "2"


def test_the_result_is_validated_as_an_update_is(server: Server):
    """R-PATCH-2."""
    from hearth_server.errors import Issue

    class Strict:
        def validate(self, resource: Any, *, profiles: Any = ()) -> list[Issue]:
            wrong = resource.get("gender") == "female"
            return [Issue("error", "value", "No", "Patient.gender")] if wrong else []

    server.validator = Strict()
    stored(server, gender="male")
    before = server.state()

    assert problem(patched(server, FEMALE)) == (400, "value", "Patient.gender")
    assert server.state() == before


def test_if_match_guards_a_patch(server: Server):
    """R-PATCH-2, R-HDR-2."""
    stored(server, gender="male")

    refused = patched(server, FEMALE, {"If-Match": 'W/"7"'})
    done = patched(server, FEMALE, {"If-Match": 'W/"1"'})

    assert problem(refused) == (412, "conflict", "http.if-match")
    assert done.status == 200


def test_what_is_not_there_cannot_be_patched(server: Server):
    """R-PATCH-2."""
    assert problem(patched(server, FEMALE)) == (404, "not-found", None)
    stored(server)
    server.call("DELETE", "Patient/p1")
    assert problem(patched(server, FEMALE)) == (410, "deleted", None)


def test_a_narrative_made_from_the_data_goes_when_the_data_changes(server: Server):
    """R-PATCH-4."""
    stored(server, gender="male", text={"status": "generated", "div": "<div>male</div>"})

    assert "text" not in said(patched(server, FEMALE))


def test_a_narrative_with_words_of_its_own_must_be_patched_too(server: Server):
    """R-PATCH-4."""
    text = {"status": "additional", "div": "<div>male, and more</div>"}
    stored(server, gender="male", text=text)

    alone = patched(server, FEMALE)
    both = patched(
        server, [*FEMALE, {"op": "replace", "path": "/text/div", "value": "<div>new</div>"}]
    )

    assert problem(alone) == (422, "business-rule", "Patient.text")
    assert said(both)["text"]["div"] == "<div>new</div>"


def test_a_narrative_stays_when_only_labels_change(server: Server):
    """R-PATCH-4."""
    stored(server, text={"status": "generated", "div": "<div>x</div>"})

    answer = patched(server, [{"op": "add", "path": "/meta/tag", "value": [{"code": "a"}]}])

    assert "text" in said(answer)


def test_a_conditional_patch_needs_exactly_one_match(server: Server):
    """R-CPATCH-1."""
    query = "Patient?identifier=urn:mrn|7"
    none = server.call("PATCH", query, FEMALE, JSON_PATCH)
    server.call("PUT", "Patient/p1", with_identifier("7", id="p1", gender="male"))
    one = server.call("PATCH", query, FEMALE, JSON_PATCH)
    server.call("PUT", "Patient/p2", with_identifier("7", id="p2"))
    several = server.call("PATCH", query, FEMALE, JSON_PATCH)

    assert problem(none) == (404, "not-found", None)
    assert (one.status, said(one)["gender"]) == (200, "female")
    assert problem(several) == (412, "multiple-matches", None)


def test_a_bundle_patches_by_fhirpath_only(server: Server):
    """R-PATCH-5."""
    stored(server, gender="male")
    server.call("PUT", "Patient/p2", with_identifier("7", id="p2", gender="male"))
    change = patch(operation("replace", path="Patient.gender", value={"valueCode": "female"}))
    by_id = {"resource": change, "request": {"method": "PATCH", "url": "Patient/p1"}}
    by_query = {
        "resource": change,
        "request": {"method": "PATCH", "url": "Patient?identifier=urn:mrn|7"},
    }
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": ""}

    done = transact(server, by_id, by_query, put({"resourceType": "Basic", "id": "b"}))
    refused = transact(server, {**by_id, "resource": binary})

    assert statuses(done) == ["200", "200", "201"]
    assert said(server.call("GET", "Patient/p1"))["gender"] == "female"
    assert said(server.call("GET", "Patient/p2"))["gender"] == "female"
    assert problem(refused)[0] == 415


def test_history_shows_a_patch_as_an_update(server: Server):
    """R-HIST-2."""
    stored(server, gender="male")
    patched(server, FEMALE)

    newest = said(server.call("GET", "Patient/p1/_history"))["entry"][0]

    assert newest["request"] == {"method": "PUT", "url": "Patient/p1"}
    assert newest["resource"]["gender"] == "female"
