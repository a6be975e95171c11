"""Every rule, asked through the real pack over Pulumi's analyzer protocol."""

from __future__ import annotations

import pytest
from hearth_cli.check.pack import PolicyPackProcess
from hearth_policies.pack import RULES, control_titles
from hearth_policies.rule import Rule

from tests.hearth_policies.cases import CASES, PASSED, UNDECIDED, Case
from tests.hearth_policies.pack import PROGRAM, UNKNOWN, findings_of, resource

NEVER_UNDECIDED = {"function-environment-key"}
"""Rules that ask only whether something is set, which a preview always knows."""
BUCKET = "aws:s3/bucket:Bucket"
COMPANIONS = {
    "bucket-has-encryption": "aws:s3/bucketServerSideEncryptionConfiguration:"
    "BucketServerSideEncryptionConfiguration",
    "bucket-has-policy": "aws:s3/bucketPolicy:BucketPolicy",
    "bucket-has-versioning": "aws:s3/bucketVersioning:BucketVersioning",
}


@pytest.mark.parametrize(
    "case", [pytest.param(each, id=f"{each.rule}: {each.id}") for each in CASES]
)
def test_a_rule_tells_broken_from_kept_from_unknown(pack: PolicyPackProcess, case: Case) -> None:
    found = findings_of(pack, case.rule, resource(case.type, case.inputs), region=case.region)

    said = [UNDECIDED if each.undecided else each.text for each in found]
    assert said == ([] if case.expected == PASSED else [case.expected])


@pytest.mark.parametrize("rule", COMPANIONS)
def test_a_bucket_without_its_companion_is_named(pack: PolicyPackProcess, rule: str) -> None:
    bucket = resource(BUCKET, {}, name="bare")

    (found,) = findings_of(pack, rule, bucket)

    assert found.urn == bucket.urn
    assert found.text.startswith("bare has no")
    assert not found.undecided


@pytest.mark.parametrize("rule", COMPANIONS)
def test_a_companion_counts_before_the_bucket_has_a_name(
    pack: PolicyPackProcess, rule: str
) -> None:
    bucket = resource(BUCKET, {})
    companion = resource(
        COMPANIONS[rule], {"bucket": UNKNOWN}, name="companion", comes_from={"bucket": [bucket.urn]}
    )

    assert findings_of(pack, rule, bucket, companion) == []


@pytest.mark.parametrize("rule", COMPANIONS)
def test_another_bucket_s_companion_does_not_count(pack: PolicyPackProcess, rule: str) -> None:
    bucket = resource(BUCKET, {"bucket": "mine"})
    companion = resource(COMPANIONS[rule], {"bucket": "other"}, name="companion")

    assert [each.urn for each in findings_of(pack, rule, bucket, companion)] == [bucket.urn]


def test_no_region_is_allowed_until_the_stage_names_one() -> None:
    with PolicyPackProcess(PROGRAM, {}) as unset:
        (found,) = findings_of(unset, "region-pinned", resource("aws:sqs/queue:Queue", {}))

    assert found.text.startswith("no regions are allowed")


def test_an_exception_with_a_reason_silences_one_resource_and_no_other() -> None:
    settings = {
        "key-rotation": {"exceptions": {"kept": "it signs"}},
        "bucket-has-policy": {"exceptions": {"kept": "it is public"}},
    }
    with PolicyPackProcess(PROGRAM, settings) as excepting:
        keys = [resource("aws:kms/key:Key", {}, name=name) for name in ("kept", "other")]
        buckets = [resource(BUCKET, {}, name=name) for name in ("kept", "other")]

        found = findings_of(excepting, "key-rotation", *keys)
        found += findings_of(excepting, "bucket-has-policy", *buckets)

    assert [each.urn for each in found] == [keys[1].urn, buckets[1].urn]


def test_every_rule_has_a_case_of_each_kind() -> None:
    for rule in RULES:
        if not isinstance(rule, Rule):
            assert rule.name in COMPANIONS
            continue
        kinds = {each.expected if each.expected in (PASSED, UNDECIDED) else "violated"
                 for each in CASES if each.rule == rule.name}  # fmt: skip
        wanted = {PASSED, "violated"}
        if rule.name not in NEVER_UNDECIDED:
            wanted.add(UNDECIDED)
        assert kinds == wanted, rule.name


def test_rules_and_controls_name_each_other() -> None:
    used = {control for rule in RULES for control in rule.controls}

    assert used == set(control_titles())


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in RULES]

    assert sorted(set(names)) == sorted(names)
