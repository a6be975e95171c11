"""Checks of a component's inputs: each returns the value in its own type, or names the input.

Other languages send whole numbers as floats and enumerations as text, so nothing here trusts the
type that an annotation promises.
"""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, TypeVar, cast

import pulumi

Choice = TypeVar("Choice", bound=Enum)
Checked = TypeVar("Checked")

_ARN = r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:\S+"


class InputError(pulumi.RunError):
    """An input of a component that is missing, unknown or wrong.

    `input` is its name, with a path for nested ones; `problem` says what is wrong and what is
    allowed; `component` says whose input it is.
    """

    def __init__(self, input: str, problem: str, component: str = "") -> None:
        super().__init__(f"{component}: " * bool(component) + f"input {input} {problem}")
        self.input = input
        self.problem = problem
        self.component = component


@contextmanager
def of(component: str, name: str) -> Iterator[None]:
    """Let every InputError from within say which component it is about."""
    try:
        yield
    except InputError as error:
        raise InputError(error.input, error.problem, f"{component} {name!r}") from None


def known(args: Any, shape: type, path: str = "") -> None:
    """Raise InputError for anything but a map whose keys the TypedDict `shape` declares."""
    name = path.rstrip(".") or "args"
    if not isinstance(plain(name, args), Mapping):
        raise InputError(name, f"is {args!r}; allowed: a map")
    declared = shape.__annotations__
    for key in args:
        if key in declared:
            continue
        near = difflib.get_close_matches(str(key), declared, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; allowed: {', '.join(declared)}"
        raise InputError(f"{path}{key}", f"is not known{hint}")


def required(args: Mapping[str, Any], name: str, path: str = "") -> Any:
    """Return the input. Raises InputError if it is missing."""
    value = args.get(name)
    if value is None or value == "":
        raise InputError(path + name, "is required")
    return value


def whole(name: str, value: Any, *, minimum: int, maximum: int | None = None) -> int:
    """Return a whole number within bounds. Raises InputError."""
    bounds = f"{minimum} or more" if maximum is None else f"{minimum} to {maximum}"
    number = plain(name, value)
    if isinstance(number, bool) or not isinstance(number, int | float) or number % 1 != 0:
        raise InputError(name, f"is {number!r}; allowed: a whole number, {bounds}")
    if number < minimum or (maximum is not None and number > maximum):
        raise InputError(name, f"is {int(number)}; allowed: {bounds}")
    return int(number)


def one_of(name: str, value: Any, allowed: Iterable[int]) -> int:
    """Return a whole number of a list, such as the days that CloudWatch knows."""
    number = whole(name, value, minimum=0)
    if number not in allowed:
        raise InputError(name, f"is {number}; allowed: {', '.join(map(str, allowed))}")
    return number


def choice(name: str, value: Any, choices: type[Choice]) -> Choice:
    """Return the member that `value` is or names. Raises InputError."""
    try:
        return choices(plain(name, value))
    except ValueError:
        allowed = ", ".join(str(member.value) for member in choices)
        raise InputError(name, f"is {value!r}; allowed: {allowed}") from None


def flag(name: str, value: Any) -> bool:
    """Return true or false. Raises InputError for anything else."""
    if not isinstance(plain(name, value), bool):
        raise InputError(name, f"is {value!r}; allowed: true, false")
    return bool(value)


def text(name: str, value: Any) -> str:
    """Return text that is not empty. Raises InputError."""
    if not isinstance(plain(name, value), str) or not value:
        raise InputError(name, f"is {value!r}; allowed: text that is not empty")
    return str(value)


def matching(name: str, value: Any, pattern: str, meaning: str) -> str:
    """Return text that the whole pattern matches; `meaning` says what it allows."""
    if not isinstance(plain(name, value), str) or not re.fullmatch(pattern, value):
        raise InputError(name, f"is {value!r}; allowed: {meaning}")
    return str(value)


def several(name: str, value: Any) -> list[Any]:
    """Return a list. Raises InputError for anything else, text too."""
    if not isinstance(plain(name, value), list | tuple):
        raise InputError(name, f"is {value!r}; allowed: a list")
    return list(value)


def nested(name: str, value: Any, shape: type) -> Mapping[str, Any]:
    """Return a group of inputs. Raises InputError unless it is a map of what `shape` declares."""
    known(value, shape, f"{name}.")
    group: Mapping[str, Any] = value
    return group


def wired(name: str, value: Any) -> pulumi.Input[str]:
    """Return text that is not empty, or what will be text. Raises InputError."""
    return cast(pulumi.Input[str], value) if comes_later(value) else text(name, value)


def arn(name: str, value: Any) -> pulumi.Input[str]:
    """Return an ARN, or what will be one. Raises InputError."""
    if comes_later(value):
        return cast(pulumi.Input[str], value)
    return matching(name, value, _ARN, "an ARN")


def given(
    args: Mapping[str, Any], name: str, check: Callable[[str, Any], Checked]
) -> Checked | None:
    """Return the input, checked, or None where it is not said. Raises InputError."""
    value = args.get(name)
    return None if value is None else check(name, value)


def plain(name: str, value: Any) -> Any:
    """Return the value. Raises InputError for an output: what decides the shape is known early."""
    if isinstance(value, pulumi.Output):
        raise InputError(name, "is the output of another resource; allowed: a plain value")
    return value


def comes_later(value: Any) -> bool:
    """Return whether only the deployment can tell the value."""
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)
