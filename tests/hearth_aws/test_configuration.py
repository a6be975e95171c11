"""The configuration of a stage: read once, and wrong in one error that says everything."""

from __future__ import annotations

import json
from contextvars import copy_context
from pathlib import Path
from typing import Any, get_origin

import pytest
import yaml
from hearth_aws import Architecture, KeyUser, SearchEngine
from hearth_aws.configuration import Configuration, ConfigurationError, parse
from pulumi.runtime import reset_options

from tests.hearth_aws.graph import ROOT, STAGES

FILE = "Pulumi.ward.yaml"


def _declared() -> dict[str, Any]:
    declared: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return declared


def _stage(stage: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text())["config"]
    return config


def _text(value: Any) -> str:
    """Return a value as Pulumi hands it to a program."""
    return value if isinstance(value, str) else json.dumps(value)


def test_the_project_file_declares_the_same_keys_with_the_same_defaults() -> None:
    types = {str: "string", int: "integer", bool: "boolean", dict: "object"}
    model = {}
    for field in Configuration.model_fields.values():
        listed = get_origin(field.annotation) is tuple
        default = field.get_default(call_default_factory=True)
        default = getattr(default, "value", default)
        model[field.alias] = {
            "type": "array" if listed else types[type(default)],
            "default": list(default) if listed else default,
            **({"items": {"type": "string"}} if listed else {}),
        }

    declared = _declared()

    assert all(each["description"] for each in declared.values())
    assert {
        key: {part: value for part, value in each.items() if part != "description"}
        for key, each in declared.items()
    } == model


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_read(stage: str) -> None:
    config = _stage(stage)

    configuration = parse({key: _text(value) for key, value in config.items()}, FILE)

    read = json.loads(configuration.model_dump_json(by_alias=True))
    own = {key.removeprefix("hearth:"): value for key, value in config.items() if "hearth:" in key}
    assert own.items() <= read.items()
    assert config["aws:region"]


def test_nothing_said_is_the_safe_choice() -> None:
    configuration = parse({}, FILE)

    assert (
        configuration.deletion_protection,
        configuration.mfa.value,
        configuration.password_sign_in,
        configuration.audit_mode.value,
        configuration.audit_days,
        configuration.log_days,
    ) == (True, "on", False, "compliance", 2557, 2557)


def test_lists_come_as_json() -> None:
    configuration = parse(
        {"hearth:callbackUrls": '["https://a.example/"]', "hearth:domainPrefix": "ward"}, FILE
    )

    assert configuration.callback_urls == ("https://a.example/",)


BASE = "http://hl7.org/fhir/StructureDefinition/"


@pytest.mark.parametrize(
    ("kind", "profile", "problem"),
    [
        ("Observation", "bodyweight", None),
        (
            "Patient",
            "bodyweight",
            "names '{url}' for Patient, and it is a profile of Observation",
        ),
        (
            "Patient",
            "nowhere",
            "names '{url}' for Patient, which the bundle does not know; add its guide: hearth ig "
            "add FILE, then: hearth build",
        ),
    ],
)
def test_a_profile_is_required_only_where_the_bundle_knows_it(
    kind: str, profile: str, problem: str | None
) -> None:
    url = BASE + profile
    configuration = parse({"hearth:requiredProfiles": json.dumps({kind: [url]})}, FILE)
    here = configuration.model_copy(update={"bundle": str(ROOT / "lambda_src")})

    assert configuration.server["required_profiles"] == {kind: (url,)}
    if problem is None:
        assert here.lambda_bundle["architecture"] is Architecture.ARM64
        return
    with pytest.raises(ConfigurationError) as error:
        _ = here.lambda_bundle
    assert str(error.value).endswith(f": hearth:requiredProfiles {problem.format(url=url)}")


def test_other_namespaces_are_left_alone() -> None:
    assert parse({"aws:region": "eu-central-1", "other:mfa": "?"}, FILE) == parse({}, FILE)


def test_the_host_stands_for_this_machine() -> None:
    configuration = parse({"hearth:architecture": "host", "hearth:runtime": "host"}, FILE)

    here = configuration.model_copy(update={"bundle": str(ROOT)}).lambda_bundle
    there = parse({"hearth:bundle": str(ROOT)}, FILE).lambda_bundle
    assert here["architecture"] in Architecture
    assert here["runtime"].startswith("python3.")
    assert (there["architecture"], there["runtime"]) == (Architecture.ARM64, "python3.13")


