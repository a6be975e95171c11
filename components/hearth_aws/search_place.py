"""Where a search engine is, and what gets a function in: the same to know of each engine."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class SearchPlace:
    """What others need to know of an engine."""

    location: pulumi.Output[str]
    access_statements: pulumi.Output[str]
    """IAM statements as a JSON list."""
