"""Which part of the server may import which, so that each can be read and replaced alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "lambda_src" / "hearth_server"
AWS = ("hearth_server.aws", "boto3", "botocore")
HTTP = ("hearth_server.rest", "hearth_server.interactions", "hearth_server.functions", "http")
FORBIDDEN = {
    # FHIR itself knows nothing of AWS, nor of what stores or finds its resources.
    "fhir": (*AWS, *HTTP, "hearth_server.store", "hearth_server.search"),
    "validation": (*AWS, *HTTP, "hearth_server.store", "hearth_server.search"),
    # Search and store know nothing of HTTP.
    "search": HTTP,
    "store": HTTP,
    "access": HTTP,
    # Only functions know Lambda's events.
    "rest": ("hearth_server.functions", *AWS),
    "interactions": ("hearth_server.functions", *AWS),
}
ALLOWED_ANYWHERE = {"hearth_server", "msgspec", "__future__"}
DRIVERS = {"psycopg", "opensearchpy"}
"""What an engine of search imports when, and only when, a stage uses it."""


def imports(file: Path) -> Iterator[str]:
    """Yield every module that `file` imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in packages)


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_imports_nothing_from_above_it(layer: str) -> None:
    found = {
        (file.relative_to(SERVER).as_posix(), module)
        for file in (SERVER / layer).rglob("*.py")
        for module in imports(file)
        if within(module, FORBIDDEN[layer])
    }

    assert found == set()


def test_the_server_needs_only_the_standard_library_and_msgspec() -> None:
    import sys

    known = sys.stdlib_module_names | ALLOWED_ANYWHERE | DRIVERS

    strangers = {
        (file.relative_to(SERVER).as_posix(), module)
        for file in SERVER.rglob("*.py")
        for module in imports(file)
        if module.split(".")[0] not in known
    }

    assert strangers == set()
