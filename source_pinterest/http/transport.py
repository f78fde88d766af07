"""One request and its whole answer: no redirect followed, no exception, no endless wait."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import requests
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from urllib3.exceptions import HTTPError

from source_pinterest import pinterest_json
from source_pinterest.http import limits

TOKEN = re.compile(r"\bpin[a-z]_[\w.~+/=-]{8,}", re.ASCII)
"""What Pinterest's tokens look like."""

MESSAGE_LENGTH = 300
"""Of Pinterest's own words, as they are shown."""


ENDLESS = "an answer that did not end"
TOO_SLOW = frozenset({ENDLESS, "ReadTimeout", "ReadTimeoutError"})


class NotFetched(Exception):
    """The content at an address did not come whole. `str()` says why, and not which address."""


class Answer(NamedTuple):
    """What came back. status None: nothing whole did, and `problem` says what went wrong."""

    status: int | None
    headers: Mapping[str, str]
    content: bytes
    problem: str

    def is_too_slow(self) -> bool:
        """Whether a smaller question might have been answered in time."""
        return self.problem in TOO_SLOW

    def body(self) -> Any:
        """The JSON in it; None where there is none, or null."""
        try:
            return pinterest_json.loads(self.content)
        except ValueError:
            return None

    def is_null(self) -> bool:
        """Whether it is JSON's null, and not just no JSON."""
        return self.content.strip() == b"null"

    def array(self) -> bytes | None:
        """The content, if both its ends are those of a JSON array."""
        content = self.content.strip()
        return content if content[:1] == b"[" and content[-1:] == b"]" else None

    def data(self) -> bytes | None:
        """The content, if it is a JSON object with a list as its `data`: as far as its two ends tell, or
        else as a whole."""
        if pinterest_json.data(self.content):
            return self.content
        body = self.body()
        return (
            self.content if isinstance(body, dict) and isinstance(body.get("data"), list) else None
        )

    def error_code(self) -> int | None:
        """Pinterest's code of the error, which it has been seen to send as a string."""
        code = self._error().get("code")
        if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code, re.ASCII):
            return int(code)
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    def error_text(self) -> str:
        """All that Pinterest says about the error, to look for words in: never to show."""
        error = self._error()
        return f"{error.get('message') or ''} {error.get('message_detail') or ''}".strip()

    def said(self) -> str:
        """The error, to show: `Pinterest: 403, code 29, not permitted`. Without secrets."""
        code = self.error_code()
        message = TOKEN.sub("****", filter_secrets(self.error_text()))[:MESSAGE_LENGTH]
        return (
            f"Pinterest: {self.status}, {'no code' if code is None else f'code {code}'}, "
            f"{message or 'no message'}"
        )

    def _error(self) -> Mapping[str, Any]:
        body = self.body()
        return body if isinstance(body, dict) else {}


def send(
    session: requests.Session,
    method: str,
    url: str,
    auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | tuple[str, str],
    data: Mapping[str, str] | None = None,
    json_body: Mapping[str, Any] | None = None,
    clock: Callable[[], float] = time.monotonic,
    timeouts: limits.Timeouts | None = None,
) -> Answer:
    """Sends it once; `data` as a form, `json_body` as JSON. A body that breaks off is no answer, nor
    is one that never ends."""
    connect, read, whole = timeouts or (
        limits.CONNECT_TIMEOUT,
        limits.READ_TIMEOUT,
        limits.ANSWER_TIMEOUT,
    )
    try:
        with session.request(
            method,
            url,
            auth=auth,
            data=data,
            json=json_body,
            headers={"Accept": "application/json"},
            timeout=(connect, read),
            allow_redirects=False,
            stream=True,
        ) as response:
            deadline = clock() + whole
            content = io.BytesIO()
            # read1 returns what is there; iter_content would wait for the whole chunk, and a body
            # that comes byte by byte would keep each of its waits under the time-out
            is_encoded = "Content-Encoding" in response.headers  # else decoding it is a copy
            while chunk := response.raw.read1(1 << 17, decode_content=is_encoded):
                content.write(chunk)
                if clock() > deadline:
                    return Answer(None, {}, b"", ENDLESS)
            return Answer(response.status_code, response.headers, content.getvalue(), "")
    # ValueError: requests reads the Location of a redirect even if it does not follow it
    except (requests.RequestException, HTTPError, ValueError) as error:
        # only the name: the text holds the URL
        return Answer(None, {}, b"", type(error).__name__)


def downloaded(
    session: requests.Session, url: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[bytes]:
    """The content at a signed address, as it comes.

    Raises NotFetched when it does not come whole; the address, which is a secret, is in no text.
    """
    try:
        with session.get(
            url,
            auth=_as_it_is,
            timeout=(limits.CONNECT_TIMEOUT, limits.READ_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                raise NotFetched(f"status {response.status_code}")
            deadline = clock() + limits.DOWNLOAD_TIMEOUT
            while chunk := response.raw.read1(1 << 16, decode_content=True):
                yield chunk
                if clock() > deadline:
                    raise NotFetched(ENDLESS)
    except (requests.RequestException, HTTPError, ValueError) as error:
        raise NotFetched(type(error).__name__) from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Signs nothing; without it, requests looks for a login in .netrc."""
    return request
