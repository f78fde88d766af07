"""A proxy in front of the fake Pinterest that may do anything to an answer on its way.

It knows HTTP as far as needed: one request a connection, and the whole true answer before the first
byte of it goes on.
"""

from __future__ import annotations

import http.client
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from integration_tests.fake_pinterest.serving import Serving


@dataclass(frozen=True)
class Exchange:
    """One request, and what Pinterest has answered."""

    target: str
    """Path and query, below /v5 where it is the API's."""
    number: int
    """How often exactly this was asked for before: 0, 1, …"""
    status: int
    body: bytes
    method: str = "GET"

    @property
    def path(self) -> str:
        return self.target.split("?")[0]

    @property
    def endpoint(self) -> str:
        """The path with `{id}` for ids: `/ad_accounts/{id}/ads`; with POST before it, if it is one."""
        post = "POST " if self.method == "POST" else ""
        ids = r"/(\d{3,}|a_pinner|(?<=/async_reporting_v3/)[^/]+)(?=/|$)"
        return post + re.sub(ids, "/{id}", self.path)


class Wire:
    """The way back to the client."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        """`length`: what Content-Length says, if it lies."""
        said = {"Content-Length": str(len(body) if length is None else length), **(headers or {})}
        lines = [f"HTTP/1.1 {status} Said", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in said.items()]
        self.raw("\r\n".join([*lines, "", ""]).encode() + body)

    def raw(self, content: bytes) -> None:
        self._socket.sendall(content)

    def wait(self, seconds: float) -> bool:
        """Whether the client is still there after so long."""
        self._socket.settimeout(seconds)
        try:
            return bool(self._socket.recv(1))
        except TimeoutError:
            return True
        except OSError:
            return False

    def reset(self) -> None:
        """An RST instead of an orderly end."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Act = Callable[[Wire, Exchange], None]
"""Answers in its own way."""


def untouched(wire: Wire, exchange: Exchange) -> None:
    wire.send(exchange.status, exchange.body)


class FaultyProxy:
    """`choose` gives what happens to an exchange; None: nothing."""

    def __init__(self, port: int, choose: Callable[[Exchange], Act | None]) -> None:
        self.exchanges: list[tuple[Exchange, bool]] = []
        """In the order of arrival, with whether something happened to it."""
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 20

            def handle(self) -> None:
                method, target, _ = self.rfile.readline().decode("latin-1").split(" ", 2)
                headers = http.client.parse_headers(self.rfile)
                content = self.rfile.read(int(headers.get("Content-Length") or 0))
                pinterest = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    pinterest.request(method, target, content, dict(headers.items()))
                    answer = pinterest.getresponse()
                    exchange = proxy._arrived(method, target, answer.status, answer.read())
                finally:
                    pinterest.close()
                act = choose(exchange)
                proxy.exchanges.append((exchange, act is not None))
                (act or untouched)(Wire(self.connection), exchange)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def shutdown_request(
                self, request: socket.socket | tuple[bytes, socket.socket]
            ) -> None:
                request.close()  # type: ignore[union-attr]  without the FIN that a reset must lack

            def handle_error(self, *_: object) -> None:
                """Of clients that have hung up: nothing to say."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._serving = Serving(self._server)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v5"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def _arrived(self, method: str, target: str, status: int, body: bytes) -> Exchange:
        with self._lock:
            number = self._counts.get(target, 0)
            self._counts[target] = number + 1
        return Exchange(target.removeprefix("/v5"), number, status, body, method)

    def __enter__(self) -> FaultyProxy:
        self._serving.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._serving.stop()
