"""What the standard says of data types in words rather than as constraints.

https://hl7.org/fhir/R4/datatypes.html
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from hearth_server.errors import Severity
from hearth_server.fhir.terminology import Terminology
from hearth_server.validation.problem import Check, Found, Problem, shown
from hearth_server.validation.scope import Scope

URI_SYSTEM = "urn:ietf:rfc:3986"
"""The system of identifiers that are URIs themselves."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")


def is_absolute(uri: str) -> bool:
    """Whether a URI starts with a scheme."""
    return _ABSOLUTE.match(uri) is not None


def coding_rule(terminology: Terminology, severity: Severity) -> Check:
    """Return the check of a Coding or Quantity: an absolute system, a code that the system has.

    Only systems whose every code is known are asked. `severity` is that of a code which is
    missing there: a required binding refuses it anyway.
    """
    met: set[tuple[str, str]] = set()

    def check(value: Any, _: Scope) -> Found:
        system = value.get("system")
        if system is None:
            return None
        code = value.get("code")
        if (system, code) in met:
            return None
        if not is_absolute(system):
            text = f"is {shown(system)}; a code system is named by an absolute URI"
            return [Problem("value", text, ".system")]
        codes = terminology.codes(system)
        if code is None or codes is None:
            return None
        if code not in codes:
            text = f"is {shown(code)}; {system} has no such code"
            return [Problem("code-invalid", text, ".code", severity=severity)]
        met.add((system, code))
        return None

    return check


def identifier_rule(value: Mapping[str, Any], _: Scope) -> Found:
    """Judge an Identifier's system, and the value where it must be a URI."""
    system = value.get("system")
    if system is None:
        return None
    if not is_absolute(system):
        text = f"is {shown(system)}; an identifier's system is an absolute URI"
        return [Problem("value", text, ".system")]
    if system == URI_SYSTEM and not is_absolute(value.get("value", "x:x")):
        text = f"is not an absolute URI, as the system {URI_SYSTEM} demands"
        return [Problem("value", text, ".value")]
    return None


def attachment_rule(value: Mapping[str, Any], _: Scope) -> Found:
    """Judge an Attachment's size and hash by its data."""
    data = value.get("data")
    if data is None or ("size" not in value and "hash" not in value):
        return None
    content = binascii.a2b_base64(data)
    if value.get("size", len(content)) != len(content):
        text = f"is {value['size']}; the data has {len(content)} bytes"
        return [Problem("value", text, ".size")]
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    if "hash" in value and binascii.a2b_base64(value["hash"]) != digest:
        return [Problem("value", "is not the SHA-1 of the data", ".hash")]
    return None


def canonical_rule(value: Mapping[str, Any], _: Scope) -> Found:
    """Judge the canonical URL by which other resources refer to this one."""
    url = value.get("url")
    if not isinstance(url, str) or is_absolute(url) or url.startswith("#"):
        return None
    return [Problem("value", f"is {shown(url)}; a canonical URL is absolute", ".url")]


def include_rule(value: Mapping[str, Any], _: Scope) -> Found:
    """Judge the system that a value set takes codes from."""
    system = value.get("system")
    if system is None or is_absolute(system):
        return None
    text = f"is {shown(system)}; a code system is named by an absolute URI"
    return [Problem("value", text, ".system")]
