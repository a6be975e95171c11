"""Whose request it is, and which resource of theirs it names."""

from __future__ import annotations

from hearth_server.access.principal import Principal
from hearth_server.errors import Unauthenticated
from hearth_server.rest.request import Request
from hearth_server.rest.routes import Target
from hearth_server.store.protocol import Key


def caller(request: Request) -> Principal:
    """Return who asks. Raises Unauthenticated where nobody is named."""
    if request.principal is None:
        raise Unauthenticated("The request carries no token that names a caller")
    return request.principal


def key_of(request: Request, target: Target) -> Key:
    """Return the key of the resource that the path names, in the caller's tenant."""
    return Key(caller(request).tenant, target.type or "", target.id or "")
