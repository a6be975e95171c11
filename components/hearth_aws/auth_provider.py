"""Who may sign in: a Cognito user pool with Hearth's groups, and a client without a secret.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi
from pulumi_aws import cognito

from hearth_aws import inputs, tags
from hearth_aws.location import locate


class MultiFactor(StrEnum):
    """Whether a second factor is asked for."""

    OFF = "off"
    OPTIONAL = "optional"
    ON = "on"


GROUPS = {
    "practitioner": "Reads and writes clinical records",
    "non-practitioner": "Reads financial and administrative records",
    "auditor": "Reads what an audit needs",
}


CALLBACK_MEANING = "an https address without a fragment"

DOMAIN_PREFIX = r"(?!.*(?:aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN_PREFIX_MEANING = "small letters, digits and hyphens, without aws, amazon or cognito"


_NAME = r"[A-Za-z0-9_ +=,.@-]{1,120}"
_NAME_MEANING = (
    "up to 120 letters, digits, spaces and any of _+=,.@-, since a user pool is named after it"
)
"""https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html"""


class AuthProviderArgs(TypedDict):
    """What an AuthProvider can be told."""

    mfa: NotRequired[MultiFactor]
    """Whether users need a second factor, a one-time password: on, optional, off. Default on."""
    password_sign_in: NotRequired[bool]
    """Whether a client may send a password as it is, rather than prove by SRP that it knows it.
    Default false."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the user pool. Default true."""
    token_minutes: NotRequired[int]
    """Minutes for which an ID or access token is valid, 5 to 1440. Default 30."""
    session_hours: NotRequired[int]
    """Hours for which a token can be renewed before the user signs in again, 1 to 87600.
    Default 12."""
    callback_urls: NotRequired[Sequence[str]]
    """Where the hosted sign-in page may send users back to. Default: no hosted page."""
    domain_prefix: NotRequired[str]
    """First part of the hosted page's host name, unique in the region; needed with
    callback_urls."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    mfa: MultiFactor
    password_sign_in: bool
    deletion_protection: bool
    token_minutes: int
    session_hours: int
    callback_urls: tuple[str, ...]
    domain_prefix: str | None
    tags: tags.Tags


def _resolve(name: str, args: AuthProviderArgs) -> _Settings:
    inputs.matching("name", name, _NAME, _NAME_MEANING)
    inputs.known(args, AuthProviderArgs)
    callbacks = inputs.several("callback_urls", args.get("callback_urls", ()))
    prefix = args.get("domain_prefix")
    if callbacks and not prefix:
        raise inputs.InputError("domain_prefix", "is required with callback_urls")
    if prefix and not callbacks:
        raise inputs.InputError("callback_urls", "is required with domain_prefix")
    minutes, hours = _validity(args)
    return _Settings(
        mfa=inputs.choice("mfa", args.get("mfa", MultiFactor.ON), MultiFactor),
        password_sign_in=inputs.flag("password_sign_in", args.get("password_sign_in", False)),
        deletion_protection=inputs.flag(
            "deletion_protection", args.get("deletion_protection", True)
        ),
        token_minutes=minutes,
        session_hours=hours,
        callback_urls=tuple(_callback(place, each) for place, each in enumerate(callbacks)),
        domain_prefix=inputs.matching("domain_prefix", prefix, DOMAIN_PREFIX, DOMAIN_PREFIX_MEANING)
        if prefix
        else None,
        tags=tags.resolve("AuthProvider", args),
    )


def _validity(args: AuthProviderArgs) -> tuple[int, int]:
    """Return the minutes of a token and the hours of a session, which Cognito wants longer."""
    hours = inputs.whole("session_hours", args.get("session_hours", 12), minimum=1, maximum=87600)
    minutes = inputs.whole("token_minutes", args.get("token_minutes", 30), minimum=5, maximum=1440)
    if minutes > hours * 60:
        raise inputs.InputError("token_minutes", f"is {minutes}; session_hours is only {hours}")
    return minutes, hours


def is_callback(url: str) -> bool:
    """Return whether Cognito sends users back there: https, or plain http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    loopback = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    return "#" not in url and bool(host) and (loopback or parts.scheme == "https")


