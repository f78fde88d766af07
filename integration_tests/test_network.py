"""Problems between this machine and Pinterest: each stream and the check name them, and nobody waits long."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from requests.adapters import HTTPAdapter

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Output, configured
from integration_tests.fake_pinterest import FakePinterest, Request
from integration_tests.faults.fault_harness import CONFIG, TODAY, WORLD, catalog
from integration_tests.faults.faulty_proxy import Act, Exchange, FaultyProxy, Wire
from integration_tests.test_security import self_signed
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE
from source_pinterest.http.transport import Timeouts

REPORT = {"name": "ads_of_mine", "level": "ad", "columns": ["SPEND_IN_DOLLAR"]}
STREAMS = ["boards", "ad_analytics_daily", "ads_of_mine"]
"""A list, a synchronous report and an asynchronous one."""

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    for name in (*VARIABLES, "CURL_CA_BUNDLE", *(each.lower() for each in VARIABLES)):
        monkeypatch.delenv(name, raising=False)
    WAITED_OUT.clear()


PATIENCE = 30
"""Seconds that something hangs or drips. A client that stays as long stands in `WAITED_OUT`."""

WAITED_OUT: list[str] = []

Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve) -> Iterator[tuple[int, list[bytes]]]:
    """A server that notes what it is asked; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=talk, args=[connection], daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            seen.append(connection.recv(65_536))
            serve(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


LEAKY = (
    b"HTTP/1.1 407 hunter2hunter2\r\nContent-Length: 46\r\n\r\n"
    b'{"code": 2, "message": "hunter2hunter2 is bad"}'
)


@contextmanager
def a_wrong_bundle(monkeypatch: pytest.MonkeyPatch, _: Any) -> Iterator[str]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/corporate.pem")
    yield "https://127.0.0.1:1/v5"


@contextmanager
def a_proxy_with_a_login(monkeypatch: pytest.MonkeyPatch, _: Any) -> Iterator[str]:
    with listening(lambda connection: connection.sendall(LEAKY)) as (port, _seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:hunter2hunter2@127.0.0.1:{port}")
        yield "https://127.0.0.1:1/v5"


@contextmanager
def a_plain_proxy_with_a_login(monkeypatch: pytest.MonkeyPatch, _: Any) -> Iterator[str]:
    with listening(lambda connection: connection.sendall(LEAKY)) as (port, _seen):
        monkeypatch.setenv("HTTP_PROXY", f"http://somebody:hunter2hunter2@127.0.0.1:{port}")
        yield "http://127.0.0.1:1/v5"


@contextmanager
def a_proxy_that_is_gone(monkeypatch: pytest.MonkeyPatch, _: Any) -> Iterator[str]:
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:hunter2hunter2@127.0.0.1:1")
    yield "https://127.0.0.1:1/v5"


@contextmanager
def an_unknown_certificate(_: Any, folder: Any) -> Iterator[str]:
    context = self_signed(folder)

    def serve(connection: socket.socket) -> None:
        """Never reached: the client leaves before it asks anything."""

    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    serve(tls)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/v5"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@contextmanager
def no_name(monkeypatch: pytest.MonkeyPatch, _: Any) -> Iterator[str]:
    def fails(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    yield "https://api.pinterest.com/v5"


WAYS: dict[str, tuple[Any, str, str]] = {
    "a wrong bundle": (
        a_wrong_bundle,
        "the file of certificates that `REQUESTS_CA_BUNDLE` names cannot be read (No such file or "
        "directory): /nowhere/corporate.pem",
        "Correct the path in `REQUESTS_CA_BUNDLE`",
    ),
    "a proxy that wants a login": (
        a_proxy_with_a_login,
        "the proxy requires a login (status 407)",
        "Correct the user name and password in `HTTPS_PROXY`",
    ),
    "a proxy of plain HTTP that wants a login": (
        a_plain_proxy_with_a_login,
        "the proxy requires a login (status 407)",
        "or name Pinterest's host in `NO_PROXY`",
    ),
    "a proxy that is gone": (
        a_proxy_that_is_gone,
        "the proxy cannot be reached",
        "Check the proxy's address in `HTTPS_PROXY`",
    ),
    "an unknown certificate": (
        an_unknown_certificate,
        "the certificate of 127.0.0.1 is not trusted on this machine (self-signed certificate)",
        "name that file in `REQUESTS_CA_BUNDLE`",
    ),
    "no such name": (
        no_name,
        "the name api.pinterest.com does not resolve",
        "Check this machine's network and its DNS",
    ),
}


def oauth(**more: str) -> dict[str, str]:
    return {
        "auth_method": "oauth2.0",
        "client_id": "1234567",
        "client_secret": "app-secret",
        "refresh_token": "pinr_test_refresh",
        **more,
    }


@pytest.mark.parametrize("credentials", [oauth(), oauth(access_token="pina_test_token")])
@pytest.mark.parametrize("way", WAYS)
def test_check_and_every_stream_name_the_network_problem_and_the_next_step(
    way, credentials, monkeypatch, tmp_path, capfd
):
    hinder, fact, advice = WAYS[way]
    with hinder(monkeypatch, tmp_path) as base_url:
        config = {"credentials": credentials, "base_url": base_url, "custom_reports": [REPORT]}
        streams = configured(Connector(config).discover().catalog, STREAMS)

        checked = Connector(config).check()
        read = Connector(config).read(streams)

    assert checked.exit_code == 0
    assert checked.connection_status["status"] == "FAILED"
    assert f"(the last one: {fact}). " in checked.connection_status["message"]
    assert advice in checked.connection_status["message"]
    assert read.exit_code == 1
    assert read.statuses == dict.fromkeys(STREAMS, "INCOMPLETE")
    errors = [each["message"] for each in read.errors]
    for stream in STREAMS:
        (error,) = [each for each in errors if each.startswith(f"{stream} is incomplete")]
        assert fact in error
        assert advice in error
    everything = "".join([*checked.lines, *read.lines, *capfd.readouterr()])
    assert "hunter2" not in everything
    assert "Traceback" not in everything.replace('"stack_trace":', "")


def test_a_list_that_cannot_be_reached_is_not_requested_in_halves(monkeypatch):
    with listening(lambda connection: connection.sendall(LEAKY)) as (port, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        it = Connector(
            {
                "credentials": oauth(access_token="pina_test_token"),
                "base_url": "https://127.0.0.1:1/v5",
            }
        )

        it.read(configured(it.discover().catalog, ["boards"]))

    assert len(seen) == 2


# --- The content of an asynchronous report, at another host ---


def content_at(pinterest: FakePinterest, address: str) -> None:
    def fault(request: Request) -> Any:
        if request.method == "GET" and request.path.endswith("/reports"):
            return 200, {"report_status": "FINISHED", "url": address, "size": 1.0}, {}
        return None

    pinterest.fault = fault


def read_the_report(pinterest: FakePinterest) -> Output:
    it = connector(pinterest, custom_reports=[REPORT], ad_account_ids=["549755885175"])
    return it.read(configured(it.discover().catalog, ["ads_of_mine", "boards"]))


def test_a_download_with_an_unknown_certificate_is_reported_after_fewer_than_six_attempts(
    pinterest, tmp_path
):
    with an_unknown_certificate(None, tmp_path) as base_url:
        content_at(pinterest, f"{base_url}/content?X-Amz-Signature=secret")

        output = read_the_report(pinterest)

    assert output.statuses == {"ads_of_mine": "INCOMPLETE", "boards": "COMPLETE"}
    message = output.errors[0]["message"]
    assert (
        "after 2 attempts: its content could not be fetched (the certificate of its host" in message
    )
    assert "name that file in `REQUESTS_CA_BUNDLE`" in message
    assert "Signature" not in "".join(output.lines)


HEADERS = b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"
A_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "
"""How an answer begins, and what of it drips."""


def drip(wire: Wire, what: tuple[bytes, bytes], name: str) -> None:
    begins, drop = what
    wire.raw(begins)
    for _ in range(PATIENCE * 20):
        if not wire.wait(0.05):
            return
        wire.raw(drop)
    WAITED_OUT.append(name)


@pytest.mark.parametrize("what", [HEADERS, A_BODY], ids=["headers", "a body"])
def test_a_download_that_trickles_in_is_given_up(what, pinterest, adjust):
    adjust(download_timeouts=Timeouts(connect=10.0, read=120.0, total=0.3), tries=2)
    with listening(lambda it: drip(Wire(it), what, "a content")) as (port, _):
        content_at(pinterest, f"http://127.0.0.1:{port}/content")

        output = read_the_report(pinterest)

    assert WAITED_OUT == []
    assert output.statuses == {"ads_of_mine": "INCOMPLETE", "boards": "COMPLETE"}
    assert "could not be fetched (an answer that did not end)" in output.errors[0]["message"]


def test_a_report_file_that_is_too_large_is_requested_in_halves(adjust):
    with FakePinterest(WORLD, today=TODAY) as pinterest:
        it = connector(pinterest, custom_reports=[REPORT], **CONFIG)
        chosen = configured(it.discover().catalog, ["ads_of_mine"])
        whole = it.read(chosen)
        asked = len(pinterest.requests)
        adjust(download_bytes=1_000)
        fetched: list[Any] = []
        pinterest.reports.fault = fetched.append

        output = it.read(chosen)

        reports = [each for each in pinterest.requests[asked:] if each.operation == POST_REPORT]

    assert output.statuses == {"ads_of_mine": "COMPLETE"}
    assert rows(output, "ads_of_mine") == rows(whole, "ads_of_mine")
    assert 3 < len(reports) < 100
    assert len(fetched) == len(reports)  # what is too large is not fetched again


POST_REPORT = "POST /ad_accounts/{ad_account_id}/reports"


# --- An answer that is too large ---


def test_a_list_and_a_report_that_are_too_large_are_requested_in_halves(discovered, adjust):
    chosen = catalog(discovered, ["ads", "ad_analytics_daily"])
    adjust(smallest_page_size=2)
    with FakePinterest(WORLD, today=TODAY) as pinterest:
        whole = connector(pinterest, **CONFIG).read(chosen)
        adjust(answer_bytes=5_000)

        output = connector(pinterest, **CONFIG).read(chosen)

    assert set(output.statuses.values()) == {"COMPLETE"}
    assert "Pinterest's answer for /ad_accounts/" in output.logs
    for stream in ("ads", "ad_analytics_daily"):
        assert rows(output, stream) == rows(whole, stream) != set()


def rows(output: Output, stream: str) -> set[str]:
    return {json.dumps(each, sort_keys=True) for each in output.records(stream)}


# --- A check ends, whatever hangs ---

PATIENT = replace(INTERACTIVE, seconds=1_000.0)
"""For an endpoint by itself: what the others take does not matter."""


class Ahead:
    """A clock that goes as that of this machine, and is put forward by what takes long."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> float:
        return time.monotonic() + self.seconds

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds


AHEAD = Ahead()


def hangs(wire: Wire, exchange: Exchange) -> None:
    AHEAD.pass_(INTERACTIVE.timeouts.read)
    if wire.wait(PATIENCE):
        WAITED_OUT.append(exchange.path)


def is_waited_for_a_fortieth_of_the_time(hangs_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that never answers need not be waited for in full. Other requests keep their time-out."""
    send = HTTPAdapter.send

    def hurried(self: HTTPAdapter, request: Any, **options: Any) -> Any:
        if hangs_at in (urlsplit(request.url).path.removeprefix("/v5"), EVERYWHERE):
            connect, read = options["timeout"]
            options["timeout"] = (connect, read / 40)
        return send(self, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", hurried)


def drips_headers(wire: Wire, exchange: Exchange) -> None:
    drips_for_long(wire, exchange, HEADERS)


def drips_a_body(wire: Wire, exchange: Exchange) -> None:
    drips_for_long(wire, exchange, A_BODY)


def drips_for_long(wire: Wire, exchange: Exchange, what: tuple[bytes, bytes]) -> None:
    AHEAD.pass_(INTERACTIVE.timeouts.total)
    drip(wire, what, exchange.path)


def is_slow(wire: Wire, exchange: Exchange) -> None:
    """One answer is in time by itself; all of them together are not."""
    AHEAD.pass_(5.0)
    wire.send(exchange.status, exchange.body)


def asks_to_wait(wire: Wire, _: Exchange) -> None:
    wire.send(429, b'{"code": 8, "message": "slow down"}', {"Retry-After": "1"})


EVERYWHERE = ""


@pytest.mark.parametrize("act", [hangs, drips_headers, drips_a_body, is_slow, asks_to_wait])
@pytest.mark.parametrize(
    "where",
    [
        "/oauth/token",
        "/user_account",
        "/ad_accounts",
        "/boards",
        "/pins",
        "/pins/analytics",
        EVERYWHERE,
    ],
)
def test_a_check_ends_whatever_hangs(where, act, pinterest, adjust, monkeypatch):
    if act is hangs:
        is_waited_for_a_fortieth_of_the_time(where, monkeypatch)
    adjust(
        interactive=INTERACTIVE if where == EVERYWHERE else PATIENT,
        budget=lambda limits: RateBudget(AHEAD.clock, AHEAD.pass_, limits),
        clock=AHEAD.clock,
        sleep=AHEAD.pass_,
    )

    def choose(exchange: Exchange) -> Act | None:
        return act if where in (exchange.path, EVERYWHERE) else None

    with FaultyProxy(pinterest, choose) as proxy:
        config = {"credentials": oauth(), "base_url": proxy.url}

        status = Connector(config).check().connection_status

        hit = sum(hit for _, hit in proxy.exchanges)

    assert WAITED_OUT == []
    assert hit > 0
    if where == EVERYWHERE:
        assert hit <= 3  # with 5 s for each, the third one is the last that begins within 12 s
    if act is asks_to_wait:
        assert hit <= 4  # of one endpoint, since a fourth second would be too long
    must = where in ("/oauth/token", "/user_account", "/ad_accounts", EVERYWHERE)
    fails = act is not is_slow if where != EVERYWHERE else True
    assert status["status"] == ("FAILED" if must and fails else "SUCCEEDED")


def test_a_name_that_hangs_does_not_hold_up_a_check(monkeypatch, adjust):
    soon = replace(INTERACTIVE.timeouts, connect=0.4)
    adjust(interactive=replace(INTERACTIVE, first_pause=0.0, timeouts=soon, login_timeouts=soon))
    over = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        if not over.wait(PATIENCE):
            WAITED_OUT.append("a name")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        status = Connector({"credentials": oauth()}).check().connection_status
    finally:
        over.set()

    assert WAITED_OUT == []
    assert "the name api.pinterest.com does not resolve" in status["message"]


def test_a_check_has_twelve_seconds_in_all():
    assert INTERACTIVE.seconds == 12.0


# --- A login endpoint that is down costs once ---


@pytest.mark.parametrize("act", [hangs, drips_headers, drips_a_body])
def test_sixteen_streams_wait_for_a_login_endpoint_once(act, pinterest, discovered, adjust):
    adjust(login_timeouts=Timeouts(connect=10.0, read=0.2, total=0.3))

    def choose(exchange: Exchange) -> Act | None:
        return act if exchange.path == "/oauth/token" else None

    with FaultyProxy(pinterest, choose) as proxy:
        output = Connector({"credentials": oauth(), "base_url": proxy.url}).read(
            configured(discovered)
        )

        asked = len(proxy.exchanges)

    assert WAITED_OUT == []
    assert asked == 3
    assert len(output.statuses) == 16
    assert set(output.statuses.values()) == {"INCOMPLETE"}
    assert all(
        "Pinterest's login endpoint gave no usable answer in 3 tries" in each["message"]
        for each in output.errors[:16]
    )
