"""Issues with the line and the column of what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from hearth_server.errors import Issue
from hearth_server.fhir import positions

MAX_LOCATED = 1_000_000
"""The size in bytes up to which a text is searched: more than half a second for each megabyte."""

ANY_TYPE = "Resource"
"""How an expression starts where the resource names no type that there is."""

_RESOURCE = re.compile(rb'"resourceType"\s*:')


class Located:
    """A well-formed JSON text, in which what issues are about is looked up."""

    def __init__(self, text: bytes, largest: int = MAX_LOCATED) -> None:
        self._text = text
        self._largest = largest
        self._outline: positions.Place | None = None

    def of(self, issues: Iterable[Issue], within: str = "", first_line: int = 1) -> list[Issue]:
        """Return the issues with the places of those that have none.

        `within` is the path of the resource in the text, where it is not the whole:
        `Parameters.parameter[0].resource`. `first_line` is the line of its file in which the text
        starts. An issue about something that is not in the text is left as it is.
        """
        return [self._placed(issue, within, first_line) for issue in issues]

    def _placed(self, issue: Issue, within: str, first_line: int) -> Issue:
        if issue.line is not None:
            return replace(issue, line=issue.line + first_line - 1)
        head, dot, rest = (issue.expression or "").partition(".")
        resource = within or head
        if not head[:1].isupper() or not self._is_of(head, resource):
            return issue
        offset = positions.find(self._outlined(), f"{resource}{dot}{rest}")
        line, column = positions.line_and_column(self._text, offset)
        return replace(issue, line=line + first_line - 1, column=column)

    def _is_of(self, head: str, resource: str) -> bool:
        """Whether the text can be searched, and its resource is of the type that is spoken of."""
        if len(self._text) > self._largest:
            return False
        if head == ANY_TYPE:
            return True
        if not _RESOURCE.search(self._text):
            return False
        offset = positions.find(self._outlined(), f"{resource}.resourceType")
        return self._text.startswith(f'"{head}"'.encode(), offset)

    def _outlined(self) -> positions.Place:
        if self._outline is None:
            self._outline = positions.outline(self._text)
        return self._outline


def located(issues: Iterable[Issue], text: bytes, first_line: int = 1) -> list[Issue]:
    """Return the issues of a resource with their places in its JSON text."""
    return Located(text).of(issues, first_line=first_line)
