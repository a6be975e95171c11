"""FHIR's JSON to and from bytes: every digit is kept, what could be read two ways is refused.

https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import msgspec

from hearth_server.errors import Issue, Malformed, TooLarge
from hearth_server.fhir import positions

MAX_DEPTH = 64
"""How many objects and arrays may stand inside each other."""

MAX_INTEGER_DIGITS = 4300
"""What Python turns into an integer without a fight."""

MAX_LOCATED = 100_000
"""The size in bytes up to which an error is worth looking for its line."""

MAX_NAME = 64
"""How much of a name an error repeats."""

BOM = b"\xef\xbb\xbf"
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SURROGATES = re.compile(
    rb"\\\\|\\u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<lone>d[89a-f][0-9a-f]{2}))",
    re.IGNORECASE,
)
_AT_BYTE = re.compile(r" \(byte (\d+)\)$")


class _Written(Decimal):
    """A decimal that Python would write in another form than the client did: 1e5, 0.00000001."""

    __slots__ = ("text",)
    text: str


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if str(value) == text:
        return value
    written = _Written(value)
    written.text = text
    return written


def _as_written(value: Any) -> msgspec.Raw:
    if isinstance(value, _Written):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} is not a part of JSON")


_decoder = msgspec.json.Decoder(float_hook=_decimal)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_as_written)


def parse(body: bytes, *, limit: int | None = None) -> Any:
    """Return what `body` says; numbers with a point or an exponent as `Decimal`.

    Raises Malformed for what is not JSON, for a name twice in one object and for more than
    MAX_DEPTH levels, with line and column where they are known; TooLarge over `limit` bytes.
    """
    if limit is not None and len(body) > limit:
        raise TooLarge(f"The body has {len(body)} bytes; at most {limit} are read.")
    if body.startswith(BOM):
        body = body[len(BOM) :]
    try:
        value = _decoder.decode(body)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        _refuse_encoding(body)
    except msgspec.ValidationError:
        raise Malformed(f"A number has more than {MAX_INTEGER_DIGITS} digits.") from None
    except InvalidOperation:
        raise Malformed("A number's exponent is out of range.") from None
    except msgspec.DecodeError as error:
        _refuse_text(body, str(error))
    if _is_deep(body):
        raise _too_deep()
    escaped = b"\\" in body and b"\\u003" in body  # a colon may be written as u003a
    if escaped or body.count(b":") != _encoder.encode(value).count(b":"):
        _refuse_duplicates(body)
    return value


def stored(body: bytes) -> Any:
    """Return what a body says that this server has written: it was judged when it came in."""
    return _decoder.decode(body)


def encode(value: Any) -> bytes:
    """Return compact UTF-8 JSON, keys in the order of `value`, numbers as they were written."""
    return _encoder.encode(value)


def _is_deep(body: bytes) -> bool:
    """Whether well-formed JSON has more than MAX_DEPTH levels.

    With everything but brackets removed, and all brackets alike, each round of removing empty
    pairs takes off the innermost level. Brackets inside strings can only mislead upwards or
    leave a rest, so only then are strings cut out first.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    return _levels_exceed(body) and _levels_exceed(_STRING.sub(b"", body))


def _levels_exceed(body: bytes) -> bool:
    skeleton = body.translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        size = len(skeleton)
        skeleton = skeleton.replace(b"[]", b"")
        if not skeleton:
            return False
        if len(skeleton) == size:
            break
    return True


def _too_deep() -> Malformed:
    return Malformed(f"The body nests objects and arrays more than {MAX_DEPTH} levels deep.")


def _refuse_encoding(body: bytes) -> NoReturn:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _malformed("The body is not UTF-8", body, error.start) from None
    raise Malformed("The body is not UTF-8.")


def _refuse_text(body: bytes, problem: str) -> NoReturn:
    """Raise for what msgspec refused, in words about the body and with its line and column."""
    if not body.strip():
        raise Malformed("The body is empty.")
    for surrogate in _SURROGATES.finditer(body):
        if surrogate["lone"]:
            raise _malformed("A string holds half of a surrogate pair", body, surrogate.start())
    at = _AT_BYTE.search(problem)
    said = problem.removeprefix("JSON is malformed: ")
    if at is None:
        raise _malformed("The body is not JSON: it ends too early", body, len(body))
    raise _malformed(f"The body is not JSON: {said[: -len(at[0])]}", body, int(at[1]))


def _refuse_duplicates(body: bytes) -> None:
    """Raise Malformed if a name stands twice in one object."""
    try:
        json.loads(body, object_pairs_hook=_unique, parse_int=str, parse_float=str)
    except _Duplicate as duplicate:
        name = duplicate.args[0]
        text = f"The name {name[:MAX_NAME]!r} stands twice in one object"
        if len(body) > MAX_LOCATED:
            raise Malformed(f"{text}.") from None
        raise _malformed(text, body, positions.duplicate(body)) from None


class _Duplicate(Exception):
    """A name that stands twice in one object."""


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) == len(pairs):
        return
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise _Duplicate(name)
        seen.add(name)


def _malformed(text: str, body: bytes, offset: int) -> Malformed:
    line, column = positions.line_and_column(body, offset)
    text = f"{text} (line {line}, column {column})."
    return Malformed(text, issues=[Issue("error", "structure", text, None, line, column)])
