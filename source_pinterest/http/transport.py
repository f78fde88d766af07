"""Sends one request and reads the whole response: no redirects, no exceptions, limited time and size."""

from __future__ import annotations

import io
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import requests
from urllib3.exceptions import HTTPError

from source_pinterest.api import lenient_json
from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.api.stated_errors import states_error
from source_pinterest.http.connection import Bounds, TooManyBytes, within
from source_pinterest.http.trouble import (
    ENDLESS,
    NO_TROUBLE,
    OUT_OF_TIME,
    PROXY_WANTS_A_LOGIN,
    TOO_LARGE,
    Trouble,
    trouble_of,
)
from source_pinterest.text import printable, without_secrets

ENCODINGS = "gzip, deflate"
"""Encodings that `urllib3` decompresses in bounded pieces, whatever else is installed."""

FRAMING_BYTES = 1 << 20
"""Bytes allowed for headers and chunk framing when a compressed body is measured as it arrives."""

CHUNK_BYTES = 1 << 17
"""Bytes of a body that are read at once, if its length is not declared."""

BYTES_TOGETHER = 1 << 20
"""Bytes of small chunks that are copied together."""

MESSAGE_LENGTH = 300
"""The most characters of Pinterest's own words in a message."""

LONGEST_RETRY_AFTER = 604_800.0
"""A week, in seconds. Pinterest's longest limit is for a day, so a much larger number means something else, such as
seconds since 1970, and is ignored. Our choice."""

RETRY_AFTER = re.compile(r"retry after (\d{1,12}(?:\.\d+)?) second", re.ASCII | re.IGNORECASE)

ON_THEIR_END = re.compile(r"\bon our end\b", re.IGNORECASE)

TRANSIENT_CODES = frozenset({12, 2787})
"""Pinterest's codes for errors of its own, which it also sends with a 400."""

RATE_LIMIT_CODES = frozenset({8, 2726})
"""Pinterest's codes for a rate limit, and for a limit of the cost of reports."""


@dataclass(frozen=True)
class Timeouts:
    """Time-outs of one request, in seconds."""

    connect: float
    """For opening the connection."""
    read: float
    """Without a byte of the response."""
    total: float
    """For connection, headers and body together."""


