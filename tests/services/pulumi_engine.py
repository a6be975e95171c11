"""The real Pulumi engine, built from its Go module as `tools/pulumi/go.mod` pins it.

It is built once into the cache folder, keyed by the hash of `go.sum`: 6.5 minutes cold, and
the same bytes each time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.services import fetched
from tests.services.requirement import missing

VERSION = "v3.230.0"

_MODULE = Path(__file__).parents[2] / "tools" / "pulumi"
_SDK = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


def pulumi_engine() -> Path:
    """Return the `pulumi` binary, built if need be; skip the test where Go is missing."""
    digest = fetched.key_of(_MODULE / "go.sum")
    binary = fetched.home() / "pulumi" / digest / "pulumi"
    if not binary.exists():
        go = shutil.which("go")
        if go is None:
            missing("the real Pulumi engine (needs Go to build it once)")
        _build(go, binary)
    return binary


def _build(go: str, binary: Path) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    made = binary.with_suffix(f".{os.getpid()}")  # so that no half-written file is ever found
    subprocess.run(
        [go, "build", "-mod=readonly", "-trimpath",
         "-ldflags", f"-s -w -X {_SDK}={VERSION}",
         "-o", str(made), "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
        cwd=_MODULE, check=True,
    )  # fmt: skip
    made.rename(binary)
