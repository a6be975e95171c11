"""How the codes of a value set are found from what it includes and excludes."""

from __future__ import annotations

import pytest
from hearth_server.fhir.expansion import Expander, descendants, system_table

SYSTEM = "http://example.org/system"
ANIMALS = system_table(
    {
        "concept": [
            {"code": "bird", "concept": [{"code": "duck"}, {"code": "owl"}]},
            {"code": "fish"},
            {"code": "pet", "concept": [{"code": "goldfish"}]},
            {"code": "goldfish", "property": [{"code": "subsumedBy", "valueCode": "fish"}]},
        ]
    }
)


def _expanded(compose, **others):
    sets = [{"url": "it", "compose": compose}]
    sets += [{"url": name, "compose": each} for name, each in others.items()]
    return Expander({SYSTEM: ANIMALS}, sets).expand("it|1.0")


def test_a_code_may_stand_below_several():
    assert ANIMALS == {
        "codes": ["bird", "duck", "fish", "goldfish", "owl", "pet"],
        "parents": {"duck": ["bird"], "goldfish": ["pet", "fish"], "owl": ["bird"]},
    }
    assert descendants(ANIMALS, "fish") == descendants(ANIMALS, "pet") == {"goldfish"}


@pytest.mark.parametrize(
    ("operation", "codes"),
    [
        ("is-a", {"bird", "duck", "owl"}),
        ("descendent-of", {"duck", "owl"}),
        ("is-not-a", {"fish", "pet", "goldfish"}),
        ("regex", None),
    ],
)
def test_a_filter_follows_the_hierarchy_or_lets_all_in(operation, codes):
    condition = {"property": "concept", "op": operation, "value": "bird"}

    assert _expanded({"include": [{"system": SYSTEM, "filter": [condition]}]}) == {SYSTEM: codes}


def test_what_is_excluded_is_taken_from_all_codes():
    compose = {
        "include": [{"system": SYSTEM}],
        "exclude": [{"system": SYSTEM, "concept": [{"code": "owl"}, {"code": "duck"}]}],
    }

    assert _expanded(compose) == {SYSTEM: {"bird", "fish", "goldfish", "pet"}}


def test_a_value_set_may_include_others_and_itself():
    compose = {"include": [{"valueSet": ["two"]}, {"valueSet": ["it"]}]}
    two = {"include": [{"system": SYSTEM, "concept": [{"code": "owl"}]}]}

    assert _expanded(compose, two=two) == {SYSTEM: {"owl"}}


def test_several_value_sets_of_one_part_must_agree():
    compose = {"include": [{"system": SYSTEM, "valueSet": ["two"]}]}
    two = {"include": [{"system": SYSTEM, "concept": [{"code": "owl"}]}, {"system": "other"}]}

    assert _expanded(compose, two=two) == {SYSTEM: {"owl"}}


def test_what_includes_an_unknown_value_set_may_have_any_code():
    compose = {
        "include": [
            {"valueSet": ["unknown"]},
            {"system": SYSTEM, "concept": [{"code": "owl"}], "valueSet": ["unknown"]},
        ]
    }

    assert _expanded(compose) == {"*": None, SYSTEM: {"owl"}}


def test_an_expansion_stands_for_a_missing_composition():
    value_set = {
        "url": "it",
        "expansion": {
            "contains": [
                {"system": SYSTEM, "code": "bird", "abstract": True, "contains": [
                    {"system": SYSTEM, "code": "owl"}]},
            ]
        },
    }  # fmt: skip

    assert Expander({}, [value_set]).expand("it") == {SYSTEM: {"owl"}}


def test_codes_that_are_licensed_are_not_repeated():
    compose = {"include": [{"system": "http://snomed.info/sct", "concept": [{"code": "1"}]}]}

    assert _expanded(compose) == {"http://snomed.info/sct": None}