def test_a_program_without_a_project_folder_finds_its_files_from_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An inline program of the Automation API is told of no folder."""
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("code").mkdir()
    sqlite = {"hearth:searchEngine": "sqlite", "hearth:architecture": "host"}
    configuration = parse({"hearth:bundle": "code", **sqlite}, FILE)

    def program() -> tuple[Any, Any]:
        reset_options(project="clinic", stack="ward")
        return configuration.lambda_bundle["code"], configuration.search("key", "logs")

    code, search = copy_context().run(program)

    assert code.path == str(tmp_path / "code")
    assert search == {
        "engine": SearchEngine.SQLITE,
        "file": str(tmp_path / ".hearth" / "search.sqlite3"),
    }


CHOICES = {
    "architecture": "arm64, x86_64, host",
    "runtime": "python3.11, python3.12, python3.13, python3.14, host",
    "searchEngine": "none, sqlite, postgresql, opensearch",
    "searchConsistency": "immediate, eventual",
    "mfa": "off, optional, on",
    "auditMode": "governance, compliance",
    "logLevel": "debug, info, warning, error",
    "accountLogging": "adopt, create",
    "validation": "structure, full, profiles",
    "conditionalDelete": "single, multiple",
    "requiredProfiles": "a map of resource types, each with a list of profiles' canonical URLs",
    "expunge": "true, false",
    "passwordSignIn": "true, false",
    "deletionProtection": "true, false",
    "memory": "a whole number, 256 to 10240",
    "auditDays": "a whole number, 1 or more",
    "requestsPerSecond": "a whole number, 1 to 10000",
    "burst": "a whole number, 1 to 5000",
    "logDays": (
        "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, "
        "2922, 3288, 3653"
    ),
    "callbackUrls": "a list of text",
    "subnetIds": "a list of text",
    "furtherBaseUrls": "a list of text",
    "searchInstances": "a whole number, 1 to 80",
    "baseUrl": "an http(s) address over {host}, {domain}, {api} and {stage}",
    "domainPrefix": "small letters, digits and hyphens, without aws, amazon or cognito",
}


@pytest.mark.parametrize(("key", "allowed"), CHOICES.items())
def test_a_wrong_value_is_named_with_its_file_and_what_is_allowed(key: str, allowed: str) -> None:
    config = {f"hearth:{key}": "Maybe", "hearth:callbackUrls": '["https://a.example/"]'}
    if key != "domainPrefix":
        config["hearth:domainPrefix"] = "ward"
    config[f"hearth:{key}"] = "Maybe"

    with pytest.raises(ConfigurationError) as error:
        parse(config, FILE)

    assert str(error.value) == f"{FILE}: hearth:{key} is 'Maybe'; allowed: {allowed}"


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        ("arn:aws:sns:ap-southeast-2:123456789012:ward", None),
        ("arn:aws:sns:us-east-1:123456789012:ward", "a topic in aws:region, ap-southeast-2"),
        ("ward", "arn:aws:sns:region:account:name"),
    ],
)
def test_alarms_go_to_a_topic_in_the_region_of_the_stage(topic: str, allowed: str | None) -> None:
    """CloudWatch: `Invalid region us-east-1 specified. Only ap-southeast-2 is supported.`"""
    config = {"hearth:alarmTopicArn": topic, "aws:region": "ap-southeast-2"}

    if allowed is None:
        assert parse(config, FILE).alarm_topic_arn == topic
        return
    with pytest.raises(ConfigurationError) as error:
        parse(config, FILE)

    assert str(error.value) == f"{FILE}: hearth:alarmTopicArn is {topic!r}; allowed: {allowed}"


@pytest.mark.parametrize("key", ["bundle", "searchFile"])
def test_an_empty_path_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse({f"hearth:{key}": ""}, FILE)

    assert str(error.value) == f"{FILE}: hearth:{key} is ''; allowed: text that is not empty"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (
            {"hearth:serchEngine": "none"},
            "hearth:serchEngine is no key; did you mean hearth:searchEngine?",
        ),
        (
            {"hearth:deletionProtection": "no"},
            "hearth:deletionProtection is 'no'; allowed: true, false",
        ),
        ({"hearth:memory": "255"}, "hearth:memory is '255'; allowed: a whole number, 256 to 10240"),
        ({"hearth:memory": "1.5"}, "hearth:memory is '1.5'; allowed: a whole number, 256 to 10240"),
        (
            {"hearth:callbackUrls": '["https://a.example/"]'},
            "hearth:callbackUrls and hearth:domainPrefix need each other",
        ),
        (
            {"hearth:callbackUrls": '["http://a.example/"]', "hearth:domainPrefix": "ward"},
            "hearth:callbackUrls holds 'http://a.example/'; allowed: an https address without a "
            "fragment",
        ),
        (
            {"hearth:furtherBaseUrls": '["fhir.example.org"]'},
            "hearth:furtherBaseUrls holds 'fhir.example.org'; allowed: an http(s) address over "
            "{host}, {domain}, {api} and {stage}",
        ),
        (
            {"hearth:requiredProfiles": '{"patient": ["https://a.example/own"]}'},
            "hearth:requiredProfiles names 'patient'; allowed: a map of resource types, each with "
            "a list of profiles' canonical URLs",
        ),
        (
            {"hearth:requiredProfiles": '{"Patient": ["us-core-patient"]}'},
            "hearth:requiredProfiles holds 'us-core-patient' for Patient; allowed: a map of "
            "resource types, each with a list of profiles' canonical URLs",
        ),
        (
            {"hearth:searchEngine": "sqlite"},
            "hearth:searchEngine is 'sqlite', which needs hearth:architecture host; allowed on "
            "AWS, where functions share no disk: none, postgresql, opensearch",
        ),
        (
            {"hearth:searchEngine": "postgresql", "hearth:architecture": "host"},
            "hearth:searchEngine is 'postgresql', which on this machine needs "
            "hearth:searchLocation",
        ),
        (
            {"hearth:searchEngine": "postgresql", "hearth:searchLocation": "host=/tmp"},
            "hearth:searchLocation is only for the engines postgresql and opensearch with "
            "hearth:architecture host",
        ),
        (
            {"hearth:subnetIds": '["subnet-a"]'},
            "hearth:subnetIds and hearth:securityGroupIds need each other",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(config: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse(config, FILE)

    assert str(error.value) == f"{FILE}: {problem}"


def test_an_unknown_key_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse({"hearth:xyz": "1"}, FILE)

    assert str(error.value).startswith(
        f"{FILE}: hearth:xyz is no key; known: bundle, architecture,"
    )


def test_everything_that_is_wrong_is_said_at_once() -> None:
    config = {"hearth:mfa": "sms", "hearth:burst": "0", "hearth:colour": "red"}

    with pytest.raises(ConfigurationError) as error:
        parse(config, FILE)

    lines = str(error.value).splitlines()
    assert lines[0] == f"{FILE}: 3 values are wrong:"
    assert [line.split()[0] for line in lines[1:]] == [
        "hearth:mfa",
        "hearth:burst",
        "hearth:colour",
    ]


def test_a_file_of_records_is_told_only_to_the_engine_that_has_one() -> None:
    assert parse({}, FILE).search("key", "logs") == {"engine": SearchEngine.NONE}


def test_each_engine_is_told_what_it_takes() -> None:
    place = {"hearth:subnetIds": '["subnet-a"]', "hearth:securityGroupIds": '["sg-a"]'}
    network = {"subnet_ids": ("subnet-a",), "security_group_ids": ("sg-a",)}
    here = {"hearth:architecture": "host", "hearth:searchLocation": "host=/tmp"}

    postgresql = parse({"hearth:searchEngine": "postgresql", **place}, FILE)
    opensearch = parse({"hearth:searchEngine": "opensearch", **place}, FILE)
    given = parse({"hearth:searchEngine": "postgresql", **here}, FILE)

    assert postgresql.search("key", "logs") == {
        "engine": SearchEngine.POSTGRESQL,
        "key_arn": "key",
        "deletion_protection": True,
    }
    assert postgresql.key_users[3:] == [KeyUser.DSQL]
    assert opensearch.key_users[3:] == [KeyUser.OPENSEARCH]
    assert given.key_users[3:] == []
    assert postgresql.network == network
    assert opensearch.search("key", "logs") == {
        "engine": SearchEngine.OPENSEARCH,
        "key_arn": "key",
        "logs_key_arn": "logs",
        "instance_type": "t3.medium.search",
        "instance_count": 1,
        "log_retention_days": 2557,
        "network": network,
    }
    assert given.search("key", "logs") == {
        "engine": SearchEngine.POSTGRESQL,
        "location": "host=/tmp",
    }
    assert given.network is None
