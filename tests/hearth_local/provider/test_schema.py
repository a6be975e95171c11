"""The table of properties."""

from __future__ import annotations

import pytest
from hearth_aws_schema.table import schema_text
from hearth_local.provider.registry import UnknownTypeError, resource_type, resource_types
from hearth_local.provider.schema import CONFIGURATION, TABLE, inner_shape, resource_shape


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_table_is_what_pulumi_aws_says() -> None:
    """`python -m hearth_aws_schema` writes it."""
    assert TABLE.read_text() == schema_text([*sorted(resource_types()), CONFIGURATION])


def test_a_shape_has_inputs_and_what_aws_decides() -> None:
    """Nested shapes too."""
    table = resource_shape("aws:dynamodb/table:Table")
    assert table.properties["globalSecondaryIndexes"] == (
        "list:#dynamodb/TableGlobalSecondaryIndex"
    )
    assert table.computed == {"arn", "streamArn", "streamLabel", "tagsAll"}
    assert inner_shape("dynamodb/TableAttribute").required == {"name", "type"}


def test_what_forces_a_new_resource_is_an_input() -> None:
    """A misspelt one would never be seen."""
    for kind in resource_types().values():
        names = {rule.split(".")[0] for rule in kind.replace_on}
        assert names <= kind.shape.properties.keys(), kind.pulumi_type
        assert kind.secrets <= kind.shape.properties.keys() | kind.shape.computed


def test_an_unknown_type_is_named() -> None:
    """Never skipped."""
    with pytest.raises(UnknownTypeError, match="aws:ivs/channel:Channel"):
        resource_type("aws:ivs/channel:Channel")
