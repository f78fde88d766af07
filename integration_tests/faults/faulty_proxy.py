"""A proxy in front of the fake Pinterest that may do anything to an answer on its way.

It knows HTTP as far as needed: the whole true answer comes before the first byte of it goes on, and a connection
ends behind an answer to which something happened.
"""

from __future__ import annotations

import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from integration_tests.fake_pinterest import FakePinterest
from integration_tests.fake_pinterest.serving import Serving
from integration_tests.fake_pinterest.wsgi import Asked, Server, answered, read_request


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
        connection: str = "close",
    ) -> None:
        """`length`: what Content-Length says, if it lies."""
        said = {"Content-Length": str(len(body) if length is None else length), **(headers or {})}
        lines = [f"HTTP/1.1 {status} Said", f"Connection: {connection}"]
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

    def __init__(
        self,
        pinterest: FakePinterest,
        choose: Callable[[Exchange], Act | None],
        *,
        keeps_connections: bool = True,
    ) -> None:
        self.exchanges: list[tuple[Exchange, bool]] = []
        """In the order of arrival, with whether something happened to it."""
        self._pinterest = pinterest
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 20
            disable_nagle_algorithm = True

            def handle(self) -> None:
                proxy._server.keep(self.connection)
                try:
                    while (asked := read_request(self.rfile)) and self._passes_on(asked):
                        pass
                finally:
                    proxy._server.leave(self.connection)

            def _passes_on(self, asked: Asked) -> bool:
                """Whether the connection stays open."""
                exchange = proxy._exchange(asked)
                act = choose(exchange)
                proxy.exchanges.append((exchange, act is not None))
                wire = Wire(self.connection)
                if act is None and keeps_connections:
                    wire.send(exchange.status, exchange.body, connection="keep-alive")
                    return True
                (act or untouched)(wire, exchange)
                return False

        class WithoutFin(Server):
            def shutdown_request(
                self, request: socket.socket | tuple[bytes, socket.socket]
            ) -> None:
                request.close()  # type: ignore[union-attr]  without the FIN that a reset must lack

        self._server = WithoutFin(0, Handler)
        self._serving = Serving(self._server)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v5"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def _exchange(self, asked: Asked) -> Exchange:
        """Pinterest's answer."""
        answer = answered(self._pinterest.wsgi, asked)
        with self._lock:
            number = self._counts.get(asked.target, 0)
            self._counts[asked.target] = number + 1
        target = asked.target.removeprefix("/v5")
        return Exchange(target, number, answer.status, answer.content, asked.method)

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
