"""Values of string and uri parameters.

https://hl7.org/fhir/R4/search.html#string
"""

from __future__ import annotations

from hearth_server.search.folding import KEY_LENGTH, cut, fold
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import TermTest

URI_LENGTH = 2000
"""Characters of an URI in `:above`, each start of which is looked up."""


def string_test(value: str, modifier: str | None, name: str) -> TermTest:
    """Return what a string must be: starts with, is exactly, or has in it.

    Raises InvalidRequest for a text without letters and digits.
    """
    if modifier == "exact":
        return TermTest(keys=(cut(fold(value)),), qualifier=value)
    folded = fold(value)
    if not folded:
        raise wrong_value(name, "the text has no letters and no digits")
    if modifier == "contains":
        return TermTest(inside=folded)
    return TermTest(start=folded[:KEY_LENGTH], inside=folded if len(folded) > KEY_LENGTH else None)


def word_tests(value: str, name: str) -> tuple[TermTest, TermTest]:
    """Return what a string must be for `:text`: it has the text where one of its words starts."""
    start = string_test(value, None, name)
    return start, TermTest(inside=f" {fold(value)}")


def uri_test(value: str, modifier: str | None, name: str) -> TermTest:
    """Return what an URI must be: itself, or with `:below` and `:above` an URL of one branch."""
    if modifier is None:
        return TermTest(keys=(cut(value),))
    if ":" not in value or value.startswith("urn:"):
        raise wrong_value(name, f":{modifier} is for URLs; others have no hierarchy")
    if modifier == "below":
        if len(value) > KEY_LENGTH:
            raise wrong_value(name, f"an URL in :below has at most {KEY_LENGTH} characters")
        return TermTest(start=value)
    if len(value) > URI_LENGTH:
        raise wrong_value(name, f"an URL in :above has at most {URI_LENGTH} characters")
    return TermTest(keys=tuple(cut(value[:end]) for end in range(1, len(value) + 1)))