class DownloadError(Exception):
    """A download did not arrive whole. `str()` says why, without the URL."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


class Response(NamedTuple):
    """A whole HTTP response. If none arrived, `status` is None, and `trouble` says why."""

    status: int | None
    headers: Mapping[str, str]
    content: bytes
    trouble: Trouble = NO_TROUBLE

    @property
    def problem(self) -> str:
        """Why no response arrived, in words; empty if one did."""
        return self.trouble.words

    def is_too_slow(self) -> bool:
        """Whether a smaller request might have been answered in time."""
        return self.trouble.is_slow

    def is_too_large(self) -> bool:
        """Whether a smaller request might have a smaller response."""
        return self.trouble.is_large

    def body(self) -> Any:
        """The parsed JSON of the body; None if it is null or not JSON."""
        try:
            return lenient_json.loads(self.content)
        except (ValueError, RecursionError):  # nested too deeply
            return None

    def whole_body(self) -> Any:
        """Like `body`, but None also for an object that has a name twice, since parsing loses one of the values."""
        body = self.body()
        is_cut = isinstance(body, dict) and lenient_json.has_duplicate_names(self.content)
        return None if is_cut else body

    def is_null(self) -> bool:
        """Whether the body is JSON's null."""
        return self.content.strip() == b"null"

    def array(self) -> bytes | None:
        """The content; None if it does not begin and end like a JSON array."""
        content = self.content.strip()
        return content if content[:1] == b"[" and content[-1:] == b"]" else None

    def data(self) -> bytes | None:
        """The content; None if it is not a JSON object with a list as its `data`. Parses it only if its two ends do not
        show that."""
        if lenient_json.data_span(self.content):
            return self.content
        body = self.whole_body()
        is_data = isinstance(body, dict) and isinstance(body.get("data"), list)
        return self.content if is_data and not states_error(body) else None

    def error_code(self) -> int | None:
        """Pinterest's code of the error (it has been seen to send it as a string); None if there is none."""
        code = self._error().get("code")
        if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code, re.ASCII):
            return int(code)
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    def error_text(self) -> str:
        """Pinterest's whole text about the error, in which words can be searched. Never shown."""
        error = self._error()
        return f"{error.get('message') or ''} {error.get('message_detail') or ''}".strip()

    def is_from_pinterest(self) -> bool:
        """Whether it is an error in Pinterest's own format, and not from an intermediary."""
        return self.error_code() is not None or bool(self.error_text())

    def is_transient(self) -> bool:
        """Whether Pinterest says that the error is its own and will pass."""
        return self.error_code() in TRANSIENT_CODES or bool(ON_THEIR_END.search(self.error_text()))

    def asks_to_wait(self) -> bool:
        """Whether the error, of whatever status, says to send the request later."""
        if self.status is None or self.status < 400:
            return False
        is_limit = self.status == 429 or self.error_code() in RATE_LIMIT_CODES
        return is_limit or bool(RETRY_AFTER.search(self.error_text()))

    def retry_after_seconds(self, now: datetime | None = None) -> float | None:
        """The pause that Pinterest asks for, in seconds; None if it asks for none. `now`: the time of a response
        without a Date header; default: this machine's."""
        in_text = RETRY_AFTER.search(self.error_text())
        for text in (
            self.headers.get("X-RateLimit-Reset"),
            self.headers.get("Retry-After"),
            in_text and in_text.group(1),
        ):
            seconds = _seconds(text) if text else None
            if text and seconds is None and (until := _http_date(text)):
                said_at = _http_date(self.headers.get("Date", "")) or now
                seconds = (until - (said_at or datetime.now(timezone.utc))).total_seconds()
            if seconds is not None and 0 <= seconds <= LONGEST_RETRY_AFTER:
                return seconds
        return None

    def error_summary(self) -> str:
        """The error on one line, without secrets: `Pinterest: 403, code 29, not permitted`."""
        code = self.error_code()
        message = without_secrets(printable(self.error_text()))[:MESSAGE_LENGTH]
        return (
            f"Pinterest: {self.status}, {'no code' if code is None else f'code {code}'}, "
            f"{message or 'no message'}"
        )

    def _error(self) -> Mapping[str, Any]:
        body = self.body()
        return body if isinstance(body, dict) else {}


def _seconds(text: str) -> float | None:
    """A number of seconds; None if the text is not one."""
    return float(text) if re.fullmatch(r"\s*\d{1,12}(\.\d+)?\s*", text, re.ASCII) else None


