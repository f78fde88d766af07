"""Everything ends by one deadline, whatever drips or hangs."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3.util.connection

from source_pinterest.http import connection
from source_pinterest.http.client import new_session
from source_pinterest.http.connection import Bounds, within
from source_pinterest.http.retry import SYNC
from source_pinterest.http.transport import DownloadError, send
from source_pinterest.http.trouble import ENDLESS
from unit_tests.http.serving import BODY, HEAD, Serve, as_it_is, asked, fetched, whole

CHUNK_BYTES = 0.01
"""Seconds between two bytes that drip."""

PATIENCE = 30.0
"""Seconds until a server gives up: whoever has waited for that sees another trouble than `ENDLESS`."""


def drip(connection: socket.socket, text: bytes) -> None:
    for place in range(len(text)):
        connection.sendall(text[place : place + 1])
        threading.Event().wait(CHUNK_BYTES)


def for_ever(text: bytes, before: bytes = b"") -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(before)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            drip(connection, text)
        connection.shutdown(socket.SHUT_RDWR)

    return serve


DRIPPING = {
    "the status": for_ever(b"H"),
    "a header": for_ever(b"x", HEAD + b"X-Long: "),
    "headers": for_ever(b"X: y\r\n", HEAD),
    "the body": for_ever(b" ", HEAD + b"Content-Length: 999999\r\n\r\n"),
    "the length of a chunk": for_ever(b"0", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "the end of the chunks": for_ever(
        b"X: y\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n"
    ),
    "what is not the answer yet": for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "an empty gzip": for_ever(
        gzip.compress(b""), HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9999999\r\n\r\n"
    ),
}


@pytest.mark.parametrize("name", DRIPPING)
def test_an_answer_ends_by_its_deadline_whatever_drips(name, server):
    answer = asked(server(DRIPPING[name]).url, whole=0.3)

    assert answer.trouble == ENDLESS
    assert answer.is_too_slow()


@pytest.mark.parametrize("name", DRIPPING)
def test_a_download_ends_by_its_deadline_whatever_drips(name, server):
    with pytest.raises(DownloadError, match="an answer that did not end"):
        fetched(server(DRIPPING[name]).url, whole=0.3)


def test_what_is_whole_before_the_deadline_is_taken_though_it_drips(server):
    text = HEAD + b"Content-Length: 13\r\n\r\n" + BODY

    answer = asked(server(lambda connection: drip(connection, text)).url)

    assert answer.body() == {"items": []}


def test_the_deadline_of_everything_counts_where_it_comes_before_that_of_the_answer(server):
    answer = asked(server(DRIPPING["headers"]).url, until=time.monotonic() + 0.3)

    assert answer.trouble == ENDLESS


def test_connections_are_used_again_and_a_deadline_leaves_nothing_behind(server):
    whole = HEAD + b"Content-Length: 13\r\n\r\n" + BODY
    pinterest = server(lambda connection: connection.sendall(whole))
    session = new_session()

    for _ in range(3):
        assert (
            send(
                session,
                "GET",
                pinterest.url,
                as_it_is,
                timeouts=SYNC.timeouts,
                until=time.monotonic() + PATIENCE,
            ).status
            == 200
        )
    session.close()

    assert pinterest.connections == 1


# --- The way there ---


def test_a_name_that_is_not_found_in_time_is_not_waited_for(server, monkeypatch):
    silent = server(lambda _: None).over

    def hang(*_: Any) -> Any:
        silent.wait(PATIENCE)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))]

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    answer = asked("https://api.pinterest.com/v5/boards", connect=0.2)

    assert answer.problem == "the name api.pinterest.com does not resolve"


def resolved(monkeypatch: pytest.MonkeyPatch, addresses: list[str], port: int) -> None:
    look_up = socket.getaddrinfo

    def found(host: Any, *arguments: Any) -> Any:
        if host != "pinterest.test":
            return look_up(host, *arguments)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", found)


class Silence:
    """Stands for `create_connection`, and for the clock: to wait for these addresses takes no time, and none answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.time_outs: list[float] = []
        self._connect = urllib3.util.connection.create_connection
        self._addresses = addresses
        monkeypatch.setattr(urllib3.util.connection, "create_connection", self.connect)
        monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=self.now))
        monkeypatch.setattr(connection, "Bounds", partial(Bounds, clock=self.now))

    def now(self) -> float:
        return sum(self.time_outs)

    def connect(self, address: tuple[str, int], timeout: float, **more: Any) -> socket.socket:
        if address[0] not in self._addresses:
            return self._connect(address, timeout, **more)
        self.time_outs.append(timeout)
        raise TimeoutError


def test_the_time_of_a_connection_is_for_all_addresses_of_a_name_together(monkeypatch):
    addresses = [f"192.0.2.{number}" for number in range(8)]
    silence = Silence(monkeypatch, *addresses)
    resolved(monkeypatch, addresses, 80)

    answer = asked("http://pinterest.test/v5/boards", connect=30.0)

    assert len(silence.time_outs) == 8
    assert silence.time_outs[0] == pytest.approx(10.0)
    assert sum(silence.time_outs) == pytest.approx(30.0)
    assert answer.problem == "ConnectTimeout"
    assert "A firewall may be in the way" in answer.trouble.advice


def test_an_address_that_does_not_answer_leaves_time_for_the_next(server, monkeypatch):
    pinterest = server(whole(b"{}"))
    silence = Silence(monkeypatch, "192.0.2.1")
    resolved(monkeypatch, ["192.0.2.1", "127.0.0.1"], pinterest.port)

    answer = asked(f"http://pinterest.test:{pinterest.port}/v5/boards", connect=30.0)

    assert silence.time_outs == [pytest.approx(15.0)]
    assert answer.status == 200


def test_tls_that_never_begins_is_left_after_the_connect_time_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gives_up = threading.Timer(PATIENCE, silent.close)
        gives_up.start()

        answer = asked(f"https://127.0.0.1:{silent.getsockname()[1]}/v5/boards", connect=0.2)

        gives_up.cancel()

    assert answer.trouble.words == "ReadTimeout"  # and not that the connection was closed


def test_bounds_are_those_of_the_thread_that_asks(server):
    seen: list[int | None] = []

    def other() -> None:
        seen.append(asked(pinterest.url).status)

    pinterest = server(whole(b"{}"))
    with within(Bounds(until=0.0)):  # long ago
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert seen == [200]
