"""`Validator`: what the server asks of whatever judges a resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hearth_server.errors import Issue


class Validator(Protocol):
    """Judges parsed resources. It never changes one and never raises for what one says."""

    def validate(self, resource: Mapping[str, Any], *, profiles: Sequence[str] = ()) -> list[Issue]:
        """Return every issue found, at its FHIRPath location; no error among them means valid.

        `profiles` are canonical URLs asked for beside those that `meta.profile` names.
        """
