"""What a program registers, to be asked by type and name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hearth_local.engine.recording import RegisteredResource, preview_both, preview_source

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""

STAGES = ("dev", "local", "prod")


@dataclass(frozen=True)
class Graph:
    """The resources of one run."""

    resources: tuple[RegisteredResource, ...]

    def __iter__(self) -> Iterator[RegisteredResource]:
        return iter(self.resources)

    def all(self, type_: str) -> list[RegisteredResource]:
        """Return the resources of a type, such as `s3/bucket:Bucket`, in the order of names."""
        token = type_ if type_.startswith(("hearth:", "pulumi:")) else f"aws:{type_}"
        found = [each for each in self.resources if each.type == token]
        return sorted(found, key=lambda each: each.name)

    def one(self, type_: str, name: str | None = None) -> RegisteredResource:
        """Return the only resource of a type, or the one of that name."""
        found = [each for each in self.all(type_) if name in (None, each.name)]
        assert len(found) == 1, f"{len(found)} of {type_} {name or ''}"
        return found[0]

    def inputs(self, type_: str, name: str | None = None) -> Any:
        """Return the inputs of that resource."""
        return self.one(type_, name).inputs

    def statements(self, type_: str, name: str | None = None, key: str = "policy") -> Any:
        """Return the statements of a policy that the resource holds as text, by Sid."""
        document = json.loads(self.inputs(type_, name)[key])
        assert document["Version"] == "2012-10-17"
        return {each.pop("Sid", ""): each for each in document["Statement"]}

    def children(self, parent: RegisteredResource) -> list[tuple[str, str]]:
        """Return type and name of what stands right below a resource."""
        found = [(each.type, each.name) for each in self.resources if each.parent == parent.urn]
        return sorted(found, key=lambda child: (child[0].startswith("aws:"), *child))


def program(stage: str, *, known: bool, region: str = "") -> Graph:
    """Return what the project's own program registers for a stage, run once per test run."""
    return _preview_and_update(stage, region)[known]


@cache
def _preview_and_update(stage: str, region: str) -> tuple[Graph, Graph]:
    """Return both from one process: what it imports takes most of its time."""
    config = {"hearth:bundle": str(ROOT / "lambda_src")} | (
        {"aws:region": region} if region else {}
    )
    unknown, known = preview_both(ROOT, stage, config=config, preload=["hearth_aws"])
    return Graph(tuple(unknown)), Graph(tuple(known))


@cache
def source(text: str, *, known: bool, region: str = "eu-central-1") -> Graph:
    """Return what a program given as text registers."""
    return Graph(tuple(preview_source(text, {"aws:region": region}, known=known)))


def own(resource: RegisteredResource) -> Any:
    """Return the inputs without the tags, which a test of their own looks at."""
    return {key: value for key, value in resource.inputs.items() if key != "tags"}
