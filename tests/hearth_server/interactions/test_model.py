"""Any sequence of interactions is answered as a small model of FHIR's rules says.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.hearth_server.interactions.bundles import ask, bundle, put
from tests.hearth_server.interactions.patients import patient
from tests.hearth_server.serving import Server, said

IDS = ("a", "b", "c")
FAMILIES = st.sampled_from(("Chalmers", "Windsor", "Levin"))
ANY_ID = st.sampled_from(IDS)
ANY_VERSION = st.integers(1, 5)


class Model(RuleBasedStateMachine):
    """Keeps, for each id, the family name of each version; None where it was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.versions: dict[str, list[str | None]] = {id: [] for id in IDS}

    def current(self, id: str) -> str | None:
        versions = self.versions[id]
        return versions[-1] if versions else None

    def readable(self, id: str, version: int) -> int:
        """Return the status that a read of a version must have."""
        versions = self.versions[id]
        if not 1 <= version <= len(versions):
            return 404
        return 410 if versions[version - 1] is None else 200

    def put_status(self, id: str) -> int:
        return 201 if self.current(id) is None else 200

    @rule(id=ANY_ID, family=FAMILIES)
    def update(self, id: str, family: str) -> None:
        expected = self.put_status(id)

        answer = self.server.call("PUT", f"Patient/{id}", patient(family, id=id))

        self.versions[id].append(family)
        assert answer.status == expected
        assert answer.headers["ETag"] == f'W/"{len(self.versions[id])}"'

    @rule(id=ANY_ID, family=FAMILIES, version=ANY_VERSION)
    def guarded_update(self, id: str, family: str, version: int) -> None:
        matches = version == len(self.versions[id])
        expected = self.put_status(id) if matches else 412

        answer = self.server.call(
            "PUT", f"Patient/{id}", patient(family, id=id), {"If-Match": f'W/"{version}"'}
        )

        assert answer.status == expected
        if matches:
            self.versions[id].append(family)

    @rule(id=ANY_ID, family=FAMILIES)
    def patch(self, id: str, family: str) -> None:
        change = [{"op": "replace", "path": "/name/0/family", "value": family}]
        expected = self.readable(id, len(self.versions[id]))

        answer = self.server.call(
            "PATCH", f"Patient/{id}", change, {"Content-Type": "application/json-patch+json"}
        )

        assert answer.status == expected
        if expected == 200:
            self.versions[id].append(family)

    @rule(id=ANY_ID)
    def delete(self, id: str) -> None:
        answer = self.server.call("DELETE", f"Patient/{id}")

        assert answer.status == 204
        if self.current(id) is not None:
            self.versions[id].append(None)

    @rule(id=ANY_ID, other=ANY_ID, family=FAMILIES, version=ANY_VERSION)
    def transaction(self, id: str, other: str, family: str, version: int) -> None:
        """One entry deletes, the other updates; the update may fail, and undo the delete."""
        entries: list[Any] = [
            ask("DELETE", f"Patient/{id}"),
            put(patient(family, id=other), ifMatch=f'W/"{version}"'),
        ]

        answer = self.server.call("POST", "", bundle("transaction", *entries))

        if id == other:
            assert answer.status == 400
        elif version != len(self.versions[other]):
            assert answer.status == 412
        else:
            assert answer.status == 200
            if self.current(id) is not None:
                self.versions[id].append(None)
            self.versions[other].append(family)

    @rule(id=ANY_ID, version=ANY_VERSION)
    def version_read(self, id: str, version: int) -> None:
        answer = self.server.call("GET", f"Patient/{id}/_history/{version}")

        assert answer.status == self.readable(id, version)
        if answer.status == 200:
            assert said(answer)["name"][0]["family"] == self.versions[id][version - 1]

    @invariant()
    def every_read_and_history_agrees(self) -> None:
        for id, versions in self.versions.items():
            answer = self.server.call("GET", f"Patient/{id}")
            assert answer.status == self.readable(id, len(versions))
            history = said(self.server.call("GET", f"Patient/{id}/_history"))
            shown = [
                entry.get("resource", {}).get("name", [{}])[0].get("family")
                for entry in history.get("entry", [])
            ]
            assert shown == versions[::-1]

    @invariant()
    def a_search_finds_what_is_there(self) -> None:
        found = said(self.server.call("GET", "Patient?_elements=id"))
        ids = {entry["resource"]["id"] for entry in found.get("entry", [])}
        assert ids == {id for id in IDS if self.current(id) is not None}


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
