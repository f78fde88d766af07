"""The way to Pinterest's own page and back: an address to open, and the answer to listen for."""

from __future__ import annotations

import errno
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from source_pinterest.login import page
from source_pinterest.login.stop import Stop

AUTHORIZATION_URL = "https://www.pinterest.com/oauth/"
"""Where the user types user name and password. Developer documentation."""

SECONDS_TO_FINISH = 120.0
"""How long the browser waits for its page while the code becomes a login, at most."""


def scopes() -> list[str]:
    """What the streams need to read, and nothing else. It stands once: in spec.json, from
    where platforms take it too."""
    spec = json.loads((Path(__file__).parents[1] / "spec.json").read_text(encoding="utf-8"))
    flow = spec["advanced_auth"]["oauth_config_specification"]
    return str(flow["oauth_connector_input_specification"]["scope"]).split(",")


class Authorization:
    """One question to one user, told apart from every other by its `state`."""

    def __init__(self, base_url: str, client_id: str, port: int) -> None:
        """Where the API is on this machine (the tests' is), so is the page to log in at."""
        self.client_id = client_id
        self.redirect_uri = f"http://localhost:{port}/"
        """Pinterest takes one that is registered at the app, letter by letter."""
        self.state = secrets.token_urlsafe(32)
        api = urlsplit(base_url)
        is_pinterest = str(api.hostname).endswith(".pinterest.com")
        self._page = AUTHORIZATION_URL if is_pinterest else f"{api.scheme}://{api.netloc}/oauth/"

    @property
    def url(self) -> str:
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": ",".join(scopes()),
            "state": self.state,
        }
        return f"{self._page}?{urlencode(query)}"

    def code(self, answer: Mapping[str, str]) -> str:
        """The code in an answer that belongs to this question."""
        if error := answer.get("error"):
            if error == "access_denied":
                raise Stop(
                    "The login was refused on Pinterest's page. Run the login again, and allow "
                    "the app to read your account."
                )
            said = page.shortened(f"{error} {answer.get('error_description', '')}")
            raise Stop(
                f"Pinterest refuses the login: {said}. Check the app at "
                f"developers.pinterest.com/apps: its id, and {self.redirect_uri} among its "
                "redirect links."
            )
        if not hmac.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            raise Stop(
                "The answer does not belong to this login (its `state` is another): it may come "
                "from an older window, or from somebody else's page. Nothing was done with it. "
                "Close other windows of this kind, and run the login again."
            )
        if code := answer.get("code"):
            return code
        raise Stop("Pinterest's answer holds no code. Run the login again.")


def answer_in(address: str) -> dict[str, str]:
    """The answer in an address that somebody has pasted; empty where there is none.

    >>> answer_in(" http://localhost:8085/?code=c&state=s ")
    {'code': 'c', 'state': 's'}
    """
    try:
        query = dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:
        return {}
    return query if is_answer(query) else {}


def is_answer(query: Mapping[str, str]) -> bool:
    return bool(query.get("code") or query.get("error"))


class Listener:
    """Hears Pinterest's answer on 127.0.0.1, once, and gives the browser one page for it.

    Browsers open connections that they do not use, and ask for icons: none of that is the answer.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._answer: dict[str, str] | None = None
        self._page = page.failed("The login was stopped in the terminal.")
        self._lock = threading.Lock()
        self._heard, self._decided, self._told = (threading.Event() for _ in range(3))

    def __enter__(self) -> Listener:
        try:
            if _answers_on_ipv6(self.port):  # and browsers would take that one first
                raise OSError(errno.EADDRINUSE, "")
            self._server = _Server(("127.0.0.1", self.port), _handler(self))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Stop(
                    f"Port {self.port} is taken by another program. End that one; or choose "
                    "another port with --port, and register its redirect link at your app."
                ) from None
            raise Stop(
                f"Port {self.port} cannot be listened on ({error.strerror}). "
                "Choose another with --port, and register its redirect link at your app."
            ) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._answer is not None:  # a browser is waiting
            self._decided.set()
            self._told.wait(5)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, seconds: float) -> dict[str, str]:
        """Pinterest's answer."""
        if not self._heard.wait(seconds):
            raise Stop(
                f"Nobody has logged in within {seconds:g} seconds. Run the login again. If "
                "Pinterest showed an error instead of its login, the redirect link "
                f"http://localhost:{self.port}/ is not registered at your app "
                "(developers.pinterest.com/apps)."
            )
        return self._answer or {}

    def tell(self, text: str) -> None:
        """The page that the browser gets; without it, that the login was stopped."""
        self._page = text

    def hear(self, answer: dict[str, str]) -> bool:
        """Whether it is the first: there is no second."""
        with self._lock:
            if self._answer is not None:
                return False
            self._answer = answer
        self._heard.set()
        return True

    def page(self) -> str:
        self._decided.wait(SECONDS_TO_FINISH)
        return self._page

    def told(self) -> None:
        self._told.set()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is none."""


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds for a connection that is opened and not used

        def do_GET(self) -> None:
            names = (f"localhost:{listener.port}", f"127.0.0.1:{listener.port}")
            address = urlsplit(self.path)
            answer = dict(parse_qsl(address.query))
            if self.headers.get("Host") not in names or address.path != "/":
                self.reply(404, page.failed("There is nothing here."))
            elif not is_answer(answer):
                self.reply(400, page.failed("This address waits for Pinterest's answer."))
            elif not listener.hear(answer):
                self.reply(409, page.failed("Pinterest's answer has arrived already."))
            else:
                self.reply(200, listener.page())
                listener.told()

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
            """Nothing: the address holds the code."""

    return Handler


def _answers_on_ipv6(port: int) -> bool:
    try:
        socket.create_connection(("::1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
