"""Prefixes of numbers, dates and quantities.

https://hl7.org/fhir/R4/search.html#prefix
"""

from __future__ import annotations

import re
from typing import Literal, cast

from hearth_server.search.parse.problems import wrong_value

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_LETTERS = re.compile(r"[a-zA-Z]+")


def split_prefix(value: str, name: str) -> tuple[Prefix, str]:
    """Return the prefix, `eq` without one, and the rest. Raises InvalidRequest for another."""
    letters = _LETTERS.match(value)
    if letters is None:
        return "eq", value
    if letters[0] not in PREFIXES:
        raise wrong_value(name, f"the prefix is not one of {', '.join(PREFIXES)}")
    return cast(Prefix, letters[0]), value[letters.end() :]
