"""Batches and transactions for the tests."""

from __future__ import annotations

from typing import Any

from hearth_server.rest.response import Response

from tests.hearth_server.serving import Server, said


def post(resource: dict[str, Any], full_url: str | None = None, **more: Any) -> dict[str, Any]:
    """Return an entry that creates."""
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    entry["request"] |= more
    return entry if full_url is None else {"fullUrl": full_url, **entry}


def put(resource: dict[str, Any], full_url: str | None = None, **more: Any) -> dict[str, Any]:
    """Return an entry that updates under the resource's id."""
    url = f"{resource['resourceType']}/{resource['id']}"
    entry = {"resource": resource, "request": {"method": "PUT", "url": url, **more}}
    return entry if full_url is None else {"fullUrl": full_url, **entry}


def ask(method: str, url: str, **more: Any) -> dict[str, Any]:
    """Return an entry without a resource."""
    return {"request": {"method": method, "url": url, **more}}


def bundle(kind: str, *entries: Any) -> dict[str, Any]:
    """Return a Bundle."""
    made: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    return {**made, "entry": list(entries)} if entries else made


def transact(server: Server, *entries: Any, headers: dict[str, str] | None = None) -> Response:
    """Return the answer to a transaction."""
    return server.call("POST", "", bundle("transaction", *entries), headers)


def statuses(response: Response) -> list[str]:
    """Return the status of each entry of an answer."""
    assert response.status == 200, response.body
    return [entry["response"]["status"][:3] for entry in said(response).get("entry", [])]


def ids(response: Response) -> list[str]:
    """Return the id of each entry's location."""
    return [entry["response"]["location"].split("/")[1] for entry in said(response)["entry"]]
