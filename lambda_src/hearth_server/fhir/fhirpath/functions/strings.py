"""Functions on strings.

https://hl7.org/fhirpath/N1/#string-manipulation
"""

from __future__ import annotations

from collections.abc import Callable

from hearth_server.fhir.fhirpath import regular
from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathLimitExceeded
from hearth_server.fhir.fhirpath.node import Item, Items
from hearth_server.fhir.fhirpath.operators import CHARACTERS_FOR_ONE, LONGEST_STRING, made
from hearth_server.fhir.fhirpath.run import Function, aware
from hearth_server.fhir.fhirpath.singles import integer, string


def _one(name: str, calculate: Callable[[str], Item | Items]) -> Function:
    """Make a function of the input string."""

    def call(environment: Environment, items: Items) -> Items:
        text = string(items, f"{name}()")
        if text is None:
            return []
        environment.spend(len(text) // CHARACTERS_FOR_ONE)
        result = calculate(text)
        return result if isinstance(result, list) else [result]

    return aware(call)


def _two(name: str, calculate: Callable[[str, str], Item | Items]) -> Function:
    """Make a function of the input string and a string argument; empty if either is."""

    def call(environment: Environment, items: Items, argument: Items) -> Items:
        text, other = string(items, f"{name}()"), string(argument, f"{name}()")
        if text is None or other is None:
            return []
        environment.spend(len(text) // CHARACTERS_FOR_ONE)
        result = calculate(text, other)
        return result if isinstance(result, list) else [result]

    return aware(call, 1)


def _substring(
    environment: Environment, items: Items, start: Items, length: Items | None = None
) -> Items:
    text, first = string(items, "substring()"), integer(start, "substring()")
    if text is None or first is None or not 0 <= first < len(text):
        return []
    environment.spend(len(text) // CHARACTERS_FOR_ONE)
    count = None if length is None else integer(length, "substring()")
    return [text[first:] if count is None else text[first : first + max(count, 0)]]


def _replace(environment: Environment, items: Items, pattern: Items, new: Items) -> Items:
    text, old, by = (string(each, "replace()") for each in (items, pattern, new))
    if text is None or old is None or by is None:
        return []
    environment.spend(len(text) // CHARACTERS_FOR_ONE)
    longest = len(text) + text.count(old) * max(len(by) - len(old), 0)
    if longest > LONGEST_STRING:  # seen first: the result could be too large for the memory
        raise FHIRPathLimitExceeded("FHIRPath: a string is longer than FHIR allows.")
    return [made(environment, text.replace(old, by))]


def _matches(environment: Environment, items: Items, pattern: Items) -> Items:
    text, expression = string(items, "matches()"), string(pattern, "matches()")
    if text is None or expression is None:
        return []
    return [regular.found(environment, expression, text)]


def _matches_full(environment: Environment, items: Items, pattern: Items) -> Items:
    text, expression = string(items, "matchesFull()"), string(pattern, "matchesFull()")
    if text is None or expression is None:
        return []
    return [regular.found(environment, expression, text, whole=True)]


def _replace_matches(environment: Environment, items: Items, pattern: Items, new: Items) -> Items:
    text, expression, by = (string(each, "replaceMatches()") for each in (items, pattern, new))
    if text is None or expression is None or by is None:
        return []
    return [made(environment, regular.replaced(environment, expression, by, text))]


def _join(environment: Environment, items: Items, separator: Items | None = None) -> Items:
    between = "" if separator is None else string(separator, "join()") or ""
    texts = [string([item], "join()") or "" for item in items]
    environment.spend(len(texts))
    return [made(environment, between.join(texts))] if texts else []


def _split(text: str, separator: str) -> Items:
    return list(text.split(separator)) if separator else list(text)


FUNCTIONS: dict[str, Function] = {
    "indexOf": _two("indexOf", str.find),
    "lastIndexOf": _two("lastIndexOf", str.rfind),
    "startsWith": _two("startsWith", str.startswith),
    "endsWith": _two("endsWith", str.endswith),
    "contains": _two("contains", str.__contains__),
    "split": _two("split", _split),
    "upper": _one("upper", str.upper),
    "lower": _one("lower", str.lower),
    "length": _one("length", len),
    "trim": _one("trim", str.strip),
    "toChars": _one("toChars", lambda text: list(text)),
    "substring": aware(_substring, 1, 2),
    "replace": aware(_replace, 2),
    "matches": aware(_matches, 1),
    "matchesFull": aware(_matches_full, 1),
    "replaceMatches": aware(_replace_matches, 2),
    "join": aware(_join, 0, 1),
}
