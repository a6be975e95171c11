"""HL7's public test cases, from Maven Central: fetched once into the cache folder.

https://github.com/FHIR/fhir-test-cases (Apache-2.0)
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from zipfile import ZipFile

from tests.services.requirement import missing

_VERSION = "1.7.69"
_SHA256 = "827a559099ae3297c3f96ab5749b419a24600d74b6a09e23620881a9c17df741"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
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
    cache_home = Path(os.environ.get("HEARTH_CACHE") or Path.home() / ".cache" / "hearth")
    folder = cache_home / "hl7-test-cases" / _SHA256[:16]
    if not folder.exists():
        maven = shutil.which("mvn")
        if maven is None:
            missing("HL7's test cases (needs Maven, once, to fetch them)")
        fetched = folder.with_name(f"{folder.name}.{os.getpid()}")
        artifact = f"org.hl7.fhir.testcases:fhir-test-cases:{_VERSION}"
        subprocess.run(
            [maven, "-B", "-q", _PLUGIN, f"-Dartifact={artifact}", f"-DoutputDirectory={fetched}"],
            check=True,
        )
        (jar,) = fetched.glob("*.jar")
        assert hashlib.sha256(jar.read_bytes()).hexdigest() == _SHA256
        try:
            fetched.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(fetched)
    (jar,) = folder.glob("*.jar")
    return jar
