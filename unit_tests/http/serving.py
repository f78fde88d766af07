"""Servers on this machine that answer byte by byte as they like, and one request to them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import requests

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.client import new_session
from source_pinterest.http.retry import SYNC
from source_pinterest.http.transport import Response, download, send

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"items": []}'

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


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Serve:
    head = b"".join(b"%s\r\n" % each for each in headers)
    length = b"Content-Length: %d\r\n" % len(body)
    return lambda connection: connection.sendall(
        b"HTTP/1.1 %s\r\n%s%s\r\n%s" % (status, head, length, body)
    )


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def asked(
    url: str,
    session: requests.Session | None = None,
    connect: float = SYNC.timeouts.connect,
    whole: float = SYNC.timeouts.total,
    **more: Any,
) -> Response:
    time_outs = replace(SYNC.timeouts, connect=connect, total=whole)
    with session or new_session() as own:
        return send(own, "GET", url, as_it_is, timeouts=time_outs, **more)


def fetched(
    url: str, whole: float = SYNC.download_timeouts.total, max_bytes: int = LIMITS.download_bytes
) -> bytes:
    time_outs = replace(SYNC.download_timeouts, total=whole)
    with new_session() as session:
        return b"".join(download(session, url, timeouts=time_outs, max_bytes=max_bytes))
