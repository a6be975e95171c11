"""What is wrong with a parameter, as errors that name it.

https://hl7.org/fhir/R4/search.html#errors
"""

from __future__ import annotations

from collections.abc import Iterable

from hearth_server.errors import InvalidRequest

SHOWN_LENGTH = 64
"""How much of a name that the caller sent an error repeats."""


class UnknownParameter(InvalidRequest):
    """A name that is no search parameter here: ignored where the caller asks for lenience."""

    code = "not-supported"


def wrong_value(name: str, text: str) -> InvalidRequest:
    """Return the error of a value that cannot be read."""
    return InvalidRequest(f"{shown(name)}: {text}", code="value", expression=place(name))


def wrong_modifier(name: str, modifier: str, allowed: Iterable[str]) -> InvalidRequest:
    """Return the error of a modifier that a parameter does not take."""
    choices = ", ".join(f":{each}" for each in allowed) or "none"
    return InvalidRequest(
        f"{shown(name)} does not take the modifier :{shown(modifier)}; it takes {choices}",
        code="not-supported",
        expression=place(name),
    )


def unknown(
    name: str, where: str, known: Iterable[str], parameter: str | None = None
) -> UnknownParameter:
    """Return the error of an unknown name, with the names that look like it.

    `parameter` is the one whose value has the name, where it is not one itself.
    """
    from difflib import get_close_matches  # seldom needed

    near = get_close_matches(name[:SHOWN_LENGTH], list(known), n=3, cutoff=0.6)
    hint = f"; perhaps {' or '.join(near)}" if near else ""
    return UnknownParameter(
        f"{shown(name)} is not a search parameter of {where}{hint}",
        expression=place(parameter or name),
    )


def shown(text: str) -> str:
    """Return as much of what the caller sent as is repeated to them."""
    printable = "".join(each if each.isprintable() else "\ufffd" for each in text[:SHOWN_LENGTH])
    return printable if len(text) <= SHOWN_LENGTH else f"{printable}..."


def place(name: str) -> str:
    """Return where a parameter stands, as an issue's expression."""
    return f"http.{shown(name)}"