def _http_date(text: str) -> datetime | None:
    """The time in a header; None if the text is not a date.

    >>> _http_date("Wed, 25 Nov 2026 07:28:00 GMT"), _http_date("soon")
    (datetime.datetime(2026, 11, 25, 7, 28, tzinfo=datetime.timezone.utc), None)
    """
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def send(
    session: requests.Session,
    method: str,
    url: str,
    auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | tuple[str, str],
    data: Mapping[str, str] | None = None,
    json_body: Mapping[str, Any] | None = None,
    clock: Callable[[], float] = time.monotonic,
    *,
    timeouts: Timeouts,
    until: float = math.inf,
    max_bytes: int | None = None,
    limits: Limits = LIMITS,
) -> Response:
    """Sends a request once: `data` as a form, `json_body` as JSON. Never raises: a response whose body breaks off, does
    not end in time, or has more than `max_bytes` bytes (default: `limits.answer_bytes`) counts as none.

    `until`: a deadline by the clock (seconds), besides the time-outs.
    """
    largest = limits.answer_bytes if max_bytes is None else max_bytes
    bounds = Bounds(min(clock() + timeouts.total, until), largest, clock)
    if bounds.is_over():
        return Response(None, {}, b"", OUT_OF_TIME)
    try:
        with (
            within(bounds),
            session.request(
                method,
                url,
                auth=auth,
                data=data,
                json=json_body,
                headers={"Accept": "application/json", "Accept-Encoding": ENCODINGS},
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            status = response.status_code
            if status == 407:  # its body may repeat the password
                return Response(None, {}, b"", PROXY_WANTS_A_LOGIN)
            is_error = status >= 400
            found = _body(response, bounds, limits.error_bytes if is_error else largest)
            if isinstance(found, bytes):
                return Response(status, response.headers, found)
            if is_error and found.is_large:  # the status is enough
                return Response(status, response.headers, b"")
            return Response(None, {}, b"", found)
    # ValueError: requests reads the Location of a redirect even if it does not follow it; OSError: it
    # looks for the certificates of this machine
    except (requests.RequestException, HTTPError, ValueError, OSError, TooManyBytes) as error:
        return Response(None, {}, b"", trouble_of(error, url, bounds))


def _body(response: requests.Response, bounds: Bounds, max_bytes: int) -> bytes | Trouble:
    """The decompressed body, or why there is none.

    A body in one piece is not copied, and small pieces are joined a megabyte at a time: joining each with all before
    it would take as long as parsing.
    """
    content = io.BytesIO()
    waiting: list[bytes] = []
    size = 0
    for piece in _pieces(response, bounds, max_bytes):
        if piece is None:
            return TOO_LARGE
        if bounds.is_over():
            return ENDLESS
        if size >= BYTES_TOGETHER:
            content.write(b"".join(waiting))
            waiting, size = [], 0
        waiting.append(piece)
        size += len(piece)
    rest = b"".join(waiting)
    if not content.tell():
        return rest
    content.write(rest)
    return content.getvalue()


def _pieces(
    response: requests.Response, bounds: Bounds, max_bytes: int, size: int | None = None
) -> Iterator[bytes | None]:
    """Yields the decompressed body in pieces; None, and nothing more, once it has more than `max_bytes` bytes.

    `size`: the most bytes of a piece. None: a body of a declared length is one piece, so that it is not copied.
    """
    text = response.headers.get("Content-Length", "")
    counts = text.isascii() and text.isdigit() and not response.raw.chunked  # which overrides it
    declared = int(text[:20]) if counts else None
    if declared is not None and declared > max_bytes:
        yield None
        return
    is_encoded = "Content-Encoding" in response.headers  # if not, decoding would only copy it
    if size is None and declared and not is_encoded:
        read, size = response.raw.read, declared
    else:
        # read1 returns the available bytes; iter_content would wait for the whole piece, and a body that
        # arrives byte by byte would keep each of its waits under the time-out
        read, size = response.raw.read1, size or CHUNK_BYTES
    come = 0
    while piece := read(size, decode_content=is_encoded):
        come += len(piece)
        if max(come, bounds.bytes - FRAMING_BYTES) > max_bytes:
            yield None
            return
        yield piece


def download(
    session: requests.Session,
    url: str,
    clock: Callable[[], float] = time.monotonic,
    *,
    timeouts: Timeouts,
    max_bytes: int,
) -> Iterator[bytes]:
    """Yields the content of a signed URL as it arrives.

    Raises DownloadError if it does not arrive whole, or has more than `max_bytes` bytes. No text shows the URL, which
    is a secret.
    """
    bounds = Bounds(clock() + timeouts.total, max_bytes, clock)
    try:
        with within(bounds):  # not while the consumer has control
            response = session.get(
                url,
                auth=_no_authentication,
                headers={"Accept-Encoding": ENCODINGS},
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            )
        with response:
            if response.status_code != 200:
                raise DownloadError(Trouble(f"status {response.status_code}"))
            for piece in _pieces(response, bounds, max_bytes, 1 << 16):
                if piece is None:
                    raise DownloadError(TOO_LARGE)
                yield piece
                if bounds.is_over():
                    raise DownloadError(ENDLESS)
    except (requests.RequestException, HTTPError, ValueError, OSError, TooManyBytes) as error:
        raise DownloadError(trouble_of(error, url, bounds, is_secret=True)) from None


def _no_authentication(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Adds no authentication. Without this, requests would look for a login in .netrc."""
    return request
