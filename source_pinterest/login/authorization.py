"""OAuth authorization in the browser: the URL to open, and the listener for Pinterest's answer."""

from __future__ import annotations

import errno
import hmac
import json
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from source_pinterest.login import page
from source_pinterest.login.errors import LoginError
from source_pinterest.text import counted

AUTHORIZATION_URL = "https://www.pinterest.com/oauth/"
"""The page where the user types user name and password. Developer documentation."""

SECONDS_TO_FINISH = 120.0
"""The most seconds that the browser waits for its page while the code is exchanged."""


def scopes() -> list[str]:
    """The scopes that the streams need, and no others. They stand in spec.json, where platforms read them, too."""
    spec = json.loads((Path(__file__).parents[1] / "spec.json").read_text(encoding="utf-8"))
    flow = spec["advanced_auth"]["oauth_config_specification"]
    return str(flow["oauth_connector_input_specification"]["scope"]).split(",")


class Authorization:
    """One authorization request to one user, identified by its `state`."""

    def __init__(self, base_url: str, client_id: str, port: int) -> None:
        """`base_url`: of the API. If that is on this machine, as in tests, so is the login page. `port`: of the
        redirect link."""
        self.client_id = client_id
        self.redirect_uri = f"http://localhost:{port}/"
        """Pinterest accepts it only if the app has registered exactly the same redirect link."""
        self.state = secrets.token_urlsafe(32)
        api = urlsplit(base_url)
        is_pinterest = str(api.hostname).endswith(".pinterest.com")
        self._page = AUTHORIZATION_URL if is_pinterest else f"{api.scheme}://{api.netloc}/oauth/"

    @property
    def url(self) -> str:
        """The URL to open in the browser."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": ",".join(scopes()),
            "state": self.state,
        }
        return f"{self._page}?{urlencode(query)}"

    def is_ours(self, answer: Mapping[str, str]) -> bool:
        """Whether an answer belongs to this request. Any web page can send a browser here with an answer."""
        state = answer.get("state", "").encode("utf-8", "surrogatepass")
        return hmac.compare_digest(state, self.state.encode())

    def code(self, answer: Mapping[str, str]) -> str:
        """The code in an answer. Raises LoginError if the answer is a refusal, or belongs to another request."""
        if not self.is_ours(answer):
            raise LoginError(
                f"{NOT_OURS} Close other windows of this kind, and run the login again."
            )
        if error := answer.get("error"):
            if error == "access_denied":
                raise LoginError(
                    "The login was refused on Pinterest's page. Run the login again, and allow "
                    "the app to read your account."
                )
            said = page.shortened(f"{error} {answer.get('error_description', '')}")
            raise LoginError(
                f"Pinterest refuses the login: {said}. Check the app at "
                f"developers.pinterest.com/apps: its id, and {self.redirect_uri} among its "
                "redirect links."
            )
        if code := answer.get("code"):
            return code
        raise LoginError("Pinterest's answer contains no code. Run the login again.")


NOT_OURS = (
    "The answer does not belong to this login (its `state` differs): it may come from an "
    "older window, or from somebody else's page. It was ignored."
)


def answer_in(address: str) -> dict[str, str]:
    """The parameters of Pinterest's answer in a pasted URL; empty if it has none.

    >>> answer_in(" http://localhost:8085/?code=c&state=s ")
    {'code': 'c', 'state': 's'}
    """
    try:
        query = dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:
        return {}
    return query if is_answer(query) else {}


def is_answer(query: Mapping[str, str]) -> bool:
    """Whether the parameters of a URL are an answer of Pinterest's: a code or an error."""
    return bool(query.get("code") or query.get("error"))


