"""What `preview` records of a program, without any provider."""

from __future__ import annotations

from pathlib import Path

import pytest
from hearth_local.engine import wire
from hearth_local.engine.program import ProgramFailed
from hearth_local.engine.recording import (
    RegisteredResource,
    preview,
    preview_both,
    preview_source,
)

_COMPONENT = """
import pulumi
import pulumi_aws as aws

class Store(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("hearth:index:Store", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(f"{name}-key", deletion_window_in_days=30, opts=child)
        table = aws.dynamodb.Table(
            name,
            hash_key="pk",
            attributes=[{"name": "pk", "type": "S"}],
            server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
            opts=child,
        )
        self.register_outputs({"arn": table.arn})
        self.arn = table.arn

store = Store("records", opts=pulumi.ResourceOptions(protect=True, retain_on_delete=True))
pulumi.export("arn", store.arn)
pulumi.export("password", pulumi.Output.secret("hunter2"))
"""
_STORE = "urn:pulumi:dev::hearth::hearth:index:Store"


def _by_urn(resources: list[RegisteredResource]) -> dict[str, RegisteredResource]:
    return {each.urn: each for each in resources}


def test_a_preview_leaves_outputs_unknown_and_keeps_secrets_marked() -> None:
    resources = _by_urn(preview_source(_COMPONENT))

    assert list(resources) == [
        "urn:pulumi:dev::hearth::pulumi:pulumi:Stack::hearth-dev",
        f"{_STORE}$aws:dynamodb/table:Table::records",
        f"{_STORE}$aws:kms/key:Key::records-key",
        f"{_STORE}::records",
        "urn:pulumi:dev::hearth::pulumi:providers:aws::default_7_51_1",
    ]
    table = resources[f"{_STORE}$aws:dynamodb/table:Table::records"]
    assert table.inputs == {
        "hashKey": "pk",
        "attributes": [{"name": "pk", "type": "S"}],
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": wire.UNKNOWN},
    }
    assert table.property_dependencies["serverSideEncryption"] == (
        f"{_STORE}$aws:kms/key:Key::records-key",
    )
    assert table.parent == f"{_STORE}::records"
    assert table.provider == "urn:pulumi:dev::hearth::pulumi:providers:aws::default_7_51_1"
    assert resources["urn:pulumi:dev::hearth::pulumi:pulumi:Stack::hearth-dev"].outputs == {
        "arn": wire.UNKNOWN,
        "password": wire.secret("hunter2"),
    }


def test_children_inherit_protection_and_retention() -> None:
    resources = _by_urn(preview_source(_COMPONENT))

    key = resources[f"{_STORE}$aws:kms/key:Key::records-key"]
    assert (key.options.protect, key.options.retain_on_delete) == (True, True)


def test_known_values_flow_from_resource_to_resource() -> None:
    resources = _by_urn(preview_source(_COMPONENT, known=True))

    key = resources[f"{_STORE}$aws:kms/key:Key::records-key"]
    table = resources[f"{_STORE}$aws:dynamodb/table:Table::records"]
    assert str(key.outputs["arn"]).startswith("arn:aws:kms:eu-central-1:123456789012:key/")
    assert table.inputs["serverSideEncryption"] == {
        "enabled": True,
        "kmsKeyArn": key.outputs["arn"],
    }


def test_a_provider_of_the_program_serves_its_resources_in_its_own_region() -> None:
    resources = preview_source(
        "import pulumi, pulumi_aws as aws\n"
        "far = aws.Provider('far', region='us-gov-west-1')\n"
        "aws.s3.Bucket('b', opts=pulumi.ResourceOptions(provider=far))\n"
        "aws.sqs.Queue('q', opts=pulumi.ResourceOptions(provider=far))\n",
        known=True,
    )

    by_name = {each.name: each for each in resources}
    assert by_name["b"].provider == "urn:pulumi:dev::hearth::pulumi:providers:aws::far"
    assert str(by_name["q"].outputs["arn"]).startswith("arn:aws-us-gov:sqs:us-gov-west-1:")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "raise ValueError('no\\nsuch')", "ValueError: no such (__main__.py:1)", id="raise"
        ),
        pytest.param("x = = 1", "invalid syntax (__main__.py:1)", id="syntax"),
        pytest.param("import sys; sys.exit('stop')", "the program ended itself: stop", id="exit"),
        pytest.param(
            "import pulumi_aws as a\na.s3.Bucket('b')\na.s3.Bucket('b')",
            "urn:pulumi:dev::hearth::aws:s3/bucket:Bucket::b: is registered twice; "
            "give one of the two another name",
            id="duplicate",
        ),
        pytest.param("import pulumi; pulumi.log.error('bad')", "bad", id="logged"),
    ],
)
def test_a_program_that_fails_is_one_clear_line(source: str, expected: str) -> None:
    with pytest.raises(ProgramFailed) as failure:
        preview_source(source)

    assert expected in str(failure.value)
    assert "\n" not in str(failure.value)


def _project(folder: Path, source: str) -> Path:
    folder.joinpath("__main__.py").write_text(source, encoding="utf-8")
    folder.joinpath("Pulumi.yaml").write_text("name: hearth\nruntime: python\n", "utf-8")
    folder.joinpath("Pulumi.dev.yaml").write_text("config: {aws:region: eu-central-1}\n", "utf-8")
    return folder


def test_what_a_package_tells_its_caller_is_told_with_the_caller_s_line(tmp_path: Path) -> None:
    root = _project(tmp_path, "import wards\n\nwards.open_one('')\n")
    (tmp_path / "wards").mkdir()
    (tmp_path / "wards" / "__init__.py").write_text(
        "import pulumi\n\ndef open_one(name):\n    raise pulumi.RunError('name is empty')\n"
    )

    with pytest.raises(ProgramFailed, match=r"^name is empty \(__main__.py:3\)$"):
        preview(root, "dev")


def test_both_previews_at_once_tell_what_each_tells_alone(tmp_path: Path) -> None:
    root = _project(tmp_path, _COMPONENT)

    unknown, known = preview_both(root, "dev", preload=["pulumi_aws", "not_there"])

    assert unknown == preview(root, "dev")
    assert known == preview(root, "dev", known=True)


def test_a_program_that_fails_in_one_of_both_previews_is_told_once(tmp_path: Path) -> None:
    root = _project(
        tmp_path, "import pulumi\nif not pulumi.runtime.is_dry_run():\n    raise ValueError('no')\n"
    )

    with pytest.raises(ProgramFailed, match=r"^ValueError: no \(__main__.py:3\)$"):
        preview_both(root, "dev")
