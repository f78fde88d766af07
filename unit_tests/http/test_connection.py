"""Everything ends: by one deadline, and after so many bytes, whatever drips, hangs or swells."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import urllib3.util.connection

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.client import new_session
from source_pinterest.http.connection import Bounds, within
from source_pinterest.http.retry import SYNC
from source_pinterest.http.transport import DownloadError, Response, downloaded, send
from source_pinterest.http.trouble import ENDLESS, OUT_OF_TIME, TOO_LARGE

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"items": []}'
PIECE = 0.01
"""Seconds between two bytes that drip."""

Serve = Callable[[socket.socket], None]


class Server:
    """Gives each connection to `serve` once a request has come whole; `connections` counts them."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v5/boards"
        self.connections = 0
        self.over = threading.Event()
        """Whoever waits for ever waits for this."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while True:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    if not (more := connection.recv(65_536)):
                        return
                    request += more
                self._serve(connection)

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Callable[[Serve], Server]]:
    opened: list[Server] = []

    def open_one(serve: Serve) -> Server:
        opened.append(Server(serve))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def asked(
    url: str,
    session: requests.Session | None = None,
    connect: float = SYNC.timeouts.connect,
    whole: float = SYNC.timeouts.whole,
    **more: Any,
) -> Response:
    time_outs = replace(SYNC.timeouts, connect=connect, whole=whole)
    with session or new_session() as own:
        return send(own, "GET", url, as_it_is, timeouts=time_outs, **more)


def fetched(
    url: str, whole: float = SYNC.download_timeouts.whole, most: int = LIMITS.download_bytes
) -> bytes:
    time_outs = replace(SYNC.download_timeouts, whole=whole)
    with new_session() as session:
        return b"".join(downloaded(session, url, timeouts=time_outs, most=most))


def drip(connection: socket.socket, text: bytes) -> None:
    for place in range(len(text)):
        connection.sendall(text[place : place + 1])
        threading.Event().wait(PIECE)


def for_ever(text: bytes, before: bytes = b"") -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(before)
        for _ in range(100_000):
            drip(connection, text)

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
    began = time.monotonic()

    answer = asked(server(DRIPPING[name]).url, whole=0.3)

    assert time.monotonic() - began < 3
    assert answer.trouble == ENDLESS
    assert answer.is_too_slow()


@pytest.mark.parametrize("name", DRIPPING)
def test_a_download_ends_by_its_deadline_whatever_drips(name, server):
    began = time.monotonic()

    with pytest.raises(DownloadError, match="an answer that did not end"):
        fetched(server(DRIPPING[name]).url, whole=0.3)

    assert time.monotonic() - began < 3


def test_what_is_whole_before_the_deadline_is_taken_though_it_drips(server):
    text = HEAD + b"Content-Length: 13\r\n\r\n" + BODY

    answer = asked(server(lambda connection: drip(connection, text)).url)

    assert answer.body() == {"items": []}


def test_the_deadline_of_everything_counts_where_it_comes_before_that_of_the_answer(server):
    began = time.monotonic()

    answer = asked(server(DRIPPING["headers"]).url, until=time.monotonic() + 0.3)

    assert time.monotonic() - began < 3
    assert answer.trouble == ENDLESS


def test_after_the_deadline_nothing_is_sent(server):
    pinterest = server(lambda connection: connection.sendall(HEAD + b"\r\n"))

    answer = asked(pinterest.url, until=time.monotonic())

    assert answer.trouble == OUT_OF_TIME
    assert pinterest.connections == 0


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
                until=time.monotonic() + 5,
            ).status
            == 200
        )
    session.close()

    assert pinterest.connections == 1


# --- The way there ---


def test_a_name_that_is_not_found_in_time_is_not_waited_for(server, monkeypatch):
    silent = server(lambda _: None).over

    def hang(*_: Any) -> Any:
        silent.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()

    answer = asked("https://api.pinterest.com/v5/boards", connect=0.2)

    assert time.monotonic() - began < 3
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
    """Stands for `create_connection`: these addresses do not answer, however long one waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.time_outs: list[float] = []
        self._connect = urllib3.util.connection.create_connection
        self._addresses = addresses
        monkeypatch.setattr(urllib3.util.connection, "create_connection", self.connect)

    def connect(self, address: tuple[str, int], timeout: float, **more: Any) -> socket.socket:
        if address[0] not in self._addresses:
            return self._connect(address, timeout, **more)
        self.time_outs.append(timeout)
        threading.Event().wait(timeout)
        raise TimeoutError


def test_the_time_of_a_connection_is_for_all_addresses_of_a_name_together(monkeypatch):
    addresses = [f"192.0.2.{number}" for number in range(8)]
    silence = Silence(monkeypatch, *addresses)
    resolved(monkeypatch, addresses, 80)

    answer = asked("http://pinterest.test/v5/boards", connect=0.3)

    assert sum(silence.time_outs) < 0.31
    assert len(silence.time_outs) > 3
    assert 0 < silence.time_outs[0] <= 0.1
    assert answer.problem == "ConnectTimeout"
    assert "A firewall may be in the way" in answer.trouble.advice


