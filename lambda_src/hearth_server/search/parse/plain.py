"""From the values of one parameter, with its modifier, to a condition.

https://hl7.org/fhir/R4/search.html#modifiers
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search.canonicals import Named, called
from hearth_server.search.fields import Field
from hearth_server.search.folding import fold
from hearth_server.search.parameters import TEXTS, Parameter, canonical_types
from hearth_server.search.parse.composites import composite
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.dates import date_bounds
from hearth_server.search.parse.escapes import split, unescaped
from hearth_server.search.parse.hierarchies import related
from hearth_server.search.parse.numbers import merged, number_test, quantities, quantity_test
from hearth_server.search.parse.positions import near
from hearth_server.search.parse.problems import wrong_modifier, wrong_value
from hearth_server.search.parse.references import branches, canonical, followed, reference_targets
from hearth_server.search.parse.strings import string_test, uri_test, word_tests
from hearth_server.search.parse.tokens import token_condition
from hearth_server.search.query import (
    Amounts,
    Condition,
    Ids,
    Links,
    Moments,
    Not,
    Or,
    Present,
    Terms,
    Updated,
    Words,
)

MAXIMUM_VALUES = 1000
"""How many tokens and references a parameter may list."""

MAXIMUM_TESTS = 100
"""How many values of other types, each of which is looked for by itself."""

MODIFIERS: dict[str, tuple[str, ...]] = {
    "number": ("missing",),
    "date": ("missing",),
    "string": ("missing", "exact", "contains", "text"),
    "token": ("missing", "text", "not", "above", "below", "in", "not-in", "of-type"),
    "reference": ("missing", "identifier", "above", "below"),
    "composite": (),
    "quantity": ("missing",),
    "uri": ("missing", "above", "below"),
    "special": (),
}
"""By type of parameter; a reference also takes a resource type."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


def plain(
    parameter: Parameter, modifier: str | None, value: str, context: Context
) -> Condition | None:
    """Return what a parameter's values ask for; None if there are none.

    Raises InvalidRequest for a modifier that it does not take and for wrong values.
    """
    name, kind = parameter.name, parameter.kind
    values = [piece for piece in split(value, ",") if piece]
    if not values:
        return None
    listed = kind in ("token", "reference") and modifier not in ("text", "above", "below")
    most = MAXIMUM_VALUES if listed else MAXIMUM_TESTS
    if len(values) > most:
        raise wrong_value(name, f"it lists more than {most} values")
    allowed = MODIFIERS[kind] if parameter.fields else ()
    if modifier is not None and modifier not in allowed:
        if kind != "reference" or not is_resource_type(modifier):
            raise wrong_modifier(name, modifier, allowed)
        check_target(parameter, modifier)
    if modifier == "missing":
        return _missing(parameter, value, context)
    return _READERS[kind](parameter, modifier, values, context)


def _missing(parameter: Parameter, value: str, context: Context) -> Condition:
    if value not in ("true", "false"):
        raise wrong_value(f"{parameter.name}:missing", "it is either true or false")
    fields = followed(parameter.fields, context) if parameter.only else parameter.fields
    present = Present(fields, parameter.only)
    return present if value == "false" else Not(present)


def _special(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    return Or(tuple(near(value, parameter.fields, parameter.name) for value in values))


def _token(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    if parameter.name == "_id":
        ids = (unescaped(value, "_id") for value in values)
        return Ids(tuple(dict.fromkeys(each for each in ids if _ID.fullmatch(each))))
    return token_condition(parameter, modifier, values, context)


def _date(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    name = parameter.name
    bounds = tuple(each for value in values for each in date_bounds(value, name, context))
    if name == "_lastUpdated":
        return Updated(bounds)
    return Moments(parameter.fields, bounds)


def _string(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    name = parameter.name
    texts = [unescaped(value, name) for value in values]
    if name in TEXTS:
        tests = tuple(tuple(dict.fromkeys(fold(text).split())) for text in texts)
        if not all(tests):
            raise wrong_value(name, "the text has no letters and no digits")
        return Words("narrative" if name == "_text" else "content", tests)
    fields = parameter.fields
    if modifier is None:
        fields += tuple(field.with_part("word") for field in fields if _has_words(field, parameter))
    if modifier == "text":
        return Terms(fields, tuple(test for text in texts for test in word_tests(text, name)))
    return Terms(fields, tuple(string_test(text, modifier, name) for text in texts))


def _has_words(field: Field, parameter: Parameter) -> bool:
    return "HumanName" in parameter.leaves or field.path.endswith("family")


def _uri(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    name = parameter.name
    texts = [unescaped(value, name) for value in values]
    types = tuple(dict.fromkeys(field.type for field in parameter.fields))
    if name == "url" and modifier is None and canonical_types().issuperset(types):
        return called(types, [Named(*text.partition("|")[::2]) for text in texts])
    return Terms(parameter.fields, tuple(uri_test(text, modifier, name) for text in texts))


def _number(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    name, leaves = parameter.name, parameter.leaves
    return Amounts(parameter.fields, merged(number_test(each, name, leaves) for each in values))


def _quantity(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    name = parameter.name
    return quantities(parameter.fields, [quantity_test(each, name) for each in values])


def _reference(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    name = parameter.name
    if modifier == "identifier":
        fields = tuple(field.with_part("identifier") for field in parameter.fields)
        identifiers = Parameter(name, "token", fields)
        return token_condition(identifiers, None, values, context)
    if modifier == "below" and canonical(parameter):
        return branches(parameter, [unescaped(value, name) for value in values])
    type = None if modifier in ("above", "below") else modifier
    targets = [
        target
        for value in values
        for target in reference_targets(unescaped(value, name), parameter, type, context)
    ]
    if modifier in ("above", "below"):
        return related(parameter, modifier, targets, context)
    if parameter.only:
        targets = [each for each in targets if not each.type or each.type in parameter.only]
    return Links(parameter.fields, tuple(dict.fromkeys(targets)))


def _composite(
    parameter: Parameter, modifier: str | None, values: list[str], context: Context
) -> Condition:
    return composite(parameter, values, context)


Reader = Callable[[Parameter, str | None, list[str], Context], Condition]

_READERS: dict[str, Reader] = {
    "number": _number,
    "date": _date,
    "string": _string,
    "token": _token,
    "reference": _reference,
    "composite": _composite,
    "quantity": _quantity,
    "uri": _uri,
    "special": _special,
}


def check_target(parameter: Parameter, type: str) -> None:
    """Raise InvalidRequest for a resource type that a reference cannot point at."""
    if parameter.targets and type not in parameter.targets:
        kinds = ", ".join(parameter.targets)
        raise wrong_value(parameter.name, f"it cannot point at {type}, only at {kinds}")
