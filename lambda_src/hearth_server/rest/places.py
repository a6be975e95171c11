"""Where in the body of a request the things stand that its issues are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth_server.rest.request import Request

if TYPE_CHECKING:
    from hearth_server.validation.located import Located

LARGEST_SEARCHED = 100_000
"""Bytes: a larger body would take more time to search than to judge."""


def places(request: Request) -> Located:
    """Return what finds lines and columns in the body of a request."""
    # Only what fails needs it, so a cold start does not wait for it.
    from hearth_server.validation.located import Located

    return Located(request.body, LARGEST_SEARCHED)
