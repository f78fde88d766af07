"""Requests with their answers, and the adapter that records them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from urllib3.exceptions import HTTPError

from source_pinterest.api import lenient_json
from source_pinterest.http.connection import Adapter, Bounds
from source_pinterest.http.transport import Response, Timeouts
from source_pinterest.http.trouble import ENDLESS, Trouble, trouble_of
from source_pinterest.verify.allowance import SECONDS_OF_A_REQUEST, Allowance

TIMEOUTS = Timeouts(connect=4.0, read=10.0, total=SECONDS_OF_A_REQUEST)

SECONDS_OF_A_BODY = SECONDS_OF_A_REQUEST - TIMEOUTS.connect - 2 * TIMEOUTS.read
"""Seconds after which no further part of a body is read. The last part can take `TIMEOUTS.read` more."""

BYTES_OF_A_BODY = 32 << 20
"""The most bytes of a body that are read."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. If no whole answer arrived, `status` is None, and `problem` says why."""

    method: str
    path: str
    """The path below the base URL; for other hosts, the whole URL without its query."""
    query: tuple[tuple[str, str], ...]
    content: Any
    """The JSON body that was sent."""
    status: int | None
    headers: Mapping[str, str]
    text: bytes
    problem: str
    seconds: float

    @property
    def answer(self) -> Response:
        """The answer, as the client sees it."""
        return Response(self.status, self.headers, self.text, Trouble(self.problem))

    @property
    def body(self) -> Any:
        """The parsed JSON of the answer; None if it is null or not JSON."""
        return self.answer.body()

    @property
    def is_good(self) -> bool:
        """Whether the request succeeded."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refused(self) -> bool:
        """Whether Pinterest says that the request is wrong."""
        return self.status == 400

    @property
    def error_summary(self) -> str:
        """The failure in words, without secrets."""
        return self.problem or self.answer.error_summary().rstrip(".")

    @property
    def outcome(self) -> str:
        """`accepted`, or the failure in words."""
        return "accepted" if self.is_good else self.error_summary

    def is_of(self, *parts: str) -> bool:
        """Whether the path ends with these parts."""
        return self.path.split("/")[-len(parts) :] == list(parts)

    def value(self, name: str) -> str | None:
        """The first value of a parameter; None if the query does not have it."""
        return dict(reversed(self.query)).get(name)


class WatchedAdapter(Adapter):
    """Sends a request if the allowance permits, reads the whole answer, and records both.

    All requests of a verification pass through it, including those for tokens and for the content of reports.
    """

    def __init__(
        self,
        base_url: str,
        allowance: Allowance,
        exchanges: list[Exchange],
        before: Callable[[str], None],
    ) -> None:
        """`exchanges` gets each request with its answer. `before` gets the path of each request, and can raise an error
        to prevent it."""
        super().__init__()
        self._base_url = base_url
        self._allowance = allowance
        self._exchanges = exchanges
        self._before = before

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        timeout: Any = None,  # noqa: ARG002  ours
        **options: Any,
    ) -> requests.Response:
        url = urlsplit(str(request.url))
        address = url._replace(query="").geturl()
        path = address.removeprefix(self._base_url)
        self._before(path)
        self._allowance.take()
        began = self._allowance.clock()

        def keep(response: requests.Response | None, text: bytes, problem: str) -> None:
            self._exchanges.append(
                Exchange(
                    str(request.method),
                    path,
                    tuple(parse_qsl(url.query, keep_blank_values=True)),
                    _json_in(request),
                    response.status_code if response is not None and not problem else None,
                    response.headers if response is not None else {},
                    text,
                    problem,
                    self._allowance.clock() - began,
                )
            )

        options["stream"] = True
        try:
            response = super().send(request, timeout=(TIMEOUTS.connect, TIMEOUTS.read), **options)
            text = self._body(response)
        except (requests.RequestException, HTTPError, ValueError, OSError) as error:
            is_secret = not path.startswith("/")  # the content of a report
            trouble = trouble_of(error, address, Bounds(), is_secret=is_secret)
            keep(None, b"", trouble.words)
            raise
        if text is None:
            keep(response, b"", ENDLESS.words)
            raise requests.ReadTimeout
        keep(response, text, "")
        return _with(response, text)

    def _body(self, response: requests.Response) -> bytes | None:
        """The whole body; None if it takes too long, or is too large."""
        deadline = self._allowance.clock() + SECONDS_OF_A_BODY
        content = io.BytesIO()
        while chunk := response.raw.read1(1 << 17, decode_content=True):
            content.write(chunk)
            if self._allowance.clock() > deadline or content.tell() > BYTES_OF_A_BODY:
                response.close()
                return None
        return content.getvalue()


def _with(response: requests.Response, text: bytes) -> requests.Response:
    """The response, with its body as if it had not been read."""
    response.raw.release_conn()
    response.headers.pop("Content-Encoding", None)
    response.raw = urllib3.HTTPResponse(io.BytesIO(text), preload_content=False)
    return response


def _json_in(request: requests.PreparedRequest) -> Any:
    if request.headers.get("Content-Type") != "application/json":
        return None
    body = request.body or b""
    try:
        return lenient_json.loads(body if isinstance(body, bytes) else body.encode())
    except json.JSONDecodeError:
        return None
