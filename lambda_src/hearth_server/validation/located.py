"""Issues with the line and the column of what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hearth_server.errors import Issue
from hearth_server.fhir import positions

MAX_LOCATED = 1_000_000
"""The size in bytes up to which a text is searched: a second for each megabyte."""


def located(issues: Iterable[Issue], text: bytes, first_line: int = 1) -> list[Issue]:
    """Return the issues of a resource with their places in its JSON text.

    `first_line` is the line of its file in which the text starts.
    """
    issues = list(issues)
    if not issues or len(text) > MAX_LOCATED:
        return issues
    outline = positions.outline(text)
    found = []
    for issue in issues:
        if issue.expression is not None and issue.line is None:
            offset = positions.find(outline, issue.expression)
            line, column = positions.line_and_column(text, offset)
            issue = replace(issue, line=line, column=column)
        if issue.line is not None:
            issue = replace(issue, line=issue.line + first_line - 1)
        found.append(issue)
    return found
