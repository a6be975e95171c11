"""Whether a value is, or has in it, what a profile fixes.

https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
"""

from __future__ import annotations

from typing import Any


def is_fixed(value: Any, fixed: Any) -> bool:
    """Whether a value is exactly what is fixed, with nothing beside."""
    if isinstance(fixed, bool) or isinstance(value, bool):
        return value is fixed
    return bool(value == fixed)


def has_pattern(value: Any, pattern: Any) -> bool:
    """Whether a value has everything that a pattern has; it may have more."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and has_pattern(value[name], inner) for name, inner in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(has_pattern(each, inner) for each in value) for inner in pattern
        )
    return is_fixed(value, pattern)
