"""Credentials come from the environment that Lambda sets."""

from __future__ import annotations

import pytest
from hearth_server.aws.credentials import Credentials, NoCredentials, from_environment


def test_a_functions_credentials_are_read() -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }

    assert from_environment(environment) == Credentials("AKID", "secret", "token")


def test_a_token_is_not_needed() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}

    assert from_environment(environment).token is None


def test_what_is_missing_is_named() -> None:
    with pytest.raises(NoCredentials, match="AWS_SECRET_ACCESS_KEY is not set"):
        from_environment({"AWS_ACCESS_KEY_ID": "AKID"})
