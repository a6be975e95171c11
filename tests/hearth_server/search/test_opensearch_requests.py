"""Where requests to OpenSearch go and who signs them; no node is needed for that."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hearth_server import deadline, search
from hearth_server.errors import NotSupported, ServiceError, Unavailable
from hearth_server.search.documents import document
from hearth_server.search.engines.opensearch import cluster
from hearth_server.search.engines.opensearch.address import parse
from hearth_server.search.engines.opensearch.bulk import Bulk
from hearth_server.search.engines.opensearch.cluster import Cluster, Exists, Missing, Refused
from hearth_server.search.engines.opensearch.index import OpenSearchIndex
from hearth_server.settings import SettingError, Settings
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import Key, Record

from tests.hearth_server.serving import SETTINGS

DOMAIN = "https://vpc-hearth-abc.eu-central-1.es.amazonaws.com"


@pytest.mark.parametrize(
    ("location", "host", "name", "signed"),
    [
        (DOMAIN, "vpc-hearth-abc.eu-central-1.es.amazonaws.com", "hearth", True),
        (f"{DOMAIN}/prod", "vpc-hearth-abc.eu-central-1.es.amazonaws.com", "prod", True),
        ("http://127.0.0.1:9200/try-out", "127.0.0.1", "try-out", False),
        ("http://localhost:9200", "localhost", "hearth", False),
    ],
)
def test_an_address_says_where_the_index_is_and_whether_requests_are_signed(
    location: str, host: str, name: str, signed: bool
) -> None:
    address = parse(location)

    assert (address.endpoint.host, address.name, address.signed) == (host, name, signed)


@pytest.mark.parametrize(
    "location",
    [
        "http://search.example.org",
        "http://10.0.0.7:9200",
        "https://user:secret@search.example.org",
        f"{DOMAIN}/Upper",
        f"{DOMAIN}/-x",
        f"{DOMAIN}/a,b",
        f"{DOMAIN}/_all",
        f"{DOMAIN}?x=1",
        "search.example.org",
        "",
    ],
)
def test_an_address_that_is_not_safe_or_not_one_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match=r"location|start the names|URL"):
        parse(location)


def test_a_location_that_is_wrong_fails_when_the_stage_starts() -> None:
    settings = _settings("http://10.0.0.7:9200")

    with pytest.raises(SettingError, match="HEARTH_SEARCH_LOCATION"):
        search.open(settings, MemoryStore())


def test_a_stage_on_opensearch_gets_its_index_without_a_request() -> None:
    settings = _settings(DOMAIN)

    assert isinstance(search.open_engine(settings), OpenSearchIndex)


@pytest.fixture
def heard() -> list[AWSRequest]:
    """The requests that came."""
    return []


@pytest.fixture
def domain(
    tmp_path: Path, heard: list[AWSRequest], monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A server with a certificate of its own, which answers every request with {}."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "AKIAEXAMPLE")

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(
                AWSRequest(
                    "POST", f"https://{self.headers['host']}{self.path}", dict(self.headers), body
                )
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate of 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return file


def test_a_server_that_cannot_prove_who_it_is_hears_nothing(
    domain: str, heard: list[AWSRequest]
) -> None:
    with pytest.raises(Unavailable):
        Cluster(parse(domain), "eu-central-1").send("POST", "/hearth-read/_search", {})

    assert heard == []


def test_requests_arrive_signed_over_tls(
    domain: str, heard: list[AWSRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "server.pem"))

    Cluster(parse(domain), "eu-central-1").send(
        "POST", "/hearth-read/_search", {"size": 1}, {"filter_path": "hits.*,error"}
    )

    (request,) = heard
    assert request.headers["authorization"] == signed_by_botocore(request)


def signed_by_botocore(request: AWSRequest) -> str:
    """Return the header that botocore makes for a request."""
    kept = ("host", "content-type", "x-amz-date", "x-amz-security-token")
    plain = {name: request.headers[name] for name in kept if name in request.headers}
    again = AWSRequest("POST", request.url, plain, request.data)
    again.context["timestamp"] = plain["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIAEXAMPLE", "AKIAEXAMPLE"), "es", "eu-central-1")
    canonical = signer.canonical_request(again)
    signature = signer.signature(signer.string_to_sign(again, canonical), again)
    names = signer.signed_headers(signer.headers_to_sign(again))
    return (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(again)}, SignedHeaders={names}, "
        f"Signature={signature}"
    )


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "too_many_nested_clauses", NotSupported),
        (404, "index_not_found_exception", Missing),
        (400, "resource_already_exists_exception", Exists),
        (400, "mapper_parsing_exception", Refused),
        (429, "rejected_execution_exception", Unavailable),
        (503, "cluster_block_exception", Unavailable),
        (413, "", Refused),
        (403, "security_exception", ServiceError),
    ],
)
def test_what_the_cluster_refuses_is_an_error_that_quotes_nothing(
    status: int, kind: str, expected: type[Exception]
) -> None:
    body = msgspec.json.encode({"error": {"type": kind, "reason": "of Ada Lovelace"}})

    problem = cluster._problem(status, body)

    assert type(problem) is expected
    assert "Ada" not in str(problem)


def test_a_cluster_that_takes_no_writes_is_waited_for_and_blames_no_document() -> None:
    """A domain short of disk answers 403 for each document, and takes them all afterwards."""

    class Blocked:
        def send(self, *_: object) -> object:
            refused = {"status": 403, "error": {"type": "cluster_block_exception"}}
            return {"items": [{"index": refused}]}

    record = Record(Key("-", "Patient", "a"), 1, 1, "PUT", b'{"resourceType":"Patient","id":"a"}')
    bulk = Bulk(Blocked(), "false", None)  # type: ignore[arg-type]

    with deadline.within(0.1), pytest.raises(Unavailable):
        bulk.write([document(record)], ["hearth-1-in"], again=False)


def _settings(location: str) -> Settings:
    return replace(SETTINGS, search_engine="opensearch", search_location=location)
