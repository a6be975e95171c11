"""The functions of FHIRPath and those that FHIR adds, by name; a theme loads at its first use.

https://hl7.org/fhirpath/N1/#functions
https://hl7.org/fhir/R4/fhirpath.html#functions
"""

from __future__ import annotations

from importlib import import_module

from hearth_server.fhir.fhirpath.run import Function

THEMES: dict[str, tuple[str, ...]] = {
    "existence": (
        "empty", "exists", "all", "not", "count", "allTrue", "anyTrue", "allFalse", "anyFalse",
        "subsetOf", "supersetOf", "distinct", "isDistinct",
    ),
    "filtering": (
        "where", "select", "repeat", "iif", "single", "first", "last", "tail", "skip", "take",
        "intersect", "exclude", "union", "combine", "coalesce",
    ),
    "navigation": ("children", "descendants"),
    "types": ("type",),
    "resources": (
        "extension", "hasValue", "getValue", "resolve", "memberOf", "conformsTo", "htmlChecks",
        "subsumes", "subsumedBy", "trace",
    ),
    "strings": (
        "indexOf", "lastIndexOf", "startsWith", "endsWith", "contains", "split", "upper", "lower",
        "length", "trim", "toChars", "substring", "replace", "matches", "matchesFull",
        "replaceMatches", "join",
    ),
    "encoding": ("encode", "decode", "escape", "unescape"),
    "conversion": tuple(
        f"{verb}{name}"
        for verb in ("to", "convertsTo")
        for name in (
            "Boolean", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity",
            "String",
        )
    ),
    "mathematics": (
        "abs", "ceiling", "floor", "truncate", "exp", "ln", "sqrt", "log", "power", "round",
    ),
    "aggregates": ("aggregate", "sum", "avg", "min", "max"),
    "sorting": ("sort",),
    "now": ("now", "today", "timeOfDay"),
    "boundaries": ("lowBoundary", "highBoundary", "precision", "comparable"),
}  # fmt: skip
"""The functions of each module; a test compares them with what the modules have."""

_THEME = {name: theme for theme, names in THEMES.items() for name in names}


def function(name: str) -> Function | None:
    """Return the function called `name`, if there is one."""
    theme = _THEME.get(name)
    if theme is None:
        return None
    functions: dict[str, Function] = import_module(f"{__name__}.{theme}").FUNCTIONS
    return functions[name]
