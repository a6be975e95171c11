"""The configuration of a stage, read once; whatever is wrong with it is said in one error.

Pulumi.yaml declares the same keys for `pulumi config`; a test keeps the two alike.
https://www.pulumi.com/docs/iac/concepts/config/
"""

import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from hearth_aws import required_profiles, server_rules
from hearth_aws.account_logging import AccountLogging
from hearth_aws.audit_archive import RetentionMode
from hearth_aws.auth_provider import (
    CALLBACK_MEANING,
    DOMAIN_PREFIX,
    DOMAIN_PREFIX_MEANING,
    AuthProviderArgs,
    MultiFactor,
    is_callback,
)
from hearth_aws.configuration_error import NAMESPACE, ConfigurationError, explain
from hearth_aws.encryption_key import KeyUser
from hearth_aws.lambda_bundle import RUNTIMES, Architecture, LambdaBundle
from hearth_aws.log_group import RETENTION_DAYS
from hearth_aws.network_placement import NetworkPlacement
from hearth_aws.request_limits import RequestLimits
from hearth_aws.search_index import SearchEngine, SearchIndexArgs
from hearth_aws.server_rules import (
    ConditionalDelete,
    LogLevel,
    SearchConsistency,
    ServerRules,
    ValidationLevel,
)

__all__ = ["NAMESPACE", "Configuration", "ConfigurationError", "parse", "read"]


def _structured(value: object) -> object:
    """Return the list or map that stands in the text: Pulumi hands both over as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _boolean(value: object) -> object:
    """Return what `true` and `false` stand for, and leave all else to be refused."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


_TOPIC = r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}"

Switch = Annotated[bool, Field(strict=True), BeforeValidator(_boolean)]
Text = Annotated[str, Field(min_length=1)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_structured)]
Profiles = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_structured)]
LogDays = Annotated[Literal[RETENTION_DAYS], BeforeValidator(int)]  # type: ignore[valid-type]


