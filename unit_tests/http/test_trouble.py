"""An error names the problem on the way to Pinterest and the next step; retries last as long as they can help."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.util.connection
from airbyte_cdk.models import FailureType
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.auth import TokenEndpoint
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.connection import Bounds
from source_pinterest.http.errors import PinterestError, Unavailable, Unreachable, WrongSettings
from source_pinterest.http.retry import INTERACTIVE, SYNC, RetryPolicy
from source_pinterest.http.transport import DownloadError, download, send
from source_pinterest.http.trouble import trouble_of
from unit_tests.http.scripted import Clock
from unit_tests.http.test_client import Tokens

PINTEREST = "https://api.pinterest.com/v5"
VARIABLES = [
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def problem(base_url: str = PINTEREST) -> tuple[str, str]:
    """The problem that the error of a request names, and its advice."""
    with new_session() as session:
        answer = send(
            session, "GET", f"{base_url}/boards", lambda request: request, timeouts=SYNC.timeouts
        )
    assert answer.status is None
    return answer.problem, answer.trouble.advice


def fetch(session: requests.Session, url: str) -> None:
    list(download(session, url, timeouts=SYNC.download_timeouts, max_bytes=LIMITS.download_bytes))


def failure(base_url: str = PINTEREST, policy: RetryPolicy = SYNC) -> Any:
    """The error of a request, and the pauses between its tries."""
    clock = Clock()
    with new_session() as session:
        client = PinterestClient(base_url, Tokens(), session, sleep=clock.sleep, policy=policy)
        with pytest.raises(PinterestError) as caught:
            client.get("/boards", {}, "org_read", bool)
        # the token endpoint names it as well
        endpoint = TokenEndpoint(base_url, "1234567", "the-app-secret", session, Clock().sleep)
        with pytest.raises(PinterestError) as asked:
            endpoint.ask({})
    words = str(caught.value).partition("(the last one: ")[2].partition("). ")[0]
    assert words in str(asked.value)
    assert type(asked.value) is type(caught.value)
    return caught.value, clock.sleeps


# --- Certificates ---


def certificate(folder: Path, name: str = "127.0.0.1", days: int = 1) -> Path:
    """A self-signed one with its key; `days`: until its end, which may be over."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_address = name[0].isdigit()
    named = x509.IPAddress(ip_address(name)) if is_address else x509.DNSName(name)
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([named]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def tls(pem: Path) -> Iterator[tuple[str, list[int]]]:
    """The base URL of a server with that certificate, and who connected."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[int] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            seen.append(1)
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(65_536)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/v5", seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_an_unknown_certificate_is_named_with_what_to_do_and_tried_twice(tmp_path):
    with tls(certificate(tmp_path)) as (base_url, seen):
        error, pauses = failure(base_url)
        connections = len(seen)

    assert isinstance(error, WrongSettings)
    assert error.failure_type == FailureType.config_error
    assert str(error) == (
        "Pinterest gave no usable answer for /boards in 2 tries (the last one: the certificate of "
        "127.0.0.1 is not trusted on this machine (self-signed certificate)). If a proxy or "
        "firewall inspects this machine's traffic, save its certificate (PEM) in a file, and name "
        "that file in `REQUESTS_CA_BUNDLE`. Otherwise somebody may be pretending to be Pinterest: "
        "ask the administrator of the network."
    )
    assert pauses == [1.0]
    assert connections == 4  # two of them for the token


def test_a_certificate_that_is_over_points_to_the_clock(tmp_path, monkeypatch):
    pem = certificate(tmp_path, days=-1)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with tls(pem) as (base_url, _):
        words, advice = problem(base_url)

    assert "is not trusted on this machine (certificate has expired)" in words
    assert advice.startswith("Check this machine's clock")


def test_a_certificate_of_somebody_else_is_named(tmp_path, monkeypatch):
    pem = certificate(tmp_path, name="elsewhere.test")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with tls(pem) as (base_url, _):
        words, _ = problem(base_url)

    assert "the certificate of 127.0.0.1 is not trusted on this machine" in words


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_of_certificates_that_does_not_exist_is_named(variable, monkeypatch):
    monkeypatch.setenv(variable, "/nowhere/corporate.pem")

    error, pauses = failure()

    assert isinstance(error, WrongSettings)
    assert pauses == []
    assert str(error) == (
        f"Pinterest gave no usable answer for /boards in 1 try (the last one: the file of certificates "
        f"that `{variable}` names cannot be read (No such file or directory): /nowhere/corporate.pem). "
        f"Correct the path in `{variable}`, or leave it out."
    )


def test_a_file_of_certificates_that_holds_none_is_named(tmp_path, monkeypatch):
    path = tmp_path / "corporate.pem"
    path.write_text("no certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with tls(certificate(tmp_path)) as (base_url, _):
        words, _ = problem(base_url)

    assert "`REQUESTS_CA_BUNDLE` names holds no certificate (PEM): " in words


def test_a_download_names_a_certificate_and_no_address(tmp_path):
    with (
        tls(certificate(tmp_path)) as (base_url, _),
        new_session() as session,
        pytest.raises(DownloadError) as caught,
    ):
        fetch(session, f"{base_url}/content?signature=secret")

    assert str(caught.value) == (
        "the certificate of its host is not trusted on this machine (self-signed certificate)"
    )
    assert caught.value.trouble.tries == 2


# --- A proxy ---


@contextmanager
def proxy(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and what it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                seen.append(connection.recv(65_536))
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


LEAKY = b"HTTP/1.1 407 Proxy Authentication Required hunter2hunter2\r\nContent-Length: 14\r\n\r\nhunter2hunter2"


def test_a_proxy_that_wants_a_login_is_named_and_its_credentials_are_not(monkeypatch):
    with proxy(LEAKY) as (port, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:hunter2hunter2@127.0.0.1:{port}")

        error, pauses = failure()

    assert isinstance(error, WrongSettings)
    assert pauses == [1.0]
    assert str(error) == (
        "Pinterest gave no usable answer for /boards in 2 tries (the last one: the proxy requires a login "
        "(status 407)). Correct the user name and password in `HTTPS_PROXY` "
        "(http://user:password@host:port, with special characters percent-encoded), or name Pinterest's "
        "host in `NO_PROXY` if this machine reaches it without the proxy."
    )
    assert seen[0].startswith(b"CONNECT api.pinterest.com:443")


def test_a_proxy_of_plain_http_that_wants_a_login_is_named_and_its_body_not_read(monkeypatch):
    with proxy(LEAKY.replace(b"hunter2hunter2\r\nContent", b"no\r\nContent")) as (port, _):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")

        words, _ = problem("http://127.0.0.1:1/v5")

    assert words == "the proxy requires a login (status 407)"


@pytest.mark.parametrize(
    ("status", "tries", "kind"), [(403, 2, WrongSettings), (503, 6, Unavailable)]
)
def test_a_proxy_that_refuses_the_way_is_named(status, tries, kind, monkeypatch):
    answer = b"HTTP/1.1 %d Blocked by policy\r\n\r\n" % status
    with proxy(answer) as (port, _):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")

        error, pauses = failure()

    assert type(error) is kind
    assert len(pauses) == tries - 1
    assert (
        "the proxy does not let the connection to api.pinterest.com through (status "
        f"{status})). Ask the administrator of the proxy to allow api.pinterest.com, or name api.pinterest.com in "
        "`NO_PROXY`"
    ) in str(error)
    assert "policy" not in str(error)


def test_a_proxy_that_is_not_there_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:hunter2hunter2@127.0.0.1:{port}")

    error, pauses = failure()

    assert pauses == [1.0, 2.0]
    assert "the proxy cannot be reached). Check the proxy's address in `HTTPS_PROXY`" in str(error)
    assert "hunter2" not in str(error)


def test_a_proxy_whose_name_does_not_resolve_is_named(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)

    words, _ = problem()

    assert words == "the name of the proxy does not resolve"


@pytest.mark.parametrize(
    "address",
    ["http://", "http://proxy:port", "http://proxy:99999", "ftp://proxy:1", "socks5://h:1", "://"],
)
def test_an_address_of_a_proxy_that_is_none_is_named(address, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", address)

    error, pauses = failure()

    assert pauses == []
    assert "`HTTPS_PROXY` does not hold the address of a proxy that can be used)" in str(error)


# --- The network ---


def no_such_name(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_a_name_that_does_not_resolve_is_named_and_tried_three_times(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)

    error, pauses = failure()

    assert type(error) is Unreachable
    assert error.failure_type == FailureType.transient_error
    assert pauses == [1.0, 2.0]
    assert str(error) == (
        "Pinterest gave no usable answer for /boards in 3 tries (the last one: the name "
        "api.pinterest.com does not resolve). Check this machine's network and its DNS; if it "
        "needs a proxy, name the proxy in `HTTPS_PROXY`. Run the sync again: it continues where it stopped."
    )


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN])
def test_a_machine_without_a_network_is_named(number, monkeypatch):
    def connect(*_: Any, **__: Any) -> Any:
        raise OSError(number, "no way")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)

    error, pauses = failure("http://127.0.0.1:9/v5")

    assert pauses == [1.0, 2.0]
    assert "no network leads to 127.0.0.1). Check this machine's network" in str(error)


def test_of_several_addresses_the_one_that_is_not_out_of_reach_counts(monkeypatch):
    """A machine without IPv6 has no way to half of the addresses: the other half says what is wrong."""
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("192.0.2.1", "192.0.2.2")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> Any:
        if address[0] == "192.0.2.2":
            raise OSError(errno.ENETUNREACH, "no way")
        raise ConnectionRefusedError(errno.ECONNREFUSED, "no")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)

    assert problem()[0] == "ConnectionError"


def test_no_text_holds_the_address_of_a_request(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with new_session() as session, pytest.raises(DownloadError) as caught:
        fetch(session, "https://secret-bucket.test/content?signature=secret")

    assert str(caught.value) == "the name of its host does not resolve"


def test_somebody_who_waits_is_told_what_to_do_and_not_to_wait(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")

    error, _ = failure(policy=INTERACTIVE)

    assert str(error).endswith("Correct the path in `REQUESTS_CA_BUNDLE`, or leave it out.")


@pytest.mark.parametrize(
    "kind", [requests.ConnectionError, requests.exceptions.ChunkedEncodingError]
)
def test_any_other_failure_of_a_connection_keeps_its_name(kind):
    trouble = trouble_of(kind("https://api.pinterest.com/secret"), PINTEREST, Bounds())

    assert trouble.words == kind.__name__
    assert trouble.advice == ""
