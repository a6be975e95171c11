"""Regular expressions."""

from __future__ import annotations

import re

from hearth_server.fhir.fhirpath.environment import Environment


def found(environment: Environment, pattern: str, text: str, *, whole: bool = False) -> bool:
    p = re.compile(pattern, re.DOTALL | re.ASCII)
    return (p.fullmatch(text) if whole else p.search(text)) is not None


def replaced(environment: Environment, pattern: str, by: str, text: str) -> str:
    if not pattern:
        return text
    return re.sub(pattern, lambda m: by, text, flags=re.DOTALL | re.ASCII)
