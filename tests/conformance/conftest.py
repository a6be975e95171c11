"""One local stage for all the tests that use Hearth as its users do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.local_stage import LocalStage, running_stage, shared_data


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    with running_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture(scope="session")
def synthea_folder() -> Path:
    """Forty patients made by Synthea, one transaction each."""
    folder = shared_data()
    if folder is None or not (folder / "synthea").is_dir():
        pytest.skip("HEARTH_SHARED_DATA names no folder with synthea/ in it")
    return folder / "synthea"
