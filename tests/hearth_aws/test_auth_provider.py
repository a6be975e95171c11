"""An AuthProvider: what it registers, and which inputs it refuses."""

from __future__ import annotations

import pytest
from hearth_aws import AuthProvider, AuthProviderArgs, InputError

from tests.hearth_aws.graph import own
from tests.hearth_aws.programs import by_default, told

POOL = {
    "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
    "usernameConfiguration": {"caseSensitive": False},
    "autoVerifiedAttributes": ["email"],
    "accountRecoverySetting": {"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]},
    "passwordPolicy": {
        "minimumLength": 14,
        "requireLowercase": True,
        "requireUppercase": True,
        "requireNumbers": True,
        "requireSymbols": True,
        "temporaryPasswordValidityDays": 1,
    },
}
CLIENT = {
    "generateSecret": False,
    "preventUserExistenceErrors": "ENABLED",
    "enableTokenRevocation": True,
    "tokenValidityUnits": {
        "idToken": "minutes",
        "accessToken": "minutes",
        "refreshToken": "hours",
    },
}


@pytest.mark.parametrize("known", [False, True])
def test_a_pool_has_no_sign_up_and_asks_for_a_second_factor(known: bool) -> None:
    assert own(by_default(known=known).one("cognito/userPool:UserPool")) == {
        **POOL,
        "mfaConfiguration": "ON",
        "softwareTokenMfaConfiguration": {"enabled": True},
        "deletionProtection": "ACTIVE",
    }


def test_a_pool_takes_what_it_is_told() -> None:
    assert own(told().one("cognito/userPool:UserPool")) == {
        **POOL,
        "mfaConfiguration": "OFF",
        "deletionProtection": "INACTIVE",
    }


def test_a_client_has_no_secret_and_takes_no_plain_password() -> None:
    graph = by_default()

    assert graph.inputs("cognito/userPoolClient:UserPoolClient") == {
        **CLIENT,
        "userPoolId": graph.one("cognito/userPool:UserPool").id,
        "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
        "idTokenValidity": 30,
        "accessTokenValidity": 30,
        "refreshTokenValidity": 12,
    }


def test_a_client_takes_passwords_and_the_code_flow_where_it_is_told() -> None:
    graph = told()

    assert graph.inputs("cognito/userPoolClient:UserPoolClient") == {
        **CLIENT,
        "userPoolId": graph.one("cognito/userPool:UserPool").id,
        "explicitAuthFlows": [
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
        ],
        "idTokenValidity": 5,
        "accessTokenValidity": 5,
        "refreshTokenValidity": 1,
        "allowedOauthFlowsUserPoolClient": True,
        "allowedOauthFlows": ["code"],
        "allowedOauthScopes": ["openid", "email", "profile"],
        "callbackUrls": ["https://app.example.org/signed-in", "http://localhost:8080/"],
        "supportedIdentityProviders": ["COGNITO"],
    }
    assert graph.inputs("cognito/userPoolDomain:UserPoolDomain") == {
        "userPoolId": graph.one("cognito/userPool:UserPool").id,
        "domain": "ward-7",
    }


def test_there_is_a_group_for_each_role_of_the_server() -> None:
    graph = by_default()

    groups = [each.inputs["name"] for each in graph.all("cognito/userGroup:UserGroup")]

    assert groups == ["auditor", "non-practitioner", "practitioner"]


def test_a_provider_says_what_others_need_of_it() -> None:
    graph = by_default()
    pool = graph.one("cognito/userPool:UserPool")

    assert graph.one("hearth:index:AuthProvider").outputs == {
        "user_pool_id": pool.id,
        "user_pool_arn": pool.outputs["arn"],
        "user_pool_client_id": graph.one("cognito/userPoolClient:UserPoolClient").id,
        "issuer": f"https://cognito-idp.eu-central-1.amazonaws.com/{pool.id}",
    }


@pytest.mark.parametrize(
    ("args", "input_", "problem"),
    [
        ({"mfa": "sms"}, "mfa", "is 'sms'; allowed: off, optional, on"),
        ({"password_sign_in": 1}, "password_sign_in", "is 1; allowed: true, false"),
        ({"token_minutes": 4}, "token_minutes", "is 4; allowed: 5 to 1440"),
        ({"session_hours": 0}, "session_hours", "is 0; allowed: 1 to 87600"),
        (
            {"callback_urls": ["https://a.example"]},
            "domain_prefix",
            "is required with callback_urls",
        ),
        ({"domain_prefix": "ward"}, "callback_urls", "is required with domain_prefix"),
        (
            {"callback_urls": ["http://a.example"], "domain_prefix": "ward"},
            "callback_urls[0]",
            "is 'http://a.example'; allowed: an https address without a fragment",
        ),
        (
            {"callback_urls": ["https://a.example/#top"], "domain_prefix": "ward"},
            "callback_urls[0]",
            "is 'https://a.example/#top'; allowed: an https address without a fragment",
        ),
        (
            {"callback_urls": ["http://localhost.a.example/"], "domain_prefix": "ward"},
            "callback_urls[0]",
            "is 'http://localhost.a.example/'; allowed: an https address without a fragment",
        ),
        (
            {"callback_urls": ["https://[a"], "domain_prefix": "ward"},
            "callback_urls[0]",
            "is 'https://[a'; allowed: an https address without a fragment",
        ),
        (
            {"token_minutes": 61, "session_hours": 1},
            "token_minutes",
            "is 61; session_hours is only 1",
        ),
        (
            {"callback_urls": ["https://a.example"], "domain_prefix": "my-aws"},
            "domain_prefix",
            "is 'my-aws'; allowed: small letters, digits and hyphens, without aws, amazon or "
            "cognito",
        ),
    ],
)
def test_a_wrong_input_is_named(args: AuthProviderArgs, input_: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        AuthProvider("users", args)

    assert str(error.value) == f"AuthProvider 'users': input {input_} {problem}"


@pytest.mark.parametrize("name", ["wärd", "ward/7", "w" * 121, ""])
def test_a_name_that_no_user_pool_may_have_is_refused(name: str) -> None:
    """Cognito, CreateUserPool: up to 128 characters of a few kinds; Pulumi adds eight."""
    with pytest.raises(InputError) as error:
        AuthProvider(name, {})

    assert (error.value.input, error.value.problem) == (
        "name",
        f"is {name!r}; allowed: up to 120 letters, digits, spaces and any of _+=,.@-, "
        "since a user pool is named after it",
    )
