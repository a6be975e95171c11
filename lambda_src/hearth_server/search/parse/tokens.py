"""Values of token parameters.

https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

from collections.abc import Iterable

from hearth_server.errors import InvalidRequest
from hearth_server.search.folding import KEY_LENGTH, cut, fold
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.escapes import split, unescaped
from hearth_server.search.parse.problems import place, wrong_value
from hearth_server.search.paths import NOT_FALSE
from hearth_server.search.query import Condition, Not, Terms, TermTest
from hearth_server.search.tokens import code_keys, contact_key

WITHOUT_SYSTEM = frozenset({"ContactPoint", "boolean", NOT_FALSE, "uri", "string", "id"})
"""Types whose values have no system, so that none may be asked for."""

MAXIMUM_SYSTEMS = 50
"""Of how many systems one parameter may list codes."""

BOOLEAN = frozenset({"boolean", NOT_FALSE})


def token_condition(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    """Return what the values ask for. Raises InvalidRequest for what is no token."""
    name, fields = parameter.name, parameter.fields
    match modifier:
        case "text":
            texts = tuple(field.with_part("text") for field in fields)
            return Terms(texts, tuple(_text(value, name) for value in values))
        case "of-type":
            typed = tuple(field.with_part("of-type") for field in fields)
            return Terms(typed, tuple(_of_type(value, name) for value in values))
        case "in" | "not-in":
            found = tuple(test for value in values for test in _in_set(value, name, context))
            members = Terms(fields, found)
            return members if modifier == "in" else Not(members)
        case "above" | "below":
            below = modifier == "below"
            found = tuple(
                test for value in values for test in _related(value, parameter, context, below)
            )
            return Terms(fields, found)
    tests = Terms(fields, tuple(test for value in values for test in token_tests(value, parameter)))
    if len({test.qualifier for test in tests.tests}) > MAXIMUM_SYSTEMS:
        raise wrong_value(name, f"it lists codes of more than {MAXIMUM_SYSTEMS} systems")
    return Not(tests) if modifier == "not" else tests


def token_tests(value: str, parameter: Parameter) -> tuple[TermTest, ...]:
    """Return what a token must be: `code`, `system|code`, `|code` or `system|`.

    The last is any element with that system, also one that has no code.
    """
    name, leaves = parameter.name, parameter.leaves
    system, code = _parts(value, name)
    if system is not None and leaves and leaves <= WITHOUT_SYSTEM:
        raise wrong_value(name, "its values have no system; leave out the |")
    if leaves and leaves <= BOOLEAN and code not in ("true", "false"):
        raise wrong_value(name, "it is either true or false")
    if not code:
        return TermTest(qualifier=system), TermTest(keys=("",), qualifier=system)
    keys = code_keys(code)
    if "ContactPoint" in leaves:
        keys = tuple(dict.fromkeys((*keys, contact_key(code))))
    return (TermTest(keys=keys, qualifier=system),)


def _parts(value: str, name: str) -> tuple[str | None, str]:
    """Return the system, None if any will do and empty if there must be none, and the code."""
    pieces = [unescaped(piece, name) for piece in split(value, "|")]
    if len(pieces) > 2:
        raise wrong_value(name, "a token has one |; one in a code is written \\|")
    if len(pieces) == 1:
        return None, pieces[0]
    system, code = pieces
    if not system and not code:
        raise wrong_value(name, "neither a system nor a code stands beside the |")
    return system, code


def _text(value: str, name: str) -> TermTest:
    folded = fold(unescaped(value, name))
    if not folded:
        raise wrong_value(name, "the text has no letters and no digits")
    return TermTest(start=folded[:KEY_LENGTH])


def _of_type(value: str, name: str) -> TermTest:
    pieces = [unescaped(piece, name) for piece in split(value, "|")]
    if len(pieces) != 3 or not all(pieces):
        raise wrong_value(name, ":of-type takes type system|type code|value, all three")
    system, code, identifier = pieces
    return TermTest(keys=(cut(identifier),), qualifier=f"{system}|{code}")


def _in_set(value: str, name: str, context: Context) -> list[TermTest]:
    url = unescaped(value, name)
    members = context.codes.in_value_set(url) if context.codes else None
    if members is None:
        raise InvalidRequest(
            f"{name}: the value set is not known here, or its codes cannot be listed",
            code="not-found",
            expression=place(name),
        )
    return [
        TermTest(
            keys=None if codes is None else _all_keys(codes),
            qualifier=system,
        )
        for system, codes in members.items()
    ]


def _related(value: str, parameter: Parameter, context: Context, below: bool) -> list[TermTest]:
    """Return tests for the codes above or below one; media types are above their parameters."""
    name = parameter.name
    system, code = _parts(value, name)
    if system is None and "code" in parameter.leaves and "/" in code:
        return _media_type(code, below)
    if not system or not code:
        raise wrong_value(name, ":above and :below take system|code")
    codes = context.codes.related(system, code, below=below) if context.codes else None
    if codes is None:
        raise InvalidRequest(
            f"{name}: the code system's hierarchy, or the code in it, is not known here",
            code="not-found",
            expression=place(name),
        )
    return [TermTest(keys=_all_keys(codes), qualifier=system)]


def _all_keys(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for code in sorted(codes) for key in code_keys(code)))


def _media_type(code: str, below: bool) -> list[TermTest]:
    base = code.partition(";")[0].strip()
    if not below:
        return [TermTest(keys=code_keys(code)), TermTest(keys=code_keys(base))]
    return [TermTest(keys=code_keys(code)), TermTest(start=f"{code};")]
