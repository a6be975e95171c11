"""JSON Patch: add, remove, replace, move, copy and test by JSON Pointers.

https://www.rfc-editor.org/rfc/rfc6902
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hearth_server.errors import InvalidRequest, Unprocessable
from hearth_server.fhir.patch.copies import Copier, depth_exceeds

MAXIMUM_OPERATIONS = 1000


class _Operation(NamedTuple):
    op: str
    path: tuple[str, ...]
    pointer: str
    """`path` as written, for messages."""
    source: tuple[str, ...] | None
    value: Any


def apply(patch: Any, resource: Any) -> Any:
    """Return `resource` with the operations of `patch` done, one after the other, or not at all.

    Raises InvalidRequest for what is no JSON Patch, Unprocessable for one that does not fit the
    resource, a failed `test` among them, and TooLarge.
    """
    operations = _operations(patch)
    copier = Copier()
    document = copier.copy(resource)
    for number, operation in enumerate(operations):
        try:
            document = _HANDLERS[operation.op](document, operation, copier)
        except _Misfit as misfit:
            where = f"Operation {number} ({operation.op} {operation.pointer[:200]!r})"
            raise Unprocessable(f"{where}: {misfit}.", code="processing") from None
    if depth_exceeds(document):
        raise Unprocessable("The patch nests the resource too deep.", code="processing")
    return document


class _Misfit(Exception):
    """An operation that the document does not allow."""


def _operations(patch: Any) -> list[_Operation]:
    if not isinstance(patch, list):
        raise InvalidRequest("A JSON Patch is an array of operations.")
    if len(patch) > MAXIMUM_OPERATIONS:
        raise InvalidRequest(f"A JSON Patch has at most {MAXIMUM_OPERATIONS} operations.")
    return [_operation(each, number) for number, each in enumerate(patch)]


def _operation(item: Any, number: int) -> _Operation:
    op = item.get("op") if isinstance(item, dict) else None
    if not isinstance(op, str) or op not in _HANDLERS:
        raise InvalidRequest(f"Operation {number} has no `op` of {', '.join(_HANDLERS)}.")
    if op in ("add", "replace", "test") and "value" not in item:
        raise InvalidRequest(f"Operation {number} ({op}) has no `value`.")
    source = _pointer(item, "from", number) if op in ("move", "copy") else None
    path = _pointer(item, "path", number)
    if op == "move" and source is not None and path[: len(source)] == source != path:
        raise InvalidRequest(f"Operation {number} moves a value into itself.")
    return _Operation(op, path, item["path"], source, item.get("value"))


def _pointer(item: dict[str, Any], member: str, number: int) -> tuple[str, ...]:
    """Return the steps of a JSON Pointer. https://www.rfc-editor.org/rfc/rfc6901"""
    text = item.get(member)
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise InvalidRequest(f"Operation {number} has no JSON Pointer as its `{member}`.")
    if "~" in text.replace("~0", "").replace("~1", ""):
        raise InvalidRequest(
            f"Operation {number} has a `~` in its `{member}` that is not ~0 or ~1."
        )
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _add(document: Any, operation: _Operation, copier: Copier) -> Any:
    return _put(document, operation.path, copier.copy(operation.value))


def _remove(document: Any, operation: _Operation, _: Copier) -> Any:
    _take(document, operation.path)
    return document


def _replace(document: Any, operation: _Operation, copier: Copier) -> Any:
    value = copier.copy(operation.value)
    if not operation.path:
        return value
    parent = _find(document, operation.path[:-1])
    parent[_key(parent, operation.path[-1])] = value
    return document


def _move(document: Any, operation: _Operation, _: Copier) -> Any:
    assert operation.source is not None
    if operation.source == operation.path:
        _find(document, operation.path)
        return document
    return _put(document, operation.path, _take(document, operation.source))


def _copy(document: Any, operation: _Operation, copier: Copier) -> Any:
    assert operation.source is not None
    return _put(document, operation.path, copier.copy(_find(document, operation.source)))


def _test(document: Any, operation: _Operation, _: Copier) -> Any:
    if not _same(_find(document, operation.path), operation.value):
        raise _Misfit("the value is another one")
    return document


_HANDLERS: dict[str, Callable[[Any, _Operation, Copier], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _find(document: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        document = document[_key(document, step)]
    return document


def _put(document: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    parent, last = _find(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        place = len(parent) if last == "-" else _index(last)
        if place > len(parent):
            raise _Misfit(f"the array has {len(parent)} items")
        parent.insert(place, value)
    elif isinstance(parent, dict):
        parent[last] = value
    else:
        raise _Misfit("the value above it is neither object nor array")
    return document


def _take(document: Any, path: tuple[str, ...]) -> Any:
    if not path:
        raise _Misfit("the whole resource cannot be taken away")
    parent = _find(document, path[:-1])
    key = _key(parent, path[-1])
    return parent.pop(key)


def _key(parent: Any, step: str) -> Any:
    """Return `step` as the key of something that `parent` holds."""
    if isinstance(parent, dict):
        if step not in parent:
            raise _Misfit(f"there is no {step[:64]!r}")
        return step
    if not isinstance(parent, list):
        raise _Misfit(f"{step[:64]!r} is sought in what is neither object nor array")
    place = _index(step)
    if place >= len(parent):
        raise _Misfit(f"the array has {len(parent)} items")
    return place


def _index(step: str) -> int:
    plain = step.isascii() and step.isdigit() and (step == "0" or step[0] != "0")
    if not plain or len(step) > 9:
        raise _Misfit(f"{step[:64]!r} is no index of an array")
    return int(step)


def _same(left: Any, right: Any) -> bool:
    """Whether two values are equal as RFC 6902 has it: numbers by value, objects in any order."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)
