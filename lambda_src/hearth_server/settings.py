"""Every environment variable that the functions read, parsed once.

`hearth_aws` sets them; a stage that sets one wrong fails at start, not at the first request.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import msgspec

SearchEngineName = Literal["none", "sqlite", "postgresql", "opensearch"]
SearchConsistency = Literal["immediate", "eventual"]
ValidationLevel = Literal["structure", "full", "profiles"]
ConditionalDelete = Literal["single", "multiple"]
Switch = Literal["on", "off"]


class SettingError(Exception):
    """An environment variable that is missing or wrong. Names it and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a stage tells its functions."""

    resources_table: str
    """HEARTH_RESOURCES_TABLE: the DynamoDB table of records."""
    bodies_bucket: str
    """HEARTH_BODIES_BUCKET: the S3 bucket of bodies too large for an item."""
    search_engine: SearchEngineName
    """HEARTH_SEARCH_ENGINE."""
    search_location: str
    """HEARTH_SEARCH_LOCATION: a file for `sqlite`, an address for `postgresql`, for `opensearch`
    https://HOST[/NAME] (http:// for 127.0.0.1 only)."""
    search_consistency: SearchConsistency
    """HEARTH_SEARCH_CONSISTENCY: whether a request waits for its own index entry."""
    base_url: str
    """HEARTH_BASE_URL: a template of the service base URL over {host}, {domain}, {api}, {stage}."""
    region: str
    """AWS_REGION, which Lambda sets."""
    url_suffix: str
    """HEARTH_AWS_URL_SUFFIX: the DNS suffix of the partition, such as amazonaws.com."""
    log_level: str
    """HEARTH_LOG_LEVEL: debug, info, warning or error."""
    version: str
    """HEARTH_VERSION: the version of Hearth, for the CapabilityStatement."""
    validation: ValidationLevel = "full"
    """HEARTH_VALIDATION: how much of the standard a write must keep."""
    conditional_delete: ConditionalDelete = "single"
    """HEARTH_CONDITIONAL_DELETE: whether a conditional delete may take several resources."""
    expunge: bool = False
    """HEARTH_EXPUNGE: `on` where `$expunge` is served to those who have the right."""
    failed_records_bucket: str = ""
    """HEARTH_FAILED_RECORDS_BUCKET: the S3 bucket of stream records that could not be indexed."""
    search_required: bool = False
    """HEARTH_SEARCH_REQUIRED: `on` where a write that waits for its index entry is refused while
    the search engine is away."""
    further_base_urls: tuple[str, ...] = ()
    """HEARTH_FURTHER_BASE_URLS: more templates as in HEARTH_BASE_URL, with spaces between, under
    which references are to resources of this server too."""
    required_profiles: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    """HEARTH_REQUIRED_PROFILES: a JSON object of resource types, each with the URLs of the
    profiles that all its resources must follow."""

    @property
    def base_urls(self) -> tuple[str, ...]:
        """Templates of all base URLs, API Gateway's own included; answers name the first."""
        own = f"https://{{api}}.execute-api.{self.region}.{self.url_suffix}/{{stage}}"
        return (self.base_url, *self.further_base_urls, own)


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment holds. Raises SettingError."""
    env = os.environ if environment is None else environment
    return Settings(
        resources_table=_required(env, "HEARTH_RESOURCES_TABLE"),
        bodies_bucket=_required(env, "HEARTH_BODIES_BUCKET"),
        search_engine=_choice(env, "HEARTH_SEARCH_ENGINE", SearchEngineName, "none"),
        search_location=env.get("HEARTH_SEARCH_LOCATION", ""),
        search_consistency=_choice(
            env, "HEARTH_SEARCH_CONSISTENCY", SearchConsistency, "immediate"
        ),
        base_url=env.get("HEARTH_BASE_URL", "https://{domain}/{stage}"),
        region=_required(env, "AWS_REGION"),
        url_suffix=env.get("HEARTH_AWS_URL_SUFFIX", "amazonaws.com"),
        log_level=env.get("HEARTH_LOG_LEVEL", "info"),
        version=env.get("HEARTH_VERSION", "0"),
        validation=_choice(env, "HEARTH_VALIDATION", ValidationLevel, "full"),
        conditional_delete=_choice(env, "HEARTH_CONDITIONAL_DELETE", ConditionalDelete, "single"),
        expunge=_choice(env, "HEARTH_EXPUNGE", Switch, "off") == "on",
        failed_records_bucket=env.get("HEARTH_FAILED_RECORDS_BUCKET", ""),
        search_required=_choice(env, "HEARTH_SEARCH_REQUIRED", Switch, "off") == "on",
        further_base_urls=tuple(env.get("HEARTH_FURTHER_BASE_URLS", "").split()),
        required_profiles=_lists(env, "HEARTH_REQUIRED_PROFILES"),
    )


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise SettingError(f"{name} is not set")
    return value


def _choice(env: Mapping[str, str], name: str, choices: Any, default: str) -> Any:
    value = env.get(name, default)
    allowed = get_args(choices)
    if value not in allowed:
        raise SettingError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
    return value


def _lists(env: Mapping[str, str], name: str) -> dict[str, list[str]]:
    try:
        return msgspec.json.decode(env.get(name) or "{}", type=dict[str, list[str]])
    except msgspec.DecodeError as error:
        raise SettingError(f"{name} is no JSON object of lists of URLs: {error}") from None
