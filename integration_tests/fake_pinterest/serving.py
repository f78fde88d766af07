"""The thread of a server that ends at once: `serve_forever` looks only now and then whether it should end."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import suppress
from typing import Any


class Serving:
    """Accepts a server's connections from `start` to `stop`. The server handles each in a thread."""

    def __init__(self, server: Any) -> None:
        self._server: socketserver.TCPServer = server
        self._is_ending = False
        self._thread = threading.Thread(target=self._serve, name="server", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_ending = True
        with suppress(OSError):
            socket.create_connection(self._server.server_address[:2], timeout=60).close()
        self._thread.join()
        self._server.server_close()
        if stop_keeping := getattr(self._server, "stop_keeping", None):
            stop_keeping()

    def _serve(self) -> None:
        while not self._is_ending:
            with suppress(OSError):  # a client may have hung up before it is accepted
                connection, client = self._server.get_request()
                if self._is_ending:
                    connection.close()
                else:
                    self._server.process_request(connection, client)
