"""One GET to Pinterest: budget, login, time-outs, retries, and a body that is what it should be."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import quote

import orjson
import requests
from requests.adapters import HTTPAdapter

from source_pinterest.http import limits
from source_pinterest.http.budget import RateBudget
from source_pinterest.http.errors import (
    AccessDenied,
    LoginRefused,
    NotFound,
    PinterestError,
    RateLimited,
    RequestRefused,
    Unavailable,
)

logger = logging.getLogger("airbyte.source_pinterest")

Params = Mapping[str, "str | int | bool | Iterable[str] | None"]
NOT_AUTHENTICATED = 2
"""Pinterest's code of a 401 that a new token may cure."""


class TokenSource(Protocol):
    """Where the access token comes from."""

    def token(self) -> str: ...
    def renew(self, refused: str) -> str: ...


def new_session() -> requests.Session:
    """A session that many threads may use: no cookies, nothing from .netrc, a pool for all."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=2 * limits.REQUESTS_AHEAD)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def query(params: Params) -> str:
    """The query of a URL; arrays as Pinterest wants each of them.

    >>> query({"ad_ids": ["1", "2"], "columns": ["CTR", "ECTR"], "bookmark": "a=|"})
    'ad_ids=1&ad_ids=2&columns=CTR,ECTR&bookmark=a%3D%7C'
    """
    parts: list[str] = []
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            parts.append(f"{name}={str(value).lower()}")
        elif isinstance(value, (str, int)):
            parts.append(f"{name}={quote(str(value), safe='')}")
        elif name in limits.COMMA_SEPARATED or not limits.ID_ARRAYS_REPEAT_THE_KEY:
            parts.append(f"{name}={','.join(quote(item, safe='') for item in value)}")
        else:
            parts += [f"{name}={quote(item, safe='')}" for item in value]
    return "&".join(parts)


class PinterestClient:
    """GETs from one base URL with one login. Safe to use from many threads."""

    def __init__(
        self,
        base_url: str,
        tokens: TokenSource,
        session: requests.Session,
        budget: RateBudget | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url
        self._tokens = tokens
        self._session = session
        self._budget = budget or RateBudget()
        self._sleep = sleep

    def get(
        self, path: str, params: Params, category: str, is_expected: Callable[[Any], bool]
    ) -> Any:
        """The decoded body of a GET, once it is one that `is_expected` takes.

        Raises a PinterestError when it is not to be had: never returns something less.
        """
        url = f"{self.base_url}{path}"
        if text := query(params):
            url = f"{url}?{text}"
        failures = 0
        waited = 0.0
        renewed = False
        while True:
            self._budget.acquire(category)
            token = self._tokens.token()
            status, headers, content, problem = self._send(url, token)
            if status == 200:
                body = _decoded(content)
                if is_expected(body):
                    return body
                problem = "a body that is not what this endpoint answers"
            elif status == 401 and not renewed and _error(content)[0] == NOT_AUTHENTICATED:
                renewed = True
                self._tokens.renew(refused=token)
                continue
            elif status == 429:
                seconds = _wait_seconds(headers, content, failures)
                if _is_spam_block(content) or waited + seconds > limits.LONGEST_RATE_LIMIT_WAIT:
                    raise _rate_limited(path, category, content, seconds)
                waited += seconds
                logger.info(
                    f"Pinterest's rate limit for {category} is used up; waiting {seconds:.0f} s."
                )
                self._budget.pause(category, seconds)
                failures += 1
                continue
            elif status is not None and 400 <= status < 500 and status != 408:
                raise _refusal(path, status, content)
            elif status is not None:
                problem = f"status {status}"
            failures += 1
            if failures >= limits.TRIES:
                raise Unavailable(
                    f"Pinterest gave no usable answer for {path} in {failures} tries "
                    f"(the last one: {problem}). Run the sync again: it goes on where it stopped.",
                    status,
                )
            pause = limits.FIRST_PAUSE * 2 ** (failures - 1)
            logger.info(f"{path}: {problem}; try {failures + 1} in {pause:.0f} s.")
            self._sleep(pause)

    def _send(
        self, url: str, token: str
    ) -> tuple[int | None, Mapping[str, str], bytes, str | None]:
        """Status, headers, body; or None and what went wrong on the way."""
        try:
            with self._session.get(
                url,
                auth=_bearer(token),
                headers={"Accept": "application/json"},
                timeout=(limits.CONNECT_TIMEOUT, limits.READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            ) as response:
                deadline = time.monotonic() + limits.ANSWER_TIMEOUT
                chunks = []
                for chunk in response.iter_content(1 << 20):
                    chunks.append(chunk)
                    if time.monotonic() > deadline:
                        return None, {}, b"", "an answer that did not end"
                return response.status_code, response.headers, b"".join(chunks), None
        except requests.RequestException as error:
            return None, {}, b"", type(error).__name__


def _bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def _decoded(content: bytes) -> Any:
    """The JSON in it; None where there is none, which no endpoint answers."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _error(content: bytes) -> tuple[int | None, str]:
    """Code and message of Pinterest's error body."""
    body = _decoded(content)
    if not isinstance(body, dict):
        return None, ""
    code = body.get("code")
    return (code if isinstance(code, int) else None), str(body.get("message") or "")[:300]


def _is_spam_block(content: bytes) -> bool:
    return b"spam" in content[:2_000].lower()


def _wait_seconds(headers: Mapping[str, str], content: bytes, failures: int) -> float:
    """How long Pinterest says to wait: seconds, never an instant; else longer each time."""
    for text in (headers.get("X-RateLimit-Reset"), headers.get("Retry-After")):
        if text and text.strip().isdigit():
            return max(1.0, float(text))
    if found := re.search(rb"[Rr]etry after (\d+) second", content[:2_000]):
        return max(1.0, float(found.group(1)))
    return float(min(60, 2**failures))


def _rate_limited(path: str, category: str, content: bytes, seconds: float) -> PinterestError:
    code, message = _error(content)
    if _is_spam_block(content):
        return RateLimited(f"Pinterest has blocked this login as spam: {message}", 429, code)
    return RateLimited(
        f"Pinterest's rate limit for {category} is used up, and resets in {seconds:,.0f} seconds "
        f"(asked for: {path}). Run the sync again after that: it goes on where it stopped. "
        "An app with trial access has 1,000 requests a day; ask Pinterest for standard access.",
        429,
        code,
    )


def _refusal(path: str, status: int, content: bytes) -> PinterestError:
    code, message = _error(content)
    said = f"(Pinterest: {status}, code {code}, {message or 'no message'})"
    if status == 401 and code in (NOT_AUTHENTICATED, None):
        return LoginRefused(
            f"Pinterest does not accept this login {said}. Log in again.", status, code
        )
    if status in (401, 403):
        return AccessDenied(f"This login may not read {path} {said}.", status, code)
    if status == 404:
        return NotFound(f"{path} does not exist {said}.", status, code)
    return RequestRefused(f"Pinterest refuses the request to {path} {said}.", status, code)
