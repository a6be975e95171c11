"""What a FhirApi is wired to: a store and a search index, of this program or from elsewhere."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from hearth_aws import inputs
from hearth_aws.fhir_store import RecordStore
from hearth_aws.search_index import SearchConnection, SearchEngine
from hearth_aws.server_functions import Index, Records

_NO_SEARCH: SearchConnection = {"engine": "none", "location": "", "access_statements": "[]"}


def store(args: Mapping[str, Any], name: str = "store") -> Records:
    """Return the store that the input `name` holds. Raises InputError."""
    group = inputs.nested(name, inputs.required(args, name), RecordStore)
    parts: dict[str, pulumi.Input[str]] = {}
    for part in RecordStore.__annotations__:
        check = inputs.arn if part.endswith("_arn") else inputs.wired
        parts[part] = check(f"{name}.{part}", inputs.required(group, part, f"{name}."))
    return Records(**parts)


def search(args: Mapping[str, Any], name: str = "search") -> Index:
    """Return the search index that the input `name` holds, or that there is none.

    Raises InputError.
    """
    group = inputs.nested(name, args.get(name, _NO_SEARCH), SearchConnection)
    for part in SearchConnection.__annotations__:
        if group.get(part) is None:  # an empty location is one: there is no search
            raise inputs.InputError(f"{name}.{part}", "is required")
    engine, location = group["engine"], group["location"]
    if not inputs.comes_later(engine):
        engine = inputs.choice(f"{name}.engine", engine, SearchEngine).value
    if location != "":
        location = inputs.wired(f"{name}.location", location)
    statements = _statements(f"{name}.access_statements", group["access_statements"])
    return Index(engine, location, statements)


def _statements(name: str, value: Any) -> pulumi.Input[str]:
    said = inputs.wired(name, value)
    if not isinstance(said, str):
        return said
    try:
        listed = json.loads(said)
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        raise inputs.InputError(name, f"is {said!r}; allowed: a list of IAM statements, as JSON")
    return said
