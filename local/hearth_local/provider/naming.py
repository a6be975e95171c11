"""Physical names that Pulumi makes from logical ones: `<logical name>-<7 hexadecimal digits>`.

https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

DIGITS = 7


class NameError_(Exception):  # noqa: N801 NameError is Python's own
    """No name can be made: the message says why."""


@dataclass(frozen=True)
class Autoname:
    """How a type's name is made when a program gives none."""

    property: str = "name"
    prefix_property: str = ""
    longest: int = 255
    lower_case: bool = False
    before: str = ""
    fifo: bool = False


@dataclass(frozen=True)
class Proposal:
    """What the engine says about a name, by the user's autonaming configuration."""

    name: str
    mode: Literal["propose", "enforce", "disable"]


def physical_name(
    rule: Autoname, logical_name: str, urn: str, seed: bytes, *, suffix: str = ""
) -> str:
    """Return a name that is the same for the same seed and URN; raises NameError_ if too long."""
    digits = hashlib.sha256(seed + urn.encode()).hexdigest() if seed else secrets.token_hex(DIGITS)
    name = f"{rule.before}{logical_name}-{digits[:DIGITS]}{suffix}"
    if rule.lower_case:
        name = name.lower()
    if len(name) > rule.longest:
        raise NameError_(
            f"the name {name!r} that would be made has {len(name)} characters; "
            f"the limit is {rule.longest}: give {rule.property!r} or shorten the logical name"
        )
    return name


def prefixed_name(prefix: str, urn: str, seed: bytes) -> str:
    """Return a unique name that starts with a prefix which the program gave."""
    digits = hashlib.sha256(seed + urn.encode()).hexdigest() if seed else secrets.token_hex(13)
    return prefix + digits[:26]