class Configuration(BaseModel):
    """The keys of the namespace `hearth`; every key has a default except what a stage must say."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    bundle: Text = "build/lambda/arm64-3.13"
    """Folder of the Lambda bundle, from the project's."""
    architecture: Literal["arm64", "x86_64", "host"] = "arm64"
    """Processor that the bundle was built for; `host` is this machine's."""
    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14", "host"] = "python3.13"
    """Lambda runtime that the bundle was built for; `host` is the one that runs the program."""
    memory: int = Field(1024, ge=256, le=10_240)
    """Megabytes of memory of each function."""
    base_url: Text = server_rules.BASE_URL
    """The service base URL as clients know it, over {host}, {domain}, {api} and {stage}."""
    further_base_urls: Addresses = ()
    """More addresses under which references are to resources of this server, like a former one."""
    search_engine: SearchEngine = SearchEngine.NONE
    """What answers searches: nothing, SQLite on one machine, PostgreSQL, or OpenSearch."""
    search_file: Text = ".hearth/search.sqlite3"
    """The file of the engine sqlite, from the project's folder."""
    search_location: str = ""
    """Where PostgreSQL or OpenSearch is already, for a stage on one machine."""
    search_instance_type: Text = "t3.medium.search"
    """Instance type of OpenSearch's data nodes."""
    search_instances: int = Field(1, ge=1, le=80)
    """Number of OpenSearch's data nodes."""
    subnet_ids: Addresses = ()
    """Private subnets for the functions and an OpenSearch domain; none for no VPC."""
    security_group_ids: Addresses = ()
    """Security groups of the functions and of an OpenSearch domain; needed with subnetIds."""
    search_consistency: SearchConsistency = SearchConsistency.EVENTUAL
    """Whether a search finds at once what was written, or soon."""
    search_required: Switch = False
    """Whether a write is refused while the search engine is away; needs immediate."""
    alarm_topic_arn: str = ""
    """ARN of the SNS topic that alarms go to; without one they are seen in CloudWatch only."""
    validation: ValidationLevel = ValidationLevel.FULL
    """How much of the standard a write must keep."""
    required_profiles: Profiles = Field(default_factory=dict)
    """Canonical URLs of the profiles that every resource of a type must follow, by type."""
    conditional_delete: ConditionalDelete = ConditionalDelete.SINGLE
    """How many resources a conditional delete may take."""
    expunge: Switch = False
    """Whether $expunge may remove what a resource said for good."""
    mfa: MultiFactor = MultiFactor.ON
    """Whether users need a second factor."""
    password_sign_in: Switch = False
    """Whether a client may send a password as it is."""
    callback_urls: Addresses = ()
    """Where the hosted sign-in page may send users back to."""
    domain_prefix: str = ""
    """First part of the hosted page's host name; needed with callbackUrls."""
    deletion_protection: Switch = True
    """Whether Pulumi and AWS refuse to delete what holds records."""
    audit_mode: RetentionMode = RetentionMode.COMPLIANCE
    """Who may delete an audit record before its time: a privileged role, or nobody."""
    audit_days: int = Field(2557, ge=1)
    """Days before an audit record may be deleted."""
    log_days: LogDays = 2557
    """Days for which logs are kept."""
    log_level: LogLevel = LogLevel.INFO
    """Least severe line that the functions log."""
    requests_per_second: int = Field(50, ge=1, le=10_000)
    """Requests per second that the API takes."""
    burst: int = Field(100, ge=1, le=5_000)
    """Requests at one moment that the API takes."""
    account_logging: AccountLogging = AccountLogging.ADOPT
    """Whether to create the account's role for API Gateway's logs, or to adopt the one there."""

    @property
    def lambda_bundle(self) -> LambdaBundle:
        """What the functions run.

        Raises ConfigurationError if nothing was built, or without a profile that is required.
        """
        folder = _project_folder() / self.bundle
        if not folder.is_dir():
            problem = (
                f"{NAMESPACE}:bundle is {self.bundle!r}, and there is no such folder; "
                f"make it with: hearth build --stage {pulumi.get_stack()}"
            )
            raise ConfigurationError([problem], f"Pulumi.{pulumi.get_stack()}.yaml")
        if unknown := list(required_profiles.unknown(self.required_profiles, folder)):
            problems = [f"{NAMESPACE}:requiredProfiles {each}" for each in unknown]
            raise ConfigurationError(problems, f"Pulumi.{pulumi.get_stack()}.yaml")
        return {
            "code": pulumi.FileArchive(str(folder)),
            "architecture": _host_architecture()
            if self.architecture == "host"
            else Architecture(self.architecture),
            "runtime": _host_runtime() if self.runtime == "host" else self.runtime,
        }

    @property
    def server(self) -> ServerRules:
        """What the FHIR server is told."""
        return {
            "base_url": self.base_url,
            "further_base_urls": self.further_base_urls,
            "search_consistency": self.search_consistency,
            "search_required": self.search_required,
            "validation": self.validation,
            "required_profiles": self.required_profiles,
            "conditional_delete": self.conditional_delete,
            "expunge": self.expunge,
            "log_level": self.log_level,
        }

    @property
    def limits(self) -> RequestLimits:
        """How many requests the API takes."""
        return {"requests_per_second": self.requests_per_second, "burst": self.burst}

    @property
    def sign_in(self) -> AuthProviderArgs:
        """What the AuthProvider is told."""
        return {
            "mfa": self.mfa,
            "password_sign_in": self.password_sign_in,
            "callback_urls": self.callback_urls,
            "domain_prefix": self.domain_prefix,
            "deletion_protection": self.deletion_protection,
        }

    @property
    def key_users(self) -> list[KeyUser]:
        """The services that encrypt what is said in records, the index of searches included."""
        users = [KeyUser.DYNAMODB, KeyUser.S3, KeyUser.LAMBDA]
        if not self.search_location and self.search_engine in _INDEX_KEY_USERS:
            users.append(_INDEX_KEY_USERS[self.search_engine])
        return users

    def search(
        self, key_arn: pulumi.Input[str], logs_key_arn: pulumi.Input[str]
    ) -> SearchIndexArgs:
        """Return what the SearchIndex is told, with the keys for its data and for its log."""
        engine = self.search_engine
        if engine is SearchEngine.SQLITE:
            file = _project_folder() / self.search_file
            return {"engine": engine, "file": str(file)}
        if self.search_location:
            return {"engine": engine, "location": self.search_location}
        if engine is SearchEngine.POSTGRESQL:
            protection = self.deletion_protection
            return {"engine": engine, "key_arn": key_arn, "deletion_protection": protection}
        if engine is SearchEngine.OPENSEARCH:
            domain: SearchIndexArgs = {
                "engine": engine,
                "key_arn": key_arn,
                "logs_key_arn": logs_key_arn,
                "instance_type": self.search_instance_type,
                "instance_count": self.search_instances,
                "log_retention_days": self.log_days,
            }
            return domain if self.network is None else {**domain, "network": self.network}
        return {"engine": engine}

    @property
    def network(self) -> NetworkPlacement | None:
        """Where in a VPC the functions and an OpenSearch domain are; None for in none."""
        if not self.subnet_ids:
            return None
        groups = self.security_group_ids
        return {"subnet_ids": self.subnet_ids, "security_group_ids": groups}


_INDEX_KEY_USERS = {
    SearchEngine.POSTGRESQL: KeyUser.DSQL,
    SearchEngine.OPENSEARCH: KeyUser.OPENSEARCH,
}


def _project_folder() -> Path:
    """Return the folder of Pulumi.yaml, or where an inline program runs, which has none."""
    return Path(pulumi.get_root_directory() or Path.cwd())


