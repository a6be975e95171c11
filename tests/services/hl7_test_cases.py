"""HL7's public test cases, from Maven Central: fetched once into the cache folder.

https://github.com/FHIR/fhir-test-cases (Apache-2.0)
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from zipfile import ZipFile

from tests.services import fetched

_VERSION = "1.7.69"
_SHA256 = "827a559099ae3297c3f96ab5749b419a24600d74b6a09e23620881a9c17df741"
_ROOT = "org/hl7/fhir/testcases/"


def read(path: str) -> bytes:
    """Return one file, such as `r4/patient-example.xml`; skip the test where Maven is missing."""
    return _archive().read(_ROOT + path)


@cache
def _archive() -> ZipFile:
    """Return the open archive: its table of contents takes a tenth of a second to read."""
    return ZipFile(_jar())


@cache
def _jar() -> Path:
    (jar,) = fetched.folder("hl7-test-cases", _SHA256[:16], _fetch).glob("*.jar")
    return jar


def _fetch(target: Path) -> None:
    artifact = f"org.hl7.fhir.testcases:fhir-test-cases:{_VERSION}"
    fetched.copy_artifact(artifact, target, "HL7's test cases")
    (jar,) = target.glob("*.jar")
    assert hashlib.sha256(jar.read_bytes()).hexdigest() == _SHA256
