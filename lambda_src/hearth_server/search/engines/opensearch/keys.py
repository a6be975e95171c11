"""The terms of the index: flat texts that carry a field, a value and what qualifies it.

A NUL parts them: no key has one.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from hearth_server.search.engines.hashes import digest
from hearth_server.search.fields import Field
from hearth_server.search.folding import cut

PART = "\0"

TAG_LENGTH = 11


@lru_cache(maxsize=16384)
def tag(field: Field) -> str:
    """Return the short name of a field."""
    return short(field.name)


@lru_cache(maxsize=16384)
def short(text: str) -> str:
    """Return eleven characters that stand for a text; none for none."""
    if not text:
        return ""
    return urlsafe_b64encode(digest(text)).decode().rstrip("=")


def term(field: Field, key: str) -> str:
    """Return the term of a key, whatever qualifies it."""
    return f"{tag(field)}{PART}{key}"


def qualified(field: Field, key: str, qualifier: str) -> str:
    """Return the term of a key with its qualifier."""
    return f"{tag(field)}{PART}{key}{PART}{short(qualifier)}"


def of_system(field: Field, qualifier: str) -> str:
    """Return the term that says that a field has some key with a qualifier."""
    return f"{tag(field)}{PART}{PART}{PART}{short(qualifier)}"


def keyed(field: Field) -> str:
    """Return the term that says that a field has a key that is not empty."""
    return f"{tag(field)}{PART}"


def link(field: Field, target: str) -> str:
    """Return the term of a reference, whatever version it names."""
    return f"{tag(field)}{PART}{cut(target)}"


def versioned(field: Field, target: str, version: str) -> str:
    """Return the term of a reference to a version."""
    return f"{tag(field)}{PART}{cut(target)}{PART}{cut(version)}"


def scope(tenant: str, type: str) -> str:
    """Return the term that the current resources of a tenant and type have."""
    return f"{tenant}{PART}{type}"


def contained(container: str, local: str) -> str:
    """Return what refers to a contained resource; `container` is Type/id."""
    return f"{container}#{local}"
