"""A deployer's own search parameters: SearchParameter resources in the project's folder.

https://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from hearth_server.fhir.definitions import release
from hearth_server.search.definitions import COMMON, SEARCH_DEFINITIONS, definitions
from hearth_server.search.lowered import EVERY_TYPE, lowered_all

FOLDER = "search-parameters"
"""Where a project keeps them, a file for each."""

TABLE = Path("hearth_server/fhir/tables/guides/own") / SEARCH_DEFINITIONS
"""Where the server looks for them in its bundle."""


class ParameterError(Exception):
    """A search parameter that cannot be served; the message says why in one line."""


def compiled(root: Path) -> bytes | None:
    """Return the table of the project's own parameters, None if it has none.

    Raises ParameterError for the first that cannot be served as it is.
    """
    read = dict(_read(root))
    if not read:
        return None
    _check_names(read)
    made = lowered_all(read.values(), release())
    if made.skipped:
        files = {each.get("url"): path for path, each in read.items()}
        url = made.skipped[0].split(",")[0].split(": ")[0]
        raise ParameterError(f"{files.get(url, FOLDER)}: {made.skipped[0]}")
    return msgspec.json.encode(made.definitions, order="deterministic")


def _read(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each file and the resource in it."""
    for path in sorted((root / FOLDER).glob("*.json")):
        name = f"{FOLDER}/{path.name}"
        try:
            resource = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise ParameterError(f"{name} is no JSON object: {error}") from None
        if resource.get("resourceType") != "SearchParameter":
            raise ParameterError(f"{name} holds no SearchParameter")
        for element in ("url", "code", "type", "expression"):
            if not isinstance(resource.get(element), str):
                raise ParameterError(f"{name} has no {element}, or one that is no text")
        base = resource.get("base")
        if not isinstance(base, list) or not all(isinstance(each, str) for each in base):
            raise ParameterError(f"{name} has no base, or one that is no list of texts")
        yield name, resource


def _check_names(read: dict[str, dict[str, Any]]) -> None:
    """Raise ParameterError for a name that means something else already."""
    taken: dict[tuple[str, str], str] = {}
    urls: dict[str, str] = {}
    for path, resource in read.items():
        code, url = resource["code"], resource["url"]
        if url in urls:
            raise ParameterError(f"{path} has the url of {urls[url]}: {url}")
        urls[url] = path
        for base in resource["base"]:
            type = COMMON if base in EVERY_TYPE else base
            if code in definitions(type) or code in definitions(COMMON):
                raise ParameterError(f"{path}: {base} has a search parameter {code} already")
            if (type, code) in taken:
                raise ParameterError(f"{path} is {code} of {base}, as {taken[type, code]} is")
            taken[type, code] = path
