"""FHIR's JSON to and from bytes, with every digit of a decimal kept.

https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from hearth_server.errors import Malformed

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def parse(body: bytes) -> Any:
    """Return what `body` says; numbers with a point or exponent as `Decimal`. Raises Malformed."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"The body is not JSON: {error}") from None


def encode(value: Any) -> bytes:
    """Return compact UTF-8 JSON, keys in the order of `value`."""
    return _encoder.encode(value)