def _callback(place: int, value: object) -> str:
    name = f"callback_urls[{place}]"
    url = inputs.text(name, value)
    if not is_callback(url):
        raise inputs.InputError(name, f"is {url!r}; allowed: {CALLBACK_MEANING}")
    return url


class AuthProvider(pulumi.ComponentResource):
    """A user pool that only administrators add users to."""

    user_pool_id: pulumi.Output[str]
    """Id of the user pool."""
    user_pool_arn: pulumi.Output[str]
    """ARN of the user pool."""
    user_pool_client_id: pulumi.Output[str]
    """Id of the client that applications sign in with; it has no secret."""
    issuer: pulumi.Output[str]
    """What stands in the `iss` claim of the pool's tokens."""

    def __init__(
        self, name: str, args: AuthProviderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("AuthProvider", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:AuthProvider", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        pool = _pool(name, settings, child)
        for group, description in GROUPS.items():
            cognito.UserGroup(
                f"{name}-{group}",
                user_pool_id=pool.id,
                name=group,  # the name is the role that the server knows
                description=description,
                opts=child,
            )
        client = _client(name, settings, pool, child)
        if settings.domain_prefix:
            cognito.UserPoolDomain(
                name, user_pool_id=pool.id, domain=settings.domain_prefix, opts=child
            )
        self.user_pool_id = pool.id
        self.user_pool_arn = pool.arn
        self.user_pool_client_id = client.id
        self.issuer = pulumi.Output.concat(
            "https://", locate(self).service("cognito-idp"), "/", pool.id
        )
        self.register_outputs(
            {
                "user_pool_id": self.user_pool_id,
                "user_pool_arn": self.user_pool_arn,
                "user_pool_client_id": self.user_pool_client_id,
                "issuer": self.issuer,
            }
        )


def _pool(name: str, settings: _Settings, options: pulumi.ResourceOptions) -> cognito.UserPool:
    second_factor: dict[str, Any] = (
        {}
        if settings.mfa is MultiFactor.OFF
        else {"software_token_mfa_configuration": {"enabled": True}}
    )
    return cognito.UserPool(
        name,
        admin_create_user_config={"allow_admin_create_user_only": True},
        username_configuration={"case_sensitive": False},
        auto_verified_attributes=["email"],
        account_recovery_setting={
            "recovery_mechanisms": [{"name": "verified_email", "priority": 1}]
        },
        password_policy={
            "minimum_length": 14,
            "require_lowercase": True,
            "require_uppercase": True,
            "require_numbers": True,
            "require_symbols": True,
            "temporary_password_validity_days": 1,
        },
        mfa_configuration=settings.mfa.name,
        deletion_protection="ACTIVE" if settings.deletion_protection else "INACTIVE",
        tags=settings.tags,
        opts=options,
        **second_factor,
    )


def _client(
    name: str,
    settings: _Settings,
    pool: cognito.UserPool,
    options: pulumi.ResourceOptions,
) -> cognito.UserPoolClient:
    flows = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
    if settings.password_sign_in:
        flows.append("ALLOW_USER_PASSWORD_AUTH")
    hosted: dict[str, Any] = {}
    if settings.callback_urls:
        hosted = {
            "allowed_oauth_flows_user_pool_client": True,
            "allowed_oauth_flows": ["code"],
            "allowed_oauth_scopes": ["openid", "email", "profile"],
            "callback_urls": list(settings.callback_urls),
            "supported_identity_providers": ["COGNITO"],
        }
    return cognito.UserPoolClient(
        name,
        user_pool_id=pool.id,
        generate_secret=False,
        explicit_auth_flows=flows,
        prevent_user_existence_errors="ENABLED",
        enable_token_revocation=True,
        id_token_validity=settings.token_minutes,
        access_token_validity=settings.token_minutes,
        refresh_token_validity=settings.session_hours,
        token_validity_units={
            "id_token": "minutes",
            "access_token": "minutes",
            "refresh_token": "hours",
        },
        opts=options,
        **hosted,
    )
