"""The headers that FHIR gives a meaning: ETags, preconditions and `Prefer`.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from hearth_server.errors import InvalidRequest
from hearth_server.fhir.dates import read_http_date
from hearth_server.rest.request import Request

Return = Literal["minimal", "representation", "OperationOutcome"]

_ETAG = re.compile(
    r"""\s*(?:(?:W/)?"(?P<opaque>[!\x23-\x7e\x80-\xff]*)"|(?P<bare>[A-Za-z0-9\-.]{1,64})|)\s*(?:,|$)"""
)
"""One member of a list of entity tags, which may be empty; a client may forget the quotes."""

_VERSION_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_RETURNS: tuple[Return, ...] = ("minimal", "representation", "OperationOutcome")


@dataclass(frozen=True, slots=True)
class Prefer:
    """What a client would like; what it does not say is None or False."""

    returns: Return | None = None
    handling: Literal["strict", "lenient"] | None = None
    respond_async: bool = False


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'W/"{version}"'


def entity_tags(request: Request, name: str) -> frozenset[str] | None:
    """Return the version ids that a header such as `if-match` lists; `*` stands for any.

    None without the header. Raises InvalidRequest for anything that is not a list of ETags.
    """
    text = request.headers.get(name)
    if text is None:
        return None
    if text.strip() == "*":
        return frozenset("*")
    tags = _tags(text)
    if not tags:
        raise InvalidRequest(
            f'{name} is not an ETag such as W/"3"', code="value", expression=f"http.{name}"
        )
    return frozenset(tags)


def since(request: Request, name: str) -> int | None:
    """Return the second since 1970 that a header such as `if-modified-since` names.

    None without one that is valid: HTTP says that a date which cannot be read is ignored.
    """
    text = request.headers.get(name)
    return None if text is None else read_http_date(text)


def prefer(request: Request) -> Prefer:
    """Return the client's preferences; unknown ones are ignored, as RFC 7240 says."""
    text = request.headers.get("prefer")
    return Prefer() if text is None else _prefer(text)


@lru_cache(maxsize=64)
def _prefer(text: str) -> Prefer:
    # The first of each counts, so it is put in last.
    wishes = dict(_wish(part) for part in reversed(re.split("[,;]", text)))
    returns = next((one for one in _RETURNS if one.lower() == wishes.get("return")), None)
    handling = wishes.get("handling")
    return Prefer(
        returns,
        handling if handling in ("strict", "lenient") else None,  # type: ignore[arg-type]
        "respond-async" in wishes,
    )


def _wish(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"').lower()


def _tags(text: str) -> list[str]:
    """Return the members of a list of entity tags, none for anything else.

    A tag that is none of this server's is told apart from every version id by its quotes.
    """
    tags = []
    at = 0
    while at < len(text):
        found = _ETAG.match(text, at)
        if found is None:
            return []
        opaque, bare = found.group("opaque", "bare")
        if opaque is not None:
            tags.append(opaque if _VERSION_ID.fullmatch(opaque) else f'"{opaque}"')
        elif bare is not None:
            tags.append(bare)
        at = found.end()
    return tags
