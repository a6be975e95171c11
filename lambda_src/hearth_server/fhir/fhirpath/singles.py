"""Single values out of collections, as the specification's singleton evaluation has it.

https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
"""

from __future__ import annotations

from decimal import Decimal

from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Item, Items, Node, plain


def single(items: Items, what: str) -> Item | None:
    """Return the System value of the only item; None if there is none, or it has no value.

    Raises FHIRPathEvaluationError, which names `what`, for several items.
    """
    if not items:
        return None
    if len(items) > 1:
        raise FHIRPathEvaluationError(f"FHIRPath: {what} takes one item, not {len(items)}.")
    item = plain(items[0])
    if item.__class__ is Node and item.shape.primitive:
        return None
    return item


def truth(items: Items, what: str = "a condition") -> bool | None:
    """Return the boolean that a collection stands for: any other single item is true."""
    if not items:
        return None
    if len(items) == 1:
        item = items[0]
        if item.__class__ is bool:
            return item
    value = single(items, what)
    if value is None or value.__class__ is bool:
        return value
    return True


def string(items: Items, what: str) -> str | None:
    """Return the only item, a string, or the text of a FHIR primitive that JSON has as a string.

    Raises FHIRPathEvaluationError for anything else.
    """
    value = single(items, what)
    if value is None or value.__class__ is str:
        return value
    item = items[0]
    if isinstance(item, Node) and isinstance(item.value, str):
        return item.value
    raise FHIRPathEvaluationError(f"FHIRPath: {what} takes a string.")


def integer(items: Items, what: str) -> int | None:
    """Return the only item, an integer. Raises FHIRPathEvaluationError for anything else."""
    value = single(items, what)
    if value is None or value.__class__ is int:
        return value
    raise FHIRPathEvaluationError(f"FHIRPath: {what} takes an integer.")


def is_number(value: object) -> bool:
    """Whether a value is an integer or a decimal; a boolean is neither."""
    return value.__class__ is int or value.__class__ is Decimal
