"""What runs in Lambda: the server's code, and the machine that it was built for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from hearth_aws import inputs

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")


class Architecture(StrEnum):
    """The processor that functions run on."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class LambdaBundle(TypedDict):
    """The code of the functions."""

    code: pulumi.Archive
    """What `hearth build` makes."""
    architecture: NotRequired[Architecture]
    """Processor that it was built for: arm64 or x86_64. Default arm64."""
    runtime: NotRequired[str]
    """Lambda runtime that it was built for. Default python3.13."""


@dataclass(frozen=True)
class Bundle:
    """The checked form of a LambdaBundle."""

    code: pulumi.Archive
    architecture: Architecture
    runtime: str


def resolve(args: Mapping[str, Any], name: str = "bundle") -> Bundle:
    """Return the bundle that the input `name` holds. Raises InputError."""
    group = inputs.nested(name, inputs.required(args, name), LambdaBundle)
    runtime = inputs.text(f"{name}.runtime", group.get("runtime", "python3.13"))
    if runtime not in RUNTIMES:
        problem = f"is {runtime!r}; allowed: {', '.join(RUNTIMES)}"
        raise inputs.InputError(f"{name}.runtime", problem)
    return Bundle(
        code=_code(f"{name}.code", inputs.required(group, "code", f"{name}.")),
        architecture=inputs.choice(
            f"{name}.architecture", group.get("architecture", Architecture.ARM64), Architecture
        ),
        runtime=runtime,
    )


def _code(name: str, value: Any) -> pulumi.Archive:
    if not isinstance(value, pulumi.Archive):
        problem = f"is {value!r}; allowed: an archive, such as pulumi.FileArchive(folder)"
        raise inputs.InputError(name, problem)
    return value
