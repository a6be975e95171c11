"""FHIRPath's text as tokens.

https://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from hearth_server.fhir.fhirpath.errors import FHIRPathSyntaxError

_TOKENS = r"""
    (?P<space>   (?: \s+ | //[^\r\n]* | /\*(?:[^*]|\*(?!/))*\*/ )+ )
  | (?P<time>    @T[0-9]{2}(?: :[0-9]{2}(?: :[0-9]{2}(?: \.[0-9]+ )? )? )? )
  | (?P<dateTime>@[0-9]{4}(?: -[0-9]{2}(?: -[0-9]{2} )? )?
                 T(?: [0-9]{2}(?: :[0-9]{2}(?: :[0-9]{2}(?: \.[0-9]+ )? )? )?
                      (?: Z | [+-][0-9]{2}:[0-9]{2} )? )? )
  | (?P<date>    @[0-9]{4}(?: -[0-9]{2}(?: -[0-9]{2} )? )? )
  | (?P<long>    [0-9]+L )
  | (?P<number>  [0-9]+(?: \.[0-9]+ )? )
  | (?P<string>  '(?: [^'\\] | \\. )*' )
  | (?P<quoted>  `(?: [^`\\] | \\. )*` )
  | (?P<word>    [A-Za-z_][A-Za-z0-9_]* )
  | (?P<variable>\$(?: this | index | total )\b )
  | (?P<symbol>  <= | >= | != | !~ | [.,()\[\]{}+\-*/&|<>=~%] )
"""
_ESCAPE = r"(?s)\\(?:u([0-9A-Fa-f]{4})|(.))"
_ESCAPED = {"r": "\r", "n": "\n", "t": "\t", "f": "\f"} | {c: c for c in "\\/'\"`"}


class Token(NamedTuple):
    """A piece of the text; the last one of every text is of kind `end`."""

    kind: str
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text` without spaces and comments. Raises FHIRPathSyntaxError."""
    found = []
    position = 0
    pattern = _pattern()
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise FHIRPathSyntaxError(_problem(text, position), text, position)
        kind = match.lastgroup
        assert kind is not None
        if kind != "space":
            found.append(Token(kind, match.group(), position))
        position = match.end()
    found.append(Token("end", "", len(text)))
    return found


def unquoted(token: Token, text: str) -> str:
    """Return what a string or a delimited identifier says. Raises FHIRPathSyntaxError."""

    def character(match: re.Match[str]) -> str:
        code, letter = match.groups()
        if code:
            return chr(int(code, 16))
        if letter not in _ESCAPED:
            position = token.position + 1 + match.start()
            raise FHIRPathSyntaxError("an escape that FHIRPath does not know", text, position)
        return _ESCAPED[letter]

    inside = token.text[1:-1]
    return re.sub(_ESCAPE, character, inside) if "\\" in inside else inside


@cache
def _pattern() -> re.Pattern[str]:
    """Return the compiled pattern, made at the first use: a cold start may never need it."""
    return re.compile(_TOKENS, re.VERBOSE | re.DOTALL)


def _problem(text: str, position: int) -> str:
    match text[position]:
        case "'":
            return "a string that does not end"
        case "`":
            return "a delimited identifier that does not end"
        case "/":
            return "a comment that does not end"
        case "@":
            return "a date or time that is not complete"
        case "$":
            return "a variable other than $this, $index and $total"
    return "a character that does not belong here"
