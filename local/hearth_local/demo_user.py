"""The user `demo`, whom only the stage on this machine has."""

from __future__ import annotations

import http
import json
import secrets
import string
from contextlib import suppress
from typing import Any

from hearth_local.errors import StageError
from hearth_local.loopback import ask
from hearth_local.root_client import root_client
from hearth_local.stage_folder import StageFolder, read_document, write_document

NAME = "demo"
GROUP = "practitioner"
_RANDOM_CHARACTERS = 20


def ensure(folder: StageFolder, endpoint: str, region: str, user_pool_id: str) -> None:
    """Make the user in the pool, unless it is there. Raises StageError."""
    known = read_document(folder.secrets)
    if known.get("userPoolId") == user_pool_id and NAME in known.get("passwords", {}):
        return
    password = _password()
    _create(endpoint, region, user_pool_id, password)
    write_document(folder.secrets, {"userPoolId": user_pool_id, "passwords": {NAME: password}})


def forget(folder: StageFolder) -> None:
    """Let the next `ensure` make the user again: its pool may have lost it."""
    folder.secrets.unlink(missing_ok=True)


def id_token(folder: StageFolder, user: str, endpoint: str, client_id: str) -> str:
    """Return an ID token of a user that the stage made. Raises StageError."""
    passwords = read_document(folder.secrets).get("passwords", {})
    if user not in passwords:
        known = ", ".join(sorted(passwords)) or "none"
        raise StageError(f"stage {folder.stage} has no user {user!r}; its users are: {known}")
    answer = _sign_in(endpoint, client_id, user, passwords[user])
    try:
        return str(answer["AuthenticationResult"]["IdToken"])
    except KeyError:
        raise StageError(f"Cognito gave no token to {user}: {', '.join(answer)}") from None


def _password() -> str:
    # One of each kind that a pool may ask for, and enough at random.
    letters = string.ascii_letters + string.digits
    return "aA1!" + "".join(secrets.choice(letters) for _ in range(_RANDOM_CHARACTERS))


def _create(endpoint: str, region: str, user_pool_id: str, password: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    cognito = root_client("cognito-idp", endpoint, region)
    user = {"UserPoolId": user_pool_id, "Username": NAME}
    try:
        with suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(**user, MessageAction="SUPPRESS", TemporaryPassword=password)
        cognito.admin_set_user_password(**user, Password=password, Permanent=True)
        cognito.admin_add_user_to_group(**user, GroupName=GROUP)
    except (BotoCoreError, ClientError) as error:
        raise StageError(f"the user {NAME} cannot be made: {error}") from None


def _sign_in(endpoint: str, client_id: str, user: str, password: str) -> dict[str, Any]:
    # Signing in needs no AWS credentials, and so no boto3.
    question = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client_id,
        "AuthParameters": {"USERNAME": user, "PASSWORD": password},
    }
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    }
    try:
        code, answer = ask(endpoint, body=json.dumps(question).encode(), headers=headers)
        result: dict[str, Any] = json.loads(answer)
    except (OSError, ValueError) as error:
        raise StageError(f"Cognito at {endpoint} does not answer: {error}") from None
    if code != http.HTTPStatus.OK:
        problem = result.get("message") or result.get("__type") or code
        raise StageError(f"Cognito refused {user}: {problem}")
    return result
