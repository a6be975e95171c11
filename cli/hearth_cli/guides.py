"""Implementation Guide packages: read from an npm archive, compiled, and put in their place."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from hearth_server.errors import Malformed
from hearth_server.fhir import json as fhir_json
from hearth_server.fhir.definitions import release
from hearth_server.search.definitions import SEARCH_DEFINITIONS
from hearth_server.search.lowered import lowered_all
from hearth_server.validation.profiles.guides import Guide, compile_guide

from hearth_cli.errors import CommandError

LARGEST = 100_000_000
"""Bytes that one file of a package may have."""

TABLES = Path("lambda_src/hearth_server/fhir/tables/guides")
"""Where a project keeps the tables: they go into the bundle with the rest of the server."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A guide that a project has."""

    name: str
    version: str
    title: str
    folder: Path
    counts: Mapping[str, int]
    """How many profiles, value sets, code systems, search parameters it has."""


def add_guide(root: Path, archive: Path) -> tuple[Installed, Guide]:
    """Compile a package into the project's tables. Raises CommandError; then nothing changed."""
    package, resources = read_package(archive)
    versions = package.get("fhirVersions") or package.get("fhir-version-list") or []
    own = release().version
    if own not in versions:
        raise CommandError(
            f"{archive.name} is for FHIR {', '.join(map(str, versions)) or 'of no version'}; "
            f"this server speaks {own}"
        )
    others = [each.folder for each in guides(root) if each.name != package["name"]]
    guide = compile_guide(package, resources, others)
    parameters = lowered_all(_parameters(resources), release())
    searched = {SEARCH_DEFINITIONS: msgspec.to_builtins(parameters.definitions)}
    guide = Guide({**guide.tables, **searched}, [*guide.skipped, *parameters.skipped])
    folder = root / TABLES / f"{package['name']}-{package['version']}"
    _write(folder, guide.tables)
    return _installed(folder), guide


def guides(root: Path) -> list[Installed]:
    """Return the guides that a project has, by name."""
    return [_installed(path.parent) for path in sorted((root / TABLES).glob("*/guide.json"))]


def read_package(archive: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a package's package.json and its conformance resources. Raises CommandError."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            files = dict(_files(tar))
    except FileNotFoundError:
        raise CommandError(f"{archive} does not exist") from None
    except (OSError, tarfile.TarError, EOFError) as error:
        raise CommandError(f"{archive} is no package of an Implementation Guide: {error}") from None
    package = files.pop("package.json", None)
    if package is None or "name" not in package or "version" not in package:
        raise CommandError(f"{archive} has no package/package.json with a name and a version")
    return package, [files[name] for name in sorted(files) if "resourceType" in files[name]]


def _parameters(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in resources if each["resourceType"] == "SearchParameter"]


def _files(tar: tarfile.TarFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for member in tar:
        folder, _, name = member.name.rpartition("/")
        if folder != "package" or not name.endswith(".json") or not member.isfile():
            continue
        if name.startswith("."):
            continue
        if member.size > LARGEST:
            raise CommandError(f"{member.name} has {member.size} bytes; that is too large")
        file = tar.extractfile(member)
        assert file is not None
        try:
            content = fhir_json.parse(file.read())
        except Malformed as error:
            raise CommandError(f"{member.name}: {error}") from None
        if isinstance(content, dict):
            yield name, content


def _write(folder: Path, tables: Mapping[str, Any]) -> None:
    """Write the tables beside their place, then put them there at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = folder.with_name(f".{folder.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for path, content in tables.items():
        (scratch / path).write_bytes(fhir_json.encode(content) + b"\n")
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)


def _installed(folder: Path) -> Installed:
    about = msgspec.json.decode((folder / "guide.json").read_bytes())
    counts = {
        "profiles": "profiles.json",
        "value sets": "value_sets.json",
        "code systems": "code_systems.json",
        "search parameters": "search_parameters.json",
    }
    return Installed(
        about["name"],
        about["version"],
        about["title"],
        folder,
        {
            name: len(msgspec.json.decode((folder / path).read_bytes()))
            for name, path in counts.items()
        },
    )