def test_an_address_that_does_not_answer_leaves_time_for_the_next(server, monkeypatch):
    pinterest = server(whole(b"{}"))
    Silence(monkeypatch, "192.0.2.1")
    resolved(monkeypatch, ["192.0.2.1", "127.0.0.1"], pinterest.port)

    answer = asked(f"http://pinterest.test:{pinterest.port}/v5/boards", connect=1.0)

    assert answer.status == 200


def test_tls_that_never_begins_is_left_after_the_connect_time_out():
    silent = socket.create_server(("127.0.0.1", 0))
    began = time.monotonic()
    with silent:
        answer = asked(f"https://127.0.0.1:{silent.getsockname()[1]}/v5/boards", connect=0.2)

    assert time.monotonic() - began < 3
    assert answer.status is None


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


# --- A cap on every body ---


MEGABYTE = 1 << 20


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Serve:
    head = b"".join(b"%s\r\n" % each for each in headers)
    length = b"Content-Length: %d\r\n" % len(body)
    return lambda connection: connection.sendall(
        b"HTTP/1.1 %s\r\n%s%s\r\n%s" % (status, head, length, body)
    )


def in_chunks(body: bytes) -> Serve:
    text = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return lambda connection: connection.sendall(
        HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + text
    )


def without_a_length(body: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Connection: close\r\n\r\n" + body)
        connection.close()

    return serve


def bomb(megabytes: int, wbits: int = 31) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(megabytes)) + packer.flush()


LARGE = {
    "by its length": whole(b" " * (MEGABYTE + 1)),
    "in chunks": in_chunks(b" " * (MEGABYTE + 1)),
    "to the end of the connection": without_a_length(b" " * (MEGABYTE + 1)),
    "as gzip": whole(bomb(100), b"Content-Encoding: gzip"),
    "as deflate": whole(bomb(100, 15), b"Content-Encoding: deflate"),
    "as gzip twice": whole(gzip.compress(bomb(100)), b"Content-Encoding: gzip, gzip"),
    "as many small gzips": whole(gzip.compress(b" " * 1_000) * 2_000, b"Content-Encoding: gzip"),
    "as gzip that is larger than what is in it": whole(
        gzip.compress(b"") * 60_000, b"Content-Encoding: gzip"
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_an_answer_of_too_many_bytes_is_too_large_and_not_held(name, server):
    answer = asked(server(LARGE[name]).url, most=MEGABYTE)

    assert answer.trouble == TOO_LARGE
    assert answer.is_too_large()
    assert answer.content == b""


@pytest.mark.parametrize("name", LARGE)
def test_a_download_of_too_many_bytes_is_too_large(name, server):
    with pytest.raises(DownloadError) as caught:
        fetched(server(LARGE[name]).url, most=MEGABYTE)

    assert caught.value.trouble == TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        whole(b" " * (MEGABYTE - 2) + b"{}"),
        whole(gzip.compress(b" " * (MEGABYTE - 2) + b"{}"), b"Content-Encoding: gzip"),
    ],
    ids=["plain", "gzip"],
)
def test_an_answer_that_is_just_not_too_large_is_read(body, server):
    assert asked(server(body).url, most=MEGABYTE).body() == {}


@pytest.mark.parametrize("headers", [(), (b"Content-Encoding: gzip",)], ids=["plain", "gzip"])
def test_the_body_of_an_error_has_a_small_cap_and_its_status_counts(headers, server):
    body = b'{"code": 29, "message": "no"}' + b" " * (2 * MEGABYTE)
    text = gzip.compress(body) if headers else body
    pinterest = server(whole(text, *headers, status=b"403 Forbidden"))

    answer = asked(pinterest.url)

    assert (answer.status, answer.content, answer.error_code()) == (403, b"", None)


def test_only_what_is_decompressed_piece_by_piece_is_asked_for(server):
    sent: list[str] = []
    pinterest = server(whole(b"{}"))
    with new_session() as session:
        session.hooks["response"].append(
            lambda response, **_: sent.append(response.request.headers["Accept-Encoding"])
        )
        send(session, "GET", pinterest.url, as_it_is, timeouts=SYNC.timeouts)

    assert sent == ["gzip, deflate"]


@pytest.mark.parametrize(
    "body",
    [
        whole(bomb(400), b"Content-Encoding: gzip"),
        whole(gzip.compress(bomb(400)), b"Content-Encoding: gzip, gzip"),
    ],
    ids=["once", "twice"],
)
def test_memory_is_not_what_a_bomb_would_take(body, server):
    pinterest = server(body)
    tracemalloc.start()
    try:
        assert asked(pinterest.url, most=4 * MEGABYTE).is_too_large()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 20 * MEGABYTE
