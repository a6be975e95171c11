"""Paths and methods: what is served, what is not, and what an error tells of it."""

from __future__ import annotations

import pytest
from hearth_server.errors import InvalidRequest, MethodNotAllowed, UnknownPath
from hearth_server.rest import routes
from hearth_server.rest.routes import ROUTES, find, function_of


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_has_its_function(route: routes.Route):
    assert callable(function_of(route))


def test_no_route_stands_twice():
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_head_goes_where_get_goes():
    """R-GEN-4."""
    assert find("HEAD", ("Patient", "1")) == find("GET", ("Patient", "1"))


def test_a_target_says_what_the_path_named():
    target = find("GET", ("Patient", "1", "_history", "2"))

    assert (target.route.interaction, target.type, target.id, target.version) == (
        "vread",
        "Patient",
        "1",
        "2",
    )


@pytest.mark.parametrize(
    "segments",
    [
        ("Foo",),
        ("patient", "1"),
        ("Resource", "1"),
        ("HumanName",),
        ("Patient", "1", "2", "3"),
        ("Patient", "$nothing"),
        ("$nothing",),
        ("_nothing",),
        ("Patient", "1", "_history", "2", "3"),
        ("metadata", "1"),
        ("", "Patient"),
        ("Patient", "", "1"),
    ],
)
def test_an_unknown_path_is_not_served(segments: tuple[str, ...]):
    """R-GEN-1, R-GEN-3, R-OP-3."""
    with pytest.raises((UnknownPath, InvalidRequest)):
        find("GET", segments)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (route.method, path)
        for route in ROUTES
        for path in (
            route.path,
            route.path.replace("{type}", "Patient"),
            route.path.replace("{type}", "Patient").replace("{id}", "1"),
        )
        if "{" in path
    ],
)
def test_the_names_of_variables_are_no_path(method: str, path: str):
    """R-GEN-3, R-GEN-7: `%7Btype%7D/_history` would be a history of no type, so of every type."""
    with pytest.raises((UnknownPath, InvalidRequest)):
        find(method, tuple(path.split("/")))
    with pytest.raises(UnknownPath):
        find(method, (path,))


def test_a_method_that_is_not_served_names_those_that_are():
    """R-GEN-4."""
    with pytest.raises(MethodNotAllowed) as refused:
        find("DELETE", ("metadata",))

    assert refused.value.allowed == ("GET", "HEAD", "OPTIONS")
