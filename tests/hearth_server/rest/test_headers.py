"""The headers that FHIR gives a meaning: R-HDR-2, R-HDR-3, R-HDR-5.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import pytest
from hearth_server.errors import InvalidRequest
from hearth_server.rest.headers import Prefer, entity_tags, prefer
from hearth_server.rest.request import Request


def request(name: str, value: str) -> Request:
    return Request("PUT", ("Patient", "1"), headers={name: value})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('W/"3"', {"3"}),
        ('"3"', {"3"}),
        ("3", {"3"}),
        ('W/"2", "3",4', {"2", "3", "4"}),
        (' W/"3" ', {"3"}),
        ('W/"3",', {"3"}),
        (', W/"2" ,, W/"3"', {"2", "3"}),
        ("*", {"*"}),
        (" * ", {"*"}),
    ],
)
def test_version_ids_are_read_from_a_list_of_entity_tags(value: str, expected: set[str]):
    """R-HDR-2: RFC 9110 has recipients pass over empty members of a list."""
    assert entity_tags(request("if-match", value), "if-match") == expected


@pytest.mark.parametrize(
    "value", ['"of_another_server"', 'W/"a:b/c?"', '"a,b"', '""', 'W/"3,4", "5,6"', '"*"']
)
def test_a_legal_tag_of_another_make_names_no_version_of_this_server(value: str):
    """R-HDR-3: RFC 9110 lets a tag hold any visible character but the quote."""
    tags = entity_tags(request("if-none-match", value), "if-none-match")

    assert tags is not None
    assert tags.isdisjoint({"*", "3", "4", "5", "6"})


@pytest.mark.parametrize("value", ["W/'3'", "", " ", ",", 'W/"3', '3"', 'w/"3"', 'W/3"', '"a b"'])
def test_what_is_no_list_of_entity_tags_is_refused(value: str):
    with pytest.raises(InvalidRequest):
        entity_tags(request("if-match", value), "if-match")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("return=minimal", Prefer("minimal")),
        ('Return="MINIMAL"', Prefer("minimal")),
        ("return = representation", Prefer("representation")),
        ("handling=lenient, return=minimal", Prefer("minimal", "lenient")),
        ("respond-async,handling=strict", Prefer(None, "strict", True)),
        ("handling=lenient; return=minimal", Prefer("minimal", "lenient")),
        ("return=minimal, return=representation", Prefer("minimal")),
        ("handling=strict, return=OperationOutcome, handling=lenient",
         Prefer("OperationOutcome", "strict")),
        ("wait=10, return=everything", Prefer()),
        ("", Prefer()),
    ],
)  # fmt: skip
def test_the_first_of_each_preference_counts(value: str, expected: Prefer):
    """R-HDR-5: RFC 7240 has the first instance considered and those behind it ignored."""
    assert prefer(request("prefer", value)) == expected