def _host_architecture() -> Architecture:
    on_arm = platform.machine().lower() in ("arm64", "aarch64")
    return Architecture.ARM64 if on_arm else Architecture.X86_64


def _host_runtime() -> str:
    """Return what Lambda calls the Python that runs this, or the newest that Lambda has."""
    host = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return host if host in RUNTIMES else RUNTIMES[-1]


def read() -> Configuration:
    """Return the configuration of the stack that runs. Raises ConfigurationError."""
    return parse({**get_config_env(), **CONFIG.get()}, f"Pulumi.{pulumi.get_stack()}.yaml")


def parse(config: Mapping[str, Any], file: str) -> Configuration:
    """Return the configuration that `config` holds by `namespace:key`; `file` goes into errors.

    Raises ConfigurationError, which names every key that is wrong and what it allows.
    """
    prefix = f"{NAMESPACE}:"
    own = {
        key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)
    }
    try:
        configuration = Configuration.model_validate(own)
    except ValidationError as error:
        problems = [explain(each, Configuration) for each in error.errors()]
        raise ConfigurationError(problems, file) from None
    problems = [*_contradictions(configuration), *_elsewhere(configuration, config)]
    if problems:
        raise ConfigurationError(problems, file)
    return configuration


def _contradictions(configuration: Configuration) -> Iterable[str]:
    """Name the values that are wrong by more than their type, and those that do not go together."""
    template = configuration.base_url
    if not server_rules.is_base_url(template):
        yield f"{NAMESPACE}:baseUrl is {template!r}; allowed: {server_rules.BASE_URL_MEANING}"
    for template in configuration.further_base_urls:
        if not server_rules.is_base_url(template):
            meaning = server_rules.BASE_URL_MEANING
            yield f"{NAMESPACE}:furtherBaseUrls holds {template!r}; allowed: {meaning}"
    for problem in required_profiles.malformed(configuration.required_profiles):
        yield f"{NAMESPACE}:requiredProfiles {problem}"
    for url in configuration.callback_urls:
        if not is_callback(url):
            yield f"{NAMESPACE}:callbackUrls holds {url!r}; allowed: {CALLBACK_MEANING}"
    prefix = configuration.domain_prefix
    if prefix and not re.fullmatch(DOMAIN_PREFIX, prefix):
        yield f"{NAMESPACE}:domainPrefix is {prefix!r}; allowed: {DOMAIN_PREFIX_MEANING}"
    if bool(configuration.callback_urls) != bool(prefix):
        yield f"{NAMESPACE}:callbackUrls and {NAMESPACE}:domainPrefix need each other"
    if bool(configuration.subnet_ids) != bool(configuration.security_group_ids):
        yield f"{NAMESPACE}:subnetIds and {NAMESPACE}:securityGroupIds need each other"
    yield from _search_contradictions(configuration)


def _elsewhere(configuration: Configuration, config: Mapping[str, Any]) -> Iterable[str]:
    """Name a topic in another region than the stage: CloudWatch takes none for its alarms."""
    topic, region = configuration.alarm_topic_arn, config.get("aws:region")
    if not topic:
        return
    match = re.fullmatch(_TOPIC, topic)
    if not match:
        yield f"{NAMESPACE}:alarmTopicArn is {topic!r}; allowed: arn:aws:sns:region:account:name"
    elif region and match["region"] != region:
        yield f"{NAMESPACE}:alarmTopicArn is {topic!r}; allowed: a topic in aws:region, {region}"


def _search_contradictions(configuration: Configuration) -> Iterable[str]:
    """Name the values on search that do not go together.

    A location may hold a password, which has no place in the configuration of a stage on AWS.
    """
    engine = configuration.search_engine
    immediate = configuration.search_consistency is SearchConsistency.IMMEDIATE
    if configuration.search_required and not immediate:
        yield f"{NAMESPACE}:searchRequired needs {NAMESPACE}:searchConsistency immediate"
    on_this_machine = configuration.architecture == "host"
    elsewhere = engine in (SearchEngine.POSTGRESQL, SearchEngine.OPENSEARCH)
    if engine is SearchEngine.SQLITE and not on_this_machine:
        yield (
            f"{NAMESPACE}:searchEngine is 'sqlite', which needs {NAMESPACE}:architecture host; "
            "allowed on AWS, where functions share no disk: none, postgresql, opensearch"
        )
    if elsewhere and on_this_machine and not configuration.search_location:
        yield (
            f"{NAMESPACE}:searchEngine is {engine.value!r}, which on this machine needs "
            f"{NAMESPACE}:searchLocation"
        )
    if configuration.search_location and not (elsewhere and on_this_machine):
        yield (
            f"{NAMESPACE}:searchLocation is only for the engines postgresql and opensearch "
            f"with {NAMESPACE}:architecture host"
        )