class Listener:
    """Receives one answer of Pinterest's on this machine's loopback addresses, and sends the browser one page.

    Ignores unused connections, requests for icons, and answers to other requests, and keeps listening.
    """

    def __init__(self, port: int, is_ours: Callable[[Mapping[str, str]], bool]) -> None:
        self.port = port
        self._is_ours = is_ours
        self._answer: dict[str, str] | None = None
        self._foreign = 0
        self._page = page.failed("The login was stopped in the terminal.")
        self._lock = threading.Lock()
        self._received, self._page_set, self._page_sent = (threading.Event() for _ in range(3))
        self._servers: list[ThreadingHTTPServer] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Listener:
        try:
            self._listen()
        except OSError as error:
            self._close()
            if error.errno == errno.EADDRINUSE:
                raise LoginError(
                    f"Another program uses port {self.port}. End that program; or choose another port "
                    "with --port, and add its redirect link to your app."
                ) from None
            raise LoginError(
                f"Cannot listen on port {self.port} ({error.strerror}). Choose another port with "
                "--port, and add its redirect link to your app."
            ) from None
        for server in self._servers:
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            self._threads.append(thread)
        return self

    def _listen(self) -> None:
        """Listens on both addresses that a browser may use for localhost, so that no other program can have one."""
        self._servers.append(_Server(("127.0.0.1", self.port), _handler(self)))
        try:
            self._servers.append(_Server6(("::1", self.port), _handler(self)))
        except OSError as error:
            if error.errno not in NO_IPV6:
                raise

    def _close(self) -> None:
        for server in self._servers:
            server.server_close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._answer is not None:  # the browser is waiting
            self._page_set.set()
            self._page_sent.wait(5)
        for server in self._servers:
            server.shutdown()
        self._close()
        for thread in self._threads:
            thread.join()

    def wait(self, seconds: float) -> dict[str, str]:
        """Pinterest's answer. Raises LoginError if none arrives within these seconds."""
        if not self._received.wait(seconds):
            strange = (
                f"{counted(self._foreign, 'answer')} with another `state` did not belong to this login. "
                if self._foreign
                else ""
            )
            raise LoginError(
                f"Nobody logged in within {seconds:g} seconds. {strange}Run the login again. If "
                f"Pinterest showed an error instead of its login, the redirect link http://localhost:{self.port}/ "
                "is not registered for your app (developers.pinterest.com/apps)."
            )
        return self._answer or {}

    def set_page(self, text: str) -> None:
        """Sets the page to send to the browser. By default, it says that the login was stopped."""
        self._page = text

    def is_foreign(self, answer: Mapping[str, str]) -> bool:
        """Whether an answer belongs to another request. Counts these, for the error of `wait`."""
        if self._is_ours(answer):
            return False
        with self._lock:
            self._foreign += 1
        return True

    def receive(self, answer: dict[str, str]) -> bool:
        """Takes an answer if it is the first one. Returns whether it is."""
        with self._lock:
            if self._answer is not None:
                return False
            self._answer = answer
        self._received.set()
        return True

    def wait_for_page(self) -> str:
        """The page to send to the browser, once it has been set."""
        self._page_set.wait(SECONDS_TO_FINISH)
        return self._page

    def page_sent(self) -> None:
        """Notes that the browser has its page, so that the listener can close."""
        self._page_sent.set()


NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENODEV, errno.EINVAL})
"""Errors of a machine without IPv6. No other program can listen on its IPv6 address either."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = (
        sys.platform != "win32"
    )  # on Windows, it would let another program listen too
    allow_reuse_port = False

    def server_bind(self) -> None:
        """Binds without the name look-up of `HTTPServer`, which can be slow."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores a browser that hangs up."""


class _Server6(_Server):
    address_family = socket.AF_INET6

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds for an unused connection

        def do_GET(self) -> None:
            names = [f"{name}:{listener.port}" for name in ("localhost", "127.0.0.1", "[::1]")]
            address = urlsplit(self.path)
            answer = dict(parse_qsl(address.query))
            if self.headers.get("Host") not in names or address.path != "/":
                self.reply(404, page.failed("There is nothing here."))
            elif not is_answer(answer):
                self.reply(400, page.failed("This address waits for Pinterest's answer."))
            elif listener.is_foreign(answer):
                self.reply(400, page.failed(f"{NOT_OURS} The login goes on waiting for its own."))
            elif not listener.receive(answer):
                self.reply(409, page.failed("Pinterest's answer has arrived already."))
            else:
                self.reply(200, listener.wait_for_page())
                listener.page_sent()

        def reply(self, status: int, text: str) -> None:
            body = text.encode()
            self.close_connection = True
            self.send_response(status)
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Content-Security-Policy", page.POLICY),
                ("Cache-Control", "no-store"),
                ("Referrer-Policy", "no-referrer"),
                ("Connection", "close"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Logs nothing, since the address contains the code."""

    return Handler
