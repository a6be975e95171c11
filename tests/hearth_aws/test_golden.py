"""What a stage deploys and what other languages see change only on purpose.

Write the files again with `python -m tests.hearth_aws.regenerate`, and read the difference.
"""

from __future__ import annotations

import pytest

from tests.hearth_aws.graph import STAGES
from tests.hearth_aws.regenerate import FOLDER, schema_text, stage_text


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_deploys_what_it_deployed(stage: str) -> None:
    assert stage_text(stage) == FOLDER.joinpath(f"{stage}.json").read_text(encoding="utf-8")


def test_other_languages_see_the_same_components() -> None:
    assert schema_text() == FOLDER.joinpath("schema.json").read_text(encoding="utf-8")
