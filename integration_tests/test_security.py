"""Nothing but Pinterest is contacted, no file but the platform's is touched, and no name does harm."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3.util.connection
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integration_tests.conftest import connector
from integration_tests.connector import ROOT, Connector, configured
from integration_tests.expected.reports import rows
from integration_tests.fake_pinterest import FakePinterest
from integration_tests.fake_pinterest.serving import Serving
from integration_tests.faults.fault_harness import TODAY, WINDOW, WORLD, catalog, hurried, login
from integration_tests.faults.faults import changed
from integration_tests.faults.faulty_proxy import FaultyProxy
from source_pinterest.config.config import AccessTokenCredentials
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import new_session
from source_pinterest.http.retry import SYNC
from source_pinterest.http.transport import send

# --- Who is contacted ---


class SomebodyElse:
    """A server that notes who comes by, with what."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.seen: list[str] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(str(self.headers))
                self.send_response(200)
                self.end_headers()

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.serving = Serving(self.server)

    def __enter__(self) -> SomebodyElse:
        self.serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.serving.stop()


def test_a_sync_connects_to_pinterest_only(pinterest, discovered, monkeypatch):
    connect = urllib3.util.connection.create_connection
    connected: set[Any] = set()

    def noted(address: Any, *arguments: Any, **more: Any) -> Any:
        connected.add(address)
        return connect(address, *arguments, **more)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", noted)

    connector(pinterest).check()
    connector(pinterest).read(catalog(discovered))

    assert connected == {("127.0.0.1", pinterest.port)}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/v5/boards", "/v5/oauth/token"])
def test_a_redirect_to_somebody_else_is_not_followed(pinterest, discovered, status, path):
    with SomebodyElse() as thief, hurried():
        location = {"Location": f"http://127.0.0.1:{thief.port}{path}"}
        pinterest.fault = lambda request: (
            (status, "", location) if request.path == path.removeprefix("/v5") else None
        )
        it = login(pinterest, pinterest.url)
        if "oauth" in path:
            del it.config["credentials"]["access_token"]
        output = it.read(configured(discovered, ["boards"]))

    assert thief.seen == []
    assert output.statuses == {"boards": "INCOMPLETE"}
    assert f"status {status}" in output.errors[0]["message"]


def self_signed(folder: Any) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "self-signed.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_certificate_that_nobody_vouches_for_gets_no_token(tmp_path, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    credentials = AccessTokenCredentials(access_token="pina_only-for-pinterest")
    token = AccessToken(credentials).token()

    def sign(request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    with SomebodyElse(self_signed(tmp_path)) as thief:
        answer = send(
            new_session(),
            "GET",
            f"https://127.0.0.1:{thief.port}/v5/boards",
            sign,
            timeouts=SYNC.timeouts,
        )

    assert answer.status is None
    assert "is not trusted on this machine (self-signed certificate)" in answer.problem
    assert thief.seen == []


# --- Files ---

WATCHED = """
import os, sys
opened, own = [], os.environ["TMPDIR"]

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path, mode, flags = arguments
        text = path.decode() if isinstance(path, bytes) else path
        writes = isinstance(mode, str) and set(mode) & set("wax+") or flags & 3
        if (writes and not text.startswith(own)) or "must_not_be_read" in text:
            opened.append(f"{text} {mode} {flags}")
    if event in ("subprocess.Popen", "os.system", "os.exec"):
        opened.append(f"{event} {arguments[0]}")

from datetime import datetime
from source_pinterest.run import run
sys.addaudithook(watch)
try:
    run(sys.argv[1:], lambda: datetime.fromisoformat("2026-11-24T09:00:00+00:00"))
finally:
    sys.stderr.write("opened: " + repr(opened))
"""


def test_config_and_state_make_it_read_and_write_no_file(pinterest, discovered, tmp_path):
    sentinel = tmp_path / "must_not_be_read"
    sentinel.write_text("what it must not read")
    credentials = {
        "auth_method": "access_token",
        "access_token": pinterest.access_token,
        "access_token_file": str(sentinel),
        "ca_bundle": str(sentinel),
    }
    config = {
        "credentials": credentials,
        "base_url": pinterest.url,
        "file": str(sentinel),
        "log": f"file://{sentinel}",
    }
    state = [
        {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": "ad_analytics"},
                "stream_state": {str(sentinel): {}, f"../../{sentinel}": {}},
            },
        }
    ]
    own_files = tmp_path / "own"
    own_files.mkdir()  # the CDK writes the configuration to a folder of its own for a moment
    it = Connector(config)
    chosen = configured(discovered, ["ad_analytics", "boards"])
    with it._files(config=config, catalog=chosen, state=state) as arguments:
        ended = subprocess.run(
            [sys.executable, "-B", "-c", WATCHED, "read", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
            env={**os.environ, "TMPDIR": str(own_files)},
        )

    assert list(own_files.iterdir()) == []
    assert "what it must not read" not in ended.stdout
    assert ended.stderr.endswith("opened: []"), ended.stderr[-500:]


# --- Names ---

FAKE_STATE = (
    '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"ads"}}}}'
)
NAMES = {
    "lines": f"one\n{FAKE_STATE}\r\n{FAKE_STATE}\u2028\u2029\x85\x0b\x0c",
    "control characters": "".join(map(chr, range(32))) + "\x7f",
    "terminal escapes": "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "emoji": "Sommer 🏖️👩‍👩‍👧‍👦 Ünïcödé עברית \u202e",
    "100 kB": "x" * 100_000,
    "JSON": '"}},{"type":"RECORD"} \\ \\u0000',
    "rows": '[}, {, "},{", ]] },\n{"AD_ID": 1}',
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_nasty_name_goes_through_unharmed(name, discovered):
    def renamed(body: Any) -> Any:
        for row in body["items"] if isinstance(body, dict) else body:
            row["name" if "items" in body else "CAMPAIGN_NAME"] = name
        return body

    where = ("/campaigns", "/ads/analytics")
    chosen = catalog(discovered, ["campaigns", "ad_analytics_daily"])
    with hurried(), FakePinterest(WORLD, today=TODAY) as pinterest:
        act = partial(changed, renamed)
        with FaultyProxy(
            pinterest, lambda exchange: act if exchange.path.endswith(where) else None
        ) as proxy:
            output = login(pinterest, proxy.url).read(chosen)

    assert output.exit_code == 0
    assert {record["name"] for record in output.records("campaigns")} == {name}
    reports = output.records("ad_analytics_daily")
    assert {record["CAMPAIGN_NAME"] for record in reports} == {name}
    assert len(output.records("campaigns")) == 6
    assert len(reports) == len(rows(WORLD, "ad_analytics_daily", **WINDOW))
    assert output.states("ads") == []


def test_half_an_emoji_becomes_a_replacement_character(discovered):
    """Of a name that was cut after so many UTF-16 units."""

    def renamed(body: Any) -> Any:
        for item in body["items"]:
            item["name"] = "Sale \ud83d"
        return body

    with hurried(), FakePinterest(WORLD, today=TODAY) as pinterest:
        act = partial(changed, renamed)
        with FaultyProxy(
            pinterest, lambda exchange: act if "/campaigns" in exchange.path else None
        ) as proxy:
            output = login(pinterest, proxy.url).read(catalog(discovered, ["campaigns"]))

    assert output.exit_code == 0
    assert {json.dumps(record["name"]) for record in output.records("campaigns")} == {
        '"Sale \\ufffd"'
    }
