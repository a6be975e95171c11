"""Times the local stage as its user meets it: up, up again, the function's import, load, check.

Run by `make bench`. HEARTH_SHARED_DATA may name a folder with `synthea/` to load.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.services.local_stage import LocalStage, copy_project, shared_data

HEAVY = ("pydantic", "fhir", "fastapi", "grpc", "pulumi", "boto3", "botocore")
IMPORT = """
import sys, time
started = time.perf_counter()
import hearth_server.functions.api
seconds = time.perf_counter() - started
print(seconds, len(sys.modules), *[name for name in %r if name in sys.modules])
"""


def timed(call: Callable[[], object]) -> float:
    """Return the seconds that `call` takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def show(name: str, seconds: float, limit: float | None = None) -> None:
    """Print one figure, and the limit that it is held against."""
    print(f"{name:<58} {seconds:8.2f} s" + (f"   (limit {limit:g} s)" if limit else ""))


def starts(stage: LocalStage) -> None:
    """Print how long the stage takes to come up, and to come up again."""

    def first_answer() -> None:
        stage.up()
        assert stage.call("GET", "Patient/none").status == 404

    show("installed to the first answered authenticated request", timed(first_answer), 15)
    stage.down()
    show("hearth up again, nothing changed", timed(stage.up), 6)


def import_of_api(root: Path) -> None:
    """Print what a cold start pays before the first line of the handler runs."""
    bundle = root / "build" / "lambda" / "local"
    runs = []
    for _ in range(5):
        ended = subprocess.run(
            [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(bundle)!r})"
             + IMPORT % (HEAVY,)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds, modules, *heavy = ended.stdout.split()
        runs.append(float(seconds))
    show("import hearth_server.functions.api, best of 5", min(runs), 0.4)
    print(f"  {modules} modules, of the heavy ones: {', '.join(heavy) or 'none'}")


def loading(stage: LocalStage) -> None:
    """Print how fast forty Synthea patients load, and what `hearth load` needs for it."""
    data = shared_data()
    if data is None:
        print("HEARTH_SHARED_DATA is not set: loading is not measured")
        return
    answer = json.loads(stage.hearth("load", str(data / "synthea"), "--json").stdout)
    rate = answer["storedTotal"] / answer["seconds"]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"hearth load: {answer['storedTotal']} resources, {len(answer['failed'])} failed, "
        f"{rate:.0f}/s (at least 300), peak memory of any child {peak:.0f} MB (limit 200)"
    )


def main() -> None:
    """Measure everything in a copy of the project."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        stage = LocalStage(copy_project(Path(folder)))
        try:
            starts(stage)
            import_of_api(stage.root)
            loading(stage)
        finally:
            stage.hearth("down", "--destroy", "--yes", check=False)
        for name in ("local", "dev", "prod"):
            show(
                f"hearth check --stage {name}",
                timed(lambda name=name: stage.hearth("check", "--stage", name)),
                5,
            )


if __name__ == "__main__":
    main()
