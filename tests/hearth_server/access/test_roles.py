"""Roles: what each group may do."""

from __future__ import annotations

import pytest
from hearth_server.access.principal import Principal
from hearth_server.access.roles import RoleAuthorizer, default_roles, parse_roles
from hearth_server.errors import Forbidden
from hearth_server.fhir import definitions
from hearth_server.store.protocol import Key


def may(groups: tuple[str, ...], interaction: str, type: str | None) -> bool:
    """Whether the default roles let a member of the groups do it."""
    try:
        RoleAuthorizer(default_roles()).require(Principal("s", groups), interaction, type)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("groups", "interaction", "type", "expected"),
    [
        (("practitioner",), "create", "Patient", True),
        (("practitioner",), "transaction", None, True),
        (("practitioner",), "history-system", None, True),
        (("practitioner",), "$expunge", "Patient", False),
        (("non-practitioner",), "read", "Claim", True),
        (("non-practitioner",), "search-type", "Coverage", True),
        (("non-practitioner",), "create", "Claim", False),
        (("non-practitioner",), "read", "Patient", False),
        (("non-practitioner",), "transaction", None, False),
        (("auditor",), "vread", "Patient", True),
        (("auditor",), "read", "Observation", False),
        (("auditor",), "history-instance", "Patient", False),
        (("auditor", "non-practitioner"), "read", "Claim", True),
        (("somebody",), "read", "Patient", False),
        ((), "read", "Patient", False),
    ],
)
def test_a_group_may_do_what_its_role_grants(
    groups: tuple[str, ...], interaction: str, type: str | None, expected: bool
):
    assert may(groups, interaction, type) is expected


def test_the_roles_name_resource_types_that_exist():
    named = {type for grants in default_roles().values() for one in grants for type in one.types}

    assert named - definitions.resource_types() == {"*"}


def test_a_deployers_roles_replace_the_default_ones():
    roles = parse_roles(b'{"clerk":[{"interactions":["read"],"types":["Coverage"]}]}')

    RoleAuthorizer(roles).require(Principal("s", ("clerk",)), "read", "Coverage")
    with pytest.raises(Forbidden):
        RoleAuthorizer(roles).require(Principal("s", ("practitioner",)), "read", "Coverage")


def test_a_principal_sees_their_own_tenant_only():
    authorizer = RoleAuthorizer(default_roles())
    principal = Principal("s", ("practitioner",), tenant="a")

    assert authorizer.sees(principal, Key("a", "Patient", "1"))
    assert not authorizer.sees(principal, Key("b", "Patient", "1"))
