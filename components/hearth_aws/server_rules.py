"""What a stage tells the FHIR server itself, which reads it from its environment."""

import json
import string
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

from hearth_aws import inputs, required_profiles


class SearchConsistency(StrEnum):
    """When a search finds what was just written."""

    IMMEDIATE = "immediate"
    """At once: a write waits for its own index entry."""
    EVENTUAL = "eventual"
    """When the indexer has followed the stream, usually within seconds."""


class ValidationLevel(StrEnum):
    """How much of the standard a write must keep."""

    STRUCTURE = "structure"
    """Elements, types and cardinality."""
    FULL = "full"
    """Terminology and invariants too."""
    PROFILES = "profiles"
    """The profiles that a resource claims, too; those that are required count at every level."""


class ConditionalDelete(StrEnum):
    """How many resources a conditional delete may take."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class LogLevel(StrEnum):
    """The least severe line that functions log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ServerRules(TypedDict):
    """How the FHIR server behaves."""

    base_url: NotRequired[str]
    """The service base URL as clients know it, over {host}, {domain}, {api} and {stage} of a
    request. Default https://{domain}/{stage}."""
    further_base_urls: NotRequired[Sequence[str]]
    """More addresses as in base_url, under which references are to resources of this server too:
    a former domain, say. API Gateway's own is always one. Default none."""
    search_consistency: NotRequired[SearchConsistency]
    """When a search finds what was just written: immediate or eventual. Default eventual."""
    search_required: NotRequired[bool]
    """Whether a write that waits for its index entry is refused, with status 503, while the search
    engine is away; else it succeeds and is found once the engine is back. Needs immediate.
    Default false."""
    validation: NotRequired[ValidationLevel]
    """How much of the standard a write must keep: structure, full or profiles. Default full."""
    required_profiles: NotRequired[Mapping[str, Sequence[str]]]
    """Canonical URLs of the profiles that every resource of a type must follow, by resource type.
    Default none."""
    conditional_delete: NotRequired[ConditionalDelete]
    """How many resources a conditional delete may take: single or multiple. Default single."""
    expunge: NotRequired[bool]
    """Whether $expunge may remove what a resource said for good. Default false."""
    log_level: NotRequired[LogLevel]
    """Least severe line that is logged: debug, info, warning or error. Default info."""


BASE_URL = "https://{domain}/{stage}"
BASE_URL_MEANING = "an http(s) address over {host}, {domain}, {api} and {stage}"
_PLACEHOLDERS = {"host", "domain", "api", "stage"}


def is_base_url(value: str) -> bool:
    """Return whether `value` is an address that holds no other placeholder."""
    try:
        fields = {field for _, field, _, _ in string.Formatter().parse(value) if field is not None}
    except ValueError:
        return False
    whole = not any(each.isspace() for each in value)
    return value.startswith(("https://", "http://")) and whole and fields <= _PLACEHOLDERS


def resolve(args: Mapping[str, Any], name: str = "server") -> ServerRules:
    """Return every rule, checked, with defaults for what is not said. Raises InputError."""
    group = inputs.nested(name, args.get(name, {}), ServerRules)
    base_url = inputs.text(f"{name}.base_url", group.get("base_url", BASE_URL))
    if not is_base_url(base_url):
        problem = f"is {base_url!r}; allowed: {BASE_URL_MEANING}"
        raise inputs.InputError(f"{name}.base_url", problem)
    further = inputs.several(f"{name}.further_base_urls", group.get("further_base_urls", ()))
    for each in further:
        if not (isinstance(each, str) and is_base_url(each)):
            problem = f"holds {each!r}; allowed: {BASE_URL_MEANING}"
            raise inputs.InputError(f"{name}.further_base_urls", problem)
    consistency = inputs.choice(
        f"{name}.search_consistency",
        group.get("search_consistency", SearchConsistency.EVENTUAL),
        SearchConsistency,
    )
    required = inputs.flag(f"{name}.search_required", group.get("search_required", False))
    if required and consistency is not SearchConsistency.IMMEDIATE:
        raise inputs.InputError(f"{name}.search_required", "needs search_consistency immediate")
    return {
        "base_url": base_url,
        "further_base_urls": further,
        "search_consistency": consistency,
        "search_required": required,
        "validation": inputs.choice(
            f"{name}.validation", group.get("validation", ValidationLevel.FULL), ValidationLevel
        ),
        "required_profiles": required_profiles.resolve(
            f"{name}.required_profiles", group.get("required_profiles", {})
        ),
        "conditional_delete": inputs.choice(
            f"{name}.conditional_delete",
            group.get("conditional_delete", ConditionalDelete.SINGLE),
            ConditionalDelete,
        ),
        "expunge": inputs.flag(f"{name}.expunge", group.get("expunge", False)),
        "log_level": inputs.choice(
            f"{name}.log_level", group.get("log_level", LogLevel.INFO), LogLevel
        ),
    }


def variables(rules: ServerRules) -> dict[str, str]:
    """Return the environment that tells the server these rules."""
    return {
        "HEARTH_BASE_URL": rules["base_url"],
        "HEARTH_FURTHER_BASE_URLS": " ".join(rules["further_base_urls"]),
        "HEARTH_SEARCH_CONSISTENCY": rules["search_consistency"].value,
        "HEARTH_SEARCH_REQUIRED": "on" if rules["search_required"] else "off",
        "HEARTH_VALIDATION": rules["validation"].value,
        "HEARTH_REQUIRED_PROFILES": json.dumps(rules["required_profiles"], sort_keys=True),
        "HEARTH_CONDITIONAL_DELETE": rules["conditional_delete"].value,
        "HEARTH_EXPUNGE": "on" if rules["expunge"] else "off",
        "HEARTH_LOG_LEVEL": rules["log_level"].value,
    }
