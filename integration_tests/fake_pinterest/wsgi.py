"""A server of a WSGI application that keeps connections open, as Pinterest does, and does little else.

Werkzeug's ends the connection behind each answer, which costs more than most answers here.
"""

from __future__ import annotations

import io
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Asked(NamedTuple):
    """A request. The names of `headers` are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    content: bytes


def answered(application: Application, asked: Asked, **environ: Any) -> Answer:
    """The answer of an application, without a network."""
    path, _, query = asked.target.partition("?")
    given: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": asked.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(asked.content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **environ,
    }
    for name, value in asked.headers.items():
        key = name.upper().replace("-", "_")
        given[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    began: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        began[:] = [status, headers]

    parts = application(given, start_response)
    try:
        content = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = began
    return Answer(int(status.split(" ", 1)[0]), headers, content)


def read_request(file: BinaryIO) -> Asked | None:
    """None: there is no other one."""
    line = file.readline()
    if not line.endswith(b"\n"):
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := file.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return Asked(method, target, headers, file.read(int(headers.get("content-length") or 0)))


class Server(socketserver.ThreadingTCPServer):
    """On 127.0.0.1; a thread for each connection. `stop_keeping` ends those that are kept open."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[socketserver.BaseRequestHandler]) -> None:
        self._kept: set[socket.socket] = set()
        self._has_stopped = False
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), handler)

    def keep(self, connection: socket.socket) -> None:
        with self._lock:
            self._kept.add(connection)
        if self._has_stopped:
            self.stop_keeping()

    def leave(self, connection: socket.socket) -> None:
        with self._lock:
            self._kept.discard(connection)

    def stop_keeping(self) -> None:
        """Answers under way are still sent."""
        self._has_stopped = True
        with self._lock:
            for connection in self._kept:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)

    def handle_error(self, *_: object) -> None:
        """Of clients that have hung up: nothing to say."""


class ApplicationServer(Server):
    """Of a WSGI application."""

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        super().__init__(port, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    server: ApplicationServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.keep(self.connection)
        try:
            while (asked := read_request(self.rfile)) and self._answers(asked):
                pass
        finally:
            self.server.leave(self.connection)

    def _answers(self, asked: Asked) -> bool:
        """Whether the connection stays open: not behind an answer whose length is not what it says."""
        host, port = self.server.server_address[:2]
        answer = answered(
            self.server.application,
            asked,
            SERVER_NAME=host,
            SERVER_PORT=str(port),
            REMOTE_ADDR=self.client_address[0],
        )
        said = {name.lower(): value for name, value in answer.headers}
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if "content-length" not in said:
            lines.append(f"Content-Length: {len(answer.content)}")
        length = said.get("content-length", str(len(answer.content)))
        is_kept = (
            asked.method != "HEAD"
            and length == str(len(answer.content))
            and "transfer-encoding" not in said
            and answer.status not in (204, 304)
            and "close" not in (said.get("connection"), asked.headers.get("connection"))
        )
        if not is_kept and "connection" not in said:
            lines.append("Connection: close")
        body = b"" if asked.method == "HEAD" else answer.content
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return is_kept


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
