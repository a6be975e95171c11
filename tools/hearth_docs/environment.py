"""The page of the functions' environment variables, from the settings that are parsed of them."""

from __future__ import annotations

import ast
import inspect

from hearth_server import settings


def page() -> str:
    """Return the page in Markdown."""
    tree = ast.parse(inspect.getsource(settings.Settings))
    (declared,) = tree.body
    assert isinstance(declared, ast.ClassDef)
    lines = [
        "# Environment variables of the functions",
        "",
        "Made from `hearth_server/settings.py` by `make docs`. The components set them; nothing",
        "else reads the environment.",
        "",
        "| setting | |",
        "|---|---|",
    ]
    for field, text in zip(declared.body, declared.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(text, ast.Expr), f"{field.target.id} has no docstring"
            assert isinstance(text.value, ast.Constant)
            lines.append(f"| `{field.target.id}` | {' '.join(str(text.value.value).split())} |")
    return "\n".join([*lines, ""])
