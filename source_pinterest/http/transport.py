"""Sends one request and reads the whole response: no redirects, no exceptions, no endless wait, no endless
body."""

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
from source_pinterest.http.connection import Bounds, TooMuch, within
from source_pinterest.http.trouble import (
    ENDLESS,
    NOTHING,
    OUT_OF_TIME,
    PROXY_WANTS_A_LOGIN,
    TOO_LARGE,
    Trouble,
    trouble_of,
)
from source_pinterest.text import printable, without_secrets

ENCODINGS = "gzip, deflate"
"""Encodings that `urllib3` decompresses in bounded pieces, whatever else is installed."""

HEADERS = 1 << 20
"""Bytes of headers and of chunk framing, in addition to the body."""

PIECE = 1 << 17
"""Bytes of a body that are read at once, if nothing says how many come."""

BYTES_TOGETHER = 1 << 20
"""Bytes in small pieces that are copied together."""

MESSAGE_LENGTH = 300
"""Characters of Pinterest's own words in a message."""

LONGEST_HINT = 604_800.0
"""Seconds: a week. Pinterest's longest limit is for a day, so what is much longer is a time of another kind, such as one
since 1970. Our choice."""

RETRY_AFTER = re.compile(r"retry after (\d{1,12}(?:\.\d+)?) second", re.ASCII | re.IGNORECASE)

ON_THEIR_END = re.compile(r"\bon our end\b", re.IGNORECASE)

TRANSIENT = frozenset({12, 2787})
"""Pinterest's codes for its own errors, which it also sends with a 400."""

USED_UP = frozenset({8, 2726})
"""Pinterest's codes for a rate limit, and for a limit of the cost of reports."""


@dataclass(frozen=True)
class Timeouts:
    """Time-outs in seconds."""

    connect: float
    """To connect."""
    read: float
    """Without a byte."""
    whole: float
    """For the whole response: connection, headers and body together."""


class DownloadError(Exception):
    """A download did not arrive whole. `str()` says why, without the address."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


class Response(NamedTuple):
    """An HTTP response, read whole. `status` is None if none arrived whole; `trouble` then says why."""

    status: int | None
    headers: Mapping[str, str]
    content: bytes
    trouble: Trouble = NOTHING

    @property
    def problem(self) -> str:
        """The failure in words; empty if a response arrived."""
        return self.trouble.words

    def is_too_slow(self) -> bool:
        """Whether a smaller request might have been answered in time."""
        return self.trouble.is_slow

    def is_too_large(self) -> bool:
        """Whether a smaller request might have a smaller response."""
        return self.trouble.is_large

    def body(self) -> Any:
        """The JSON of the body. None if it is null or not JSON."""
        try:
            return lenient_json.loads(self.content)
        except (ValueError, RecursionError):  # nested too deeply
            return None

    def whole_body(self) -> Any:
        """The JSON of the body. None also if it is an object with a name twice, of which JSON keeps one value only."""
        body = self.body()
        is_cut = isinstance(body, dict) and lenient_json.has_duplicate_names(self.content)
        return None if is_cut else body

    def is_null(self) -> bool:
        """Whether the body is JSON's null."""
        return self.content.strip() == b"null"

    def array(self) -> bytes | None:
        """The content, if it begins and ends like a JSON array."""
        content = self.content.strip()
        return content if content[:1] == b"[" and content[-1:] == b"]" else None

    def data(self) -> bytes | None:
        """The content, if it is a JSON object with a list as its `data`. Checks the ends, or else the whole
        text."""
        if lenient_json.data_span(self.content):
            return self.content
        body = self.whole_body()
        is_data = isinstance(body, dict) and isinstance(body.get("data"), list)
        return self.content if is_data and not states_error(body) else None

    def error_code(self) -> int | None:
        """Pinterest's code of the error, which it has been seen to send as a string."""
        code = self._error().get("code")
        if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code, re.ASCII):
            return int(code)
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    def error_text(self) -> str:
        """Pinterest's whole text about the error, for searching words in it; never shown."""
        error = self._error()
        return f"{error.get('message') or ''} {error.get('message_detail') or ''}".strip()

    def is_of_pinterest(self) -> bool:
        """Whether it is an error in Pinterest's own format, and not of something in between."""
        return self.error_code() is not None or bool(self.error_text())

    def is_passing(self) -> bool:
        """Whether Pinterest says that the error is its own, and not the request's."""
        return self.error_code() in TRANSIENT or bool(ON_THEIR_END.search(self.error_text()))

    def asks_to_wait(self) -> bool:
        """Whether an error of any status says to send the request later."""
        if self.status is None or self.status < 400:
            return False
        is_limit = self.status == 429 or self.error_code() in USED_UP
        return is_limit or bool(RETRY_AFTER.search(self.error_text()))

    def hint_seconds(self, now: datetime | None = None) -> float | None:
        """The pause that Pinterest asks for, in seconds. `now`: the time, for an answer that has none; default: that of
        this machine's clock."""
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
            if seconds is not None and 0 <= seconds <= LONGEST_HINT:
                return seconds
        return None

    def error_summary(self) -> str:
        """Summarizes the error in one line, without secrets: `Pinterest: 403, code 29, not permitted`."""
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
    """A number of seconds. None: it is none."""
    return float(text) if re.fullmatch(r"\s*\d{1,12}(\.\d+)?\s*", text, re.ASCII) else None


