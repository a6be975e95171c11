"""FHIRPath Patches for the tests, as clients send them."""

from __future__ import annotations

from typing import Any


def operation(kind: str, **parts: Any) -> dict[str, Any]:
    """Return one operation: a dictionary is a value of its type, a list the parts of one."""
    listed: list[dict[str, Any]] = [{"name": "type", "valueCode": kind}]
    for name, value in parts.items():
        if isinstance(value, dict):
            listed.append({"name": name, **value})
        elif isinstance(value, list):
            listed.append({"name": name, "part": value})
        else:
            key = "valueInteger" if isinstance(value, int) else "valueString"
            listed.append({"name": name, key: value})
    return {"name": "operation", "part": listed}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    """Return the Parameters of a patch."""
    return {"resourceType": "Parameters", "parameter": list(operations)}
