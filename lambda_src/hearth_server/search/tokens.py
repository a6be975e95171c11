"""Token keys: when the case of a code counts, and what is left of a phone number.

https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

from functools import lru_cache

from hearth_server.search.folding import cut

CASE_SENSITIVE = (
    "http://hl7.org/fhir/",
    "http://terminology.hl7.org/",
    "http://unitsofmeasure.org",
    "urn:ietf:bcp:13",
)
"""Code systems, by the start of their URL, whose definitions say that case counts. The other
systems' definitions are not at hand, and in doubt R4 asks to disregard it."""

INSENSITIVE = "\x01"
"""Ends the key of a code whose case does not count, if it has letters."""


@lru_cache(maxsize=8192)
def code_key(system: str, code: str) -> str:
    """Return the key of a coding's code."""
    if system.startswith(CASE_SENSITIVE):
        return cut(code)
    return insensitive_key(code)


def insensitive_key(code: str) -> str:
    """Return the key of a code whose case does not count."""
    folded = code.casefold()
    return cut(folded) if folded == code.upper() else cut(folded) + INSENSITIVE


def code_keys(code: str) -> tuple[str, ...]:
    """Return the keys that a code may have in the index, whatever its system is."""
    return tuple(dict.fromkeys((cut(code), insensitive_key(code))))


def contact_key(value: str) -> str:
    """Return the key of a phone number or address: no case, spaces and punctuation of numbers."""
    folded = value.casefold().removeprefix("tel:").removeprefix("mailto:")
    if "@" in folded:
        return cut(folded.strip())
    return cut("".join(each for each in folded if each.isalnum() or each == "+"))