def _http_date(text: str) -> datetime | None:
    """The time of a header. None: it is none.

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
    most: int | None = None,
    limits: Limits = LIMITS,
) -> Response:
    """Sends a request once; `data` as a form, `json_body` as JSON. A body that breaks off is not a
    response, nor is one that never ends or that has more than `most` bytes (default: `answer_bytes` of the
    limits).

    `until`: the deadline by the clock, whatever the time-outs.
    """
    largest = limits.answer_bytes if most is None else most
    bounds = Bounds(min(clock() + timeouts.whole, until), largest, clock)
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
            if status == 407:  # whatever its body repeats
                return Response(None, {}, b"", PROXY_WANTS_A_LOGIN)
            is_error = status >= 400
            found = _body(response, bounds, limits.error_bytes if is_error else largest)
            if isinstance(found, bytes):
                return Response(status, response.headers, found)
            if is_error and found.is_large:  # what it is about stands in the status
                return Response(status, response.headers, b"")
            return Response(None, {}, b"", found)
    # ValueError: requests reads the Location of a redirect even if it does not follow it; OSError: it
    # looks for the certificates of this machine
    except (requests.RequestException, HTTPError, ValueError, OSError, TooMuch) as error:
        return Response(None, {}, b"", trouble_of(error, url, bounds))


def _body(response: requests.Response, bounds: Bounds, most: int) -> bytes | Trouble:
    """The decompressed body.

    One that comes whole is not copied. What comes in small pieces is copied a megabyte at a time: if each piece
    moved what came before, that would take as long as parsing it.
    """
    content = io.BytesIO()
    waiting: list[bytes] = []
    size = 0
    for piece in _pieces(response, bounds, most):
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
    response: requests.Response, bounds: Bounds, most: int, size: int | None = None
) -> Iterator[bytes | None]:
    """The decompressed body; None, and nothing more, once it is larger than `most`.

    `size`: of a piece, which is what has arrived. None: a body of a declared length is one piece, so that it is not
    copied.
    """
    text = response.headers.get("Content-Length", "")
    counts = text.isascii() and text.isdigit() and not response.raw.chunked  # which overrides it
    declared = int(text[:20]) if counts else None
    if declared is not None and declared > most:
        yield None
        return
    is_encoded = "Content-Encoding" in response.headers  # else decoding it is a copy
    if size is None and declared and not is_encoded:
        read, size = response.raw.read, declared
    else:
        # read1 returns the available bytes; iter_content would wait for the whole piece, and a body that
        # arrives byte by byte would keep each of its waits under the time-out
        read, size = response.raw.read1, size or PIECE
    come = 0
    while piece := read(size, decode_content=is_encoded):
        come += len(piece)
        if max(come, bounds.bytes - HEADERS) > most:
            yield None
            return
        yield piece


def downloaded(
    session: requests.Session,
    url: str,
    clock: Callable[[], float] = time.monotonic,
    *,
    timeouts: Timeouts,
    most: int,
) -> Iterator[bytes]:
    """The content at a signed address as it arrives, limited in size.

    Raises DownloadError if it does not arrive whole; no text shows the address, which is a secret.
    """
    bounds = Bounds(clock() + timeouts.whole, most, clock)
    try:
        with within(bounds):  # not while the consumer has control
            response = session.get(
                url,
                auth=_as_it_is,
                headers={"Accept-Encoding": ENCODINGS},
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            )
        with response:
            if response.status_code != 200:
                raise DownloadError(Trouble(f"status {response.status_code}"))
            for piece in _pieces(response, bounds, most, 1 << 16):
                if piece is None:
                    raise DownloadError(TOO_LARGE)
                yield piece
                if bounds.is_over():
                    raise DownloadError(ENDLESS)
    except (requests.RequestException, HTTPError, ValueError, OSError, TooMuch) as error:
        raise DownloadError(trouble_of(error, url, bounds, is_secret=True)) from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Adds no authentication. Without it, requests looks for a login in .netrc."""
    return request
