"""Loading files: what is sent, under which key, and what an interruption leaves to do."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hearth_cli.errors import CommandError
from hearth_cli.load.journal import Journal
from hearth_cli.load.report import failure_lines, summary_lines
from hearth_cli.load.run import Load, Outcome
from hearth_cli.load.sending import Sender
from hearth_cli.target import ApiTarget


class Api:
    """A server that keeps what it is sent and answers as FHIR's batch and transaction do."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        """Idempotency-Key, token and Bundle of each request."""
        self.refused: dict[str, int] = {}
        """Status of an entry, by the id of its resource."""
        self.answers: list[int] = []
        """Statuses to answer first, before anything is done."""
        self.needs: dict[str, str] = {}
        """A transaction that holds the first id is 412 until the second has been stored."""
        self.stored: set[str] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                bundle = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                token = self.headers["Authorization"]
                outer.requests.append((self.headers["Idempotency-Key"], token, bundle))
                status, answer = outer.answer(bundle)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/fhir"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, bundle: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.answers:
            return self.answers.pop(0), {"resourceType": "OperationOutcome", "issue": []}
        ids = [entry["resource"].get("id", "") for entry in bundle["entry"]]
        if any(each in self.needs and self.needs[each] not in self.stored for each in ids):
            return 412, outcome("not-found", "no match")
        entries = []
        for each in ids:
            status = self.refused.get(each, 201)
            response: dict[str, Any] = {"status": str(status)}
            if status >= 300:
                response["outcome"] = outcome("value", "gender is wrong")
            else:
                self.stored.add(each)
            entries.append({"response": response})
        return 200, {"resourceType": "Bundle", "entry": entries}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def outcome(code: str, text: str) -> dict[str, Any]:
    issue = {"severity": "error", "code": code, "details": {"text": text}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    yield server
    server.close()


def load(api: Api, folder: Path, *paths: Path, again: bool = False, salt: str = "") -> Outcome:
    """Run a load of `paths`, with the journal in `folder`."""
    tokens = iter(f"token-{number}" for number in range(9))
    target = ApiTarget(api.url, "key", lambda: next(tokens))
    journal = Journal(folder / "journal", api.url)
    sender = Sender(target, 2, salt)
    return Load(sender, journal, 2, lambda _file, _count: None, again).run(paths)


def patient(id: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id}


def transaction(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
               for each in resources]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_transaction_goes_as_it_stands_under_a_key_of_its_file(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(transaction(patient("a"), patient("b"))))

    result = load(api, tmp_path, file)

    assert result.stored == {"Patient": 2}
    ((key, _, sent),) = api.requests
    assert sent == transaction(patient("a"), patient("b"))
    assert key.endswith("-0-0")


def test_lines_of_ndjson_become_batches_that_keep_ids(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "patients.ndjson.gz"
    lines = [json.dumps(patient(f"p{number}")) for number in range(150)]
    file.write_bytes(gzip.compress("\n".join([*lines, "", '{"resourceType":"Group"}']).encode()))

    result = load(api, tmp_path, file)

    assert result.stored == {"Patient": 150, "Group": 1}
    assert sorted(len(bundle["entry"]) for _, _, bundle in api.requests) == [51, 100]
    requests = [entry["request"] for _, _, bundle in api.requests for entry in bundle["entry"]]
    assert {"method": "PUT", "url": "Patient/p0"} in requests
    assert {"method": "POST", "url": "Group"} in requests


def test_a_collection_is_loaded_entry_by_entry(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "collection.json"
    file.write_text(json.dumps({**transaction(patient("a")), "type": "collection"}))

    load(api, tmp_path, file)

    assert api.requests[0][2] == {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"resource": patient("a"), "request": {"method": "PUT", "url": "Patient/a"}}],
    }


def test_what_has_been_loaded_is_not_sent_again(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(transaction(patient("a"))))
    load(api, tmp_path, file)

    second = load(api, tmp_path, file)

    assert len(api.requests) == 1
    assert second.known == 1


def test_a_journal_line_cut_off_by_a_kill_sends_the_unit_under_the_same_key(
    api: Api, tmp_path: Path
) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(transaction(patient("a"))))
    load(api, tmp_path, file)
    (journal,) = (tmp_path / "journal").rglob("*.jsonl")
    journal.write_text(journal.read_text()[:-3])

    load(api, tmp_path, file)
    load(api, tmp_path, file)

    keys = [key for key, _, _ in api.requests]
    assert keys == [keys[0], keys[0]]


def test_again_sends_everything_under_new_keys(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(transaction(patient("a"))))
    load(api, tmp_path, file)

    load(api, tmp_path, file, again=True, salt="-x")

    first, second = [key for key, _, _ in api.requests]
    assert first != second


def test_a_refused_entry_is_named_and_alone_sent_again(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "two.ndjson"
    file.write_text("\n".join(json.dumps(patient(id)) for id in ("good", "bad")))
    api.refused["bad"] = 400

    first = load(api, tmp_path, file)
    api.refused.clear()
    second = load(api, tmp_path, file)

    assert [line for each in first.failures for line in failure_lines(each)] == [
        "two.ndjson entry 1: 400",
        "  value: gender is wrong",
    ]
    assert second.stored == {"Patient": 1}
    assert [len(bundle["entry"]) for _, _, bundle in api.requests] == [2, 1]
    assert len({key for key, _, _ in api.requests}) == 2


def test_a_unit_that_waits_for_another_is_sent_again_after_it(api: Api, tmp_path: Path) -> None:
    for name, id in (("a.json", "patient"), ("b.json", "practitioner")):
        (tmp_path / name).write_text(json.dumps(transaction(patient(id))))
    api.needs["patient"] = "practitioner"

    result = load(api, tmp_path, tmp_path / "a.json", tmp_path / "b.json")

    assert (result.stored, result.failures) == ({"Patient": 2}, [])


def test_a_unit_that_nothing_helps_fails_once(api: Api, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(transaction(patient("patient"))))
    api.needs["patient"] = "nobody"

    result = load(api, tmp_path, tmp_path / "a.json")

    assert [(each.name, each.status) for each in result.failures] == [("a.json", 412)]


def test_an_expired_token_is_renewed_and_a_busy_server_asked_again(
    api: Api, tmp_path: Path
) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(transaction(patient("a"))))
    api.answers = [401, 503]

    result = load(api, tmp_path, file)

    assert result.stored == {"Patient": 1}
    assert [token for _, token, _ in api.requests] == [
        "Bearer token-0", "Bearer token-1", "Bearer token-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("broken.json", b"{", id="half a document"),
        pytest.param(
            "broken.json",
            b'{"resourceType":"Bundle","type":"batch","entry":[{"resource":null}]}',
            id="an entry of null",
        ),
        pytest.param("broken.json.gz", b"\x1f\x8b\x08", id="half a gzip file"),
        pytest.param("broken.ndjson", b"[1]", id="not an object"),
        pytest.param("broken.ndjson", b'{"id":"a"}', id="no resourceType"),
        pytest.param("broken.json", b"\xff\xfe", id="not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_failure_not_a_crash(
    api: Api, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)

    result = load(api, tmp_path, tmp_path / name)

    assert [(each.file.name, each.status) for each in result.failures] == [(name, 0)]
    assert api.requests == []


def test_nothing_to_load_is_an_error(api: Api, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no FHIR file"):
        load(api, tmp_path, tmp_path)


def test_the_summary_counts_by_type(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(transaction(patient("a"))))

    result = load(api, tmp_path, file)

    assert summary_lines(result, 0.5) == [
        "Patient        1",
        "1 stored in 0.5 s, 2 a second, 0 failed",
    ]
