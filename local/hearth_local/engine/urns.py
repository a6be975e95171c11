"""Pulumi's resource names: `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`.

https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
"""

from __future__ import annotations

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


def create(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return the URN of a resource; `parent` is a URN, or empty for a root resource."""
    qualified = type_
    if parent and type_of(parent) != STACK_TYPE:
        qualified = f"{qualified_type(parent)}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type(urn: str) -> str:
    """Return the type of a resource with its parents' types before it."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """Return the type of a resource, such as `aws:s3/bucket:Bucket`."""
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """Return the name that the program gave the resource."""
    return urn.split("::", 3)[3]


def package_of(type_: str) -> str:
    """Return the package that serves a type: `aws` of `aws:s3/bucket:Bucket`."""
    if type_.startswith(PROVIDER_PREFIX):
        return type_.removeprefix(PROVIDER_PREFIX)
    return type_.split(":", 1)[0]


def is_provider(type_: str) -> bool:
    """Say whether the resource is itself a provider."""
    return type_.startswith(PROVIDER_PREFIX)
