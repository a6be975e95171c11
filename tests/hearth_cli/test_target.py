"""Which API a command talks to, and what is wrong with the address or the secrets it is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from hearth_cli.errors import CommandError
from hearth_cli.target import target_of_stage, target_of_url

URL = "https://fhir.example.org/r4"


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_TOKEN", "header.body.signature")
    monkeypatch.setenv("HEARTH_API_KEY", "abc")


def test_an_api_is_called_with_the_token_and_the_key_of_the_environment() -> None:
    target = target_of_url(f"{URL}/")

    assert (target.base_url, target.api_key, target.token()) == (
        URL,
        "abc",
        "header.body.signature",
    )


@pytest.mark.parametrize(
    "url", ["nonsense", "fhir.example.org/r4", "ftp://a", "https://", "http://a:port", "https://[a"]
)
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(CommandError) as error:
        target_of_url(url)

    assert error.value.message == f"--url is {url!r}; a base URL looks like: https://host/stage"


@pytest.mark.parametrize("name", ["HEARTH_TOKEN", "HEARTH_API_KEY"])
@pytest.mark.parametrize("value", ["two\nlines", "a b", "caf\u00e9", "a\u2014b"])
def test_a_secret_that_fits_into_no_header_is_named_and_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(CommandError) as error:
        target_of_url(URL)

    assert error.value.message == (
        f"{name} holds a space or another character that no header takes"
    )


def test_without_secrets_an_address_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTH_TOKEN")

    with pytest.raises(CommandError) as error:
        target_of_url(URL)

    assert error.value.message == "--url needs HEARTH_TOKEN and HEARTH_API_KEY in the environment"


def test_a_stage_in_aws_is_reached_by_its_address(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        target_of_stage(tmp_path, "prod")

    assert error.value.message == "stage prod runs in AWS, not on this machine"
    assert error.value.hint == "--url, with HEARTH_TOKEN and HEARTH_API_KEY"
