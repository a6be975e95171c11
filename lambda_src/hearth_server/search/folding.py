"""Text as the index holds it: folded once, cut to a length that every engine's keys allow.

https://hl7.org/fhir/R4/search.html#string
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from hashlib import blake2b

KEY_LENGTH = 200
"""Characters of an indexed key; what a longer text adds counts through its hash only."""

CONTAINS_LENGTH = 1000
"""Characters of a text in which `:contains` looks."""

CUT = "\x02"
"""Stands between a cut text and the hash of the whole."""

_REMOVED = "'.`\u00b4\u2018\u2019\u02bc"
"""Apostrophes and full stops: O'Brien and OBrien are one name; other punctuation parts words."""

_ASCII = {
    code: None if chr(code) in _REMOVED else " " for code in range(128) if not chr(code).isalnum()
}


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Return the text without case, accents and punctuation, its words apart by one space."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII).split())
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = []
    for character in unicodedata.normalize("NFKD", plain):
        category = unicodedata.category(character)
        if category[0] in "LN":
            kept.append(character)
        elif category[0] != "M" and character not in _REMOVED:
            kept.append(" ")
    return " ".join("".join(kept).split())


def cut(text: str) -> str:
    """Return the key of a text: itself, or its start and a hash of the whole when it is long."""
    if "\0" in text:
        text = text.replace("\0", " ")  # PostgreSQL's texts cannot hold it
    if len(text) <= KEY_LENGTH:
        return text
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{text[:KEY_LENGTH]}{CUT}{digest}"


def later_words(folded: str) -> list[str]:
    """Return a folded text from its second word on, from its third on, and so forth."""
    words = folded.split(" ")
    return [" ".join(words[at:]) for at in range(1, len(words))]
