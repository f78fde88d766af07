"""A Pinterest that answers from a script, below the real `requests`; and a clock without waiting."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from source_pinterest.http.client import new_session

BASE_URL = "https://pinterest.test/v5"


class Reply(NamedTuple):
    status: int
    body: Any = b""
    headers: Mapping[str, str] = {}


class Script(BaseAdapter):
    """Answers each request with the next line of the script; the last line is for ever."""

    def __init__(self, *lines: Reply | Exception) -> None:
        super().__init__()
        self.requests: list[requests.PreparedRequest] = []
        self.time_outs: list[Any] = []
        self.before: Callable[[requests.PreparedRequest], object] = lambda _: None
        self._lines = list(lines)
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        self.before(request)
        with self._lock:
            self.requests.append(request)
            self.time_outs.append(how["timeout"])
            line = self.line(request)
        if isinstance(line, Exception):
            raise line
        body = line.body if isinstance(line.body, bytes) else json.dumps(line.body).encode()
        raw = HTTPResponse(
            io.BytesIO(body), status=line.status, headers=line.headers, preload_content=False
        )
        return HTTPAdapter().build_response(request, raw)

    def line(self, request: requests.PreparedRequest) -> Reply | Exception:  # noqa: ARG002
        """The answer to a request."""
        return self._lines.pop(0) if len(self._lines) > 1 else self._lines[0]

    def close(self) -> None: ...

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.requests]

    @property
    def tokens(self) -> list[str]:
        return [str(request.headers["Authorization"]) for request in self.requests]

    def session(self) -> requests.Session:
        """The connector's own session, but for the network."""
        session = new_session()
        session.mount("https://", self)
        return session


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.sleeps: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self.now += seconds
