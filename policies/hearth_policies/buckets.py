"""Which bucket a separate configuration belongs to, in a preview too."""

from __future__ import annotations

from collections.abc import Sequence

from hearth_policies.resource import Known, Resource
from hearth_policies.rule import Passed, Violated

BUCKET_TYPES = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")


def buckets_with(
    resources: Sequence[Resource], types: Sequence[str], problem: str
) -> dict[str, Passed | Violated]:
    """Return, by URN, whether a resource of `types` refers to each bucket."""
    companions = [each for each in resources if each.type in types]
    answers: dict[str, Passed | Violated] = {}
    for bucket in resources:
        if bucket.type not in BUCKET_TYPES:
            continue
        found = any(_refers(each, "bucket", bucket) for each in companions)
        answers[bucket.urn] = Passed() if found else Violated(f"{bucket.name} {problem}")
    return answers


def _refers(companion: Resource, path: str, target: Resource) -> bool:
    """Whether the property comes from `target`, or holds its name where both are known."""
    if target.urn in companion.depends_on.get(path, ()):
        return True
    named = companion.read(path)
    return isinstance(named, Known) and named in (target.read("bucket"), target.read("id"))
