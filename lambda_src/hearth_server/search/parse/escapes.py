"""Splitting values at separators that no backslash protects.

https://hl7.org/fhir/R4/search.html#escaping
"""

from __future__ import annotations

import re

from hearth_server.errors import InvalidRequest

_PIECES = {separator: re.compile(rf"(?:[^\\{separator}]|\\.)*", re.DOTALL) for separator in ",|$"}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)


def split(value: str, separator: str) -> list[str]:
    """Return the pieces between separators, escapes still in them."""
    if "\\" not in value:
        return value.split(separator)
    pieces = []
    at = 0
    while at <= len(value):
        match = _PIECES[separator].match(value, at)
        assert match is not None
        end = match.end()
        if end < len(value) and value[end] == "\\":  # a lone backslash at the very end
            end = len(value)
        pieces.append(value[at:end])
        at = end + 1
    return pieces


def unescaped(value: str, name: str) -> str:
    """Return the value that was meant. Raises InvalidRequest for an escape that FHIR lacks."""
    if "\\" not in value:
        return value

    def meant(match: re.Match[str]) -> str:
        if not match[1] or match[1] not in ",|$\\":
            raise InvalidRequest(
                f"The value of {name} has a backslash before something other than , | $ and \\",
                code="value",
                expression=f"http.{name}",
            )
        return match[1]

    return _ESCAPED.sub(meant, value)
