"""Strings as base64, hexadecimal, HTML or JSON, and back.

https://build.fhir.org/ig/HL7/FHIRPath/#additional-string-functions
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from html import escape, unescape

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Items
from hearth_server.fhir.fhirpath.operators import made
from hearth_server.fhir.fhirpath.run import Function, aware
from hearth_server.fhir.fhirpath.singles import string

Conversion = Callable[[str], str]

_JSON_ESCAPE = r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})'

_ENCODE: dict[str, Conversion] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "urlbase64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
}
_DECODE: dict[str, Conversion] = {
    "base64": lambda text: base64.b64decode(text, validate=True).decode(),
    "urlbase64": lambda text: base64.b64decode(text, altchars=b"-_", validate=True).decode(),
    "hex": lambda text: bytes.fromhex(text).decode(),
}
_ESCAPE: dict[str, Conversion] = {
    "html": escape,
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
}
_UNESCAPE: dict[str, Conversion] = {
    "html": unescape,
    "json": lambda text: re.sub(_JSON_ESCAPE, lambda match: str(json.loads(f'"{match[0]}"')), text),
}


def _function(name: str, conversions: dict[str, Conversion]) -> Function:
    def call(environment: Environment, items: Items, target: Items) -> Items:
        text, wanted = string(items, f"{name}()"), string(target, f"{name}()")
        if text is None or wanted is None:
            return []
        if wanted not in conversions:
            raise FHIRPathEvaluationError(
                f"FHIRPath: {name}() knows {', '.join(conversions)}, not {wanted[:40]!r}."
            )
        try:
            return [made(environment, conversions[wanted](text))]
        except (ValueError, binascii.Error):
            return []

    return aware(call, 1)


FUNCTIONS: dict[str, Function] = {
    "encode": _function("encode", _ENCODE),
    "decode": _function("decode", _DECODE),
    "escape": _function("escape", _ESCAPE),
    "unescape": _function("unescape", _UNESCAPE),
}
