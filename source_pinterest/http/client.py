"""One request to Pinterest: budget, login, retries, and a body that is what it should be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import quote

import requests

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.connection import Adapter
from source_pinterest.http.errors import Unavailable
from source_pinterest.http.login_state import LoginState, Place, Refusals
from source_pinterest.http.outcomes import (
    Outcome,
    classify,
    in_words,
    is_spam_block,
    rate_limited,
    refusal,
    too_large,
    wait_seconds,
)
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import SYNC, RetryPolicy, Tries
from source_pinterest.http.transport import Response, downloaded, send
from source_pinterest.http.trouble import hide_proxies

logger = logging.getLogger("airbyte.source_pinterest")

Params = Mapping[str, "str | int | bool | Iterable[str] | None"]

POOL_SIZE = 64
"""Connections that are kept. Fewer than there are threads, and each one too many is a log line."""


class TokenSource(Protocol):
    """Where the access token comes from."""

    scopes: frozenset[str] | None

    def token(self) -> str: ...
    def renew(self, refused: str) -> str: ...
    def is_new(self, token: str) -> bool: ...
    def lasts(self) -> str: ...


def new_session() -> requests.Session:
    """A session that many threads may use: no cookies, nothing from .netrc, a pool for all."""
    hide_proxies()
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = Adapter(pool_connections=4, pool_maxsize=POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def query(params: Params, repeated: Container[str] = ()) -> str:
    """The query of a URL. None and [] are left out; arrays are joined by commas.

    `repeated`: the arrays that have their key repeated instead.

    >>> query({"ad_ids": ["1", "2"], "columns": ["CTR", "ECTR"], "bookmark": "a=|"})
    'ad_ids=1,2&columns=CTR,ECTR&bookmark=a%3D%7C'
    >>> query({"ad_ids": ["1", "2"]}, repeated={"ad_ids"})
    'ad_ids=1&ad_ids=2'
    """
    parts: list[str] = []
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            parts.append(f"{name}={str(value).lower()}")
        elif isinstance(value, (str, int)):
            parts.append(f"{name}={quote(str(value), safe='')}")
        else:
            items = [quote(item, safe="") for item in value]
            if name not in repeated:
                items = [",".join(items)] if items else []
            parts += [f"{name}={item}" for item in items]
    return "&".join(parts)


class PinterestClient:
    """Asks one base URL with one login. Safe to use from many threads."""

    def __init__(
        self,
        base_url: str,
        tokens: TokenSource,
        session: requests.Session,
        budget: RateBudget | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        policy: RetryPolicy = SYNC,
        limits: Limits = LIMITS,
    ) -> None:
        """`budget` waits for rate limits, `sleep` between tries, `clock` ends an endless response."""
        self.base_url = base_url
        self.tokens = tokens
        self.repeated_keys: set[str] = set()
        """Arrays that this Pinterest understands with repeated keys only: found out in a sync."""
        self.policy = policy
        self.limits = limits
        self._last_row = clock()
        self._session = session
        self._budget = budget or RateBudget(limits=limits)
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + policy.seconds
        self._login = LoginState(tokens, self._tried, sleep, policy)

    def get(
        self,
        path: str,
        params: Params,
        category: str,
        is_expected: Callable[[Any], bool],
        if_null: Any = None,
        decode: Callable[[bytes], Any] | None = None,
    ) -> Any:
        """The decoded body of a GET, once it is one that `is_expected` takes (it is never null).

        `if_null`: what a body that is null stands for, of the few endpoints that answer with one.
        `decode`: what makes a body of its content, instead of the values that JSON has; None: nothing can.
        Raises a PinterestError when it is not to be had: never returns something less.
        """

        def body(response: Response) -> Any:
            if decode:
                found = decode(response.content)
            else:
                found = if_null if response.is_null() else response.body()
            return found if found is not None and is_expected(found) else None

        return self._ask(path, category, body, params)

    def post(
        self,
        path: str,
        content: Mapping[str, Any],
        category: str,
        is_expected: Callable[[Any], bool],
    ) -> Any:
        """The decoded body of a POST of JSON, as `get` gives that of a GET.

        It is sent again like a GET: only for what may be done twice.
        """

        def body(response: Response) -> Any:
            found = response.body()
            return found if found is not None and is_expected(found) else None

        return self._ask(path, category, body, content=content)

    def download(self, url: str) -> Iterator[bytes]:
        """What is at an address outside of the API, as it comes. Nothing of the login is sent there.

        Raises DownloadError, which does not tell the address, when it does not come whole.
        """
        return downloaded(
            self._session,
            url,
            self._clock,
            timeouts=self.policy.download_timeouts,
            most=self.limits.download_bytes,
        )

    def wait(self, seconds: float) -> None:
        self._sleep(seconds)

    def rows_arrived(self) -> None:
        """Notes that rows were read, so that failures are tried again for as long as ever."""
        self._last_row = self._clock()

    def now(self) -> float:
        """Seconds, to tell how long something takes."""
        return self._clock()

    def get_array(self, path: str, params: Params, category: str) -> bytes:
        """The body of a GET that is a JSON array as far as its two ends tell, not yet parsed.

        Raises a PinterestError when it is not to be had.
        """
        content: bytes = self._ask(path, category, lambda response: response.array(), params)
        return content

    def get_data(self, path: str, params: Params, category: str, most: int | None = None) -> bytes:
        """The body of a GET that is `{"data": […]}` as far as its two ends tell, not yet parsed.

        Raises a PinterestError when it is not to be had: a TooLarge without a status when it has more
        than `most` bytes.
        """
        content: bytes = self._ask(
            path, category, lambda response: response.data(), params, most=most
        )
        return content

    def _ask(
        self,
        path: str,
        category: str,
        read: Callable[[Response], Any],
        params: Params | None = None,
        content: Mapping[str, Any] | None = None,
        most: int | None = None,
    ) -> Any:
        """What `read` finds in a success; where it finds None, that was not what was asked for.

        A POST of the content, where there is one; a GET otherwise.
        """
        url = f"{self.base_url}{path}"
        if text := query(params or {}, self.repeated_keys):
            url = f"{url}?{text}"
        has_days = "start_date" in (params or content or {})
        tries = Tries(self.policy, "Pinterest", path, self._sleep, self._seconds_left)
        waits: list[float] = []
        refusals = Refusals()
        is_asked_again = not has_days
        while True:
            self._login.check()
            self._budget.acquire(category)
            token = self.tokens.token()
            refusals.was_accepted = self._login.is_accepted(token)
            response = self._sent(url, token, content, most)
            outcome = classify(response)
            problem = response.problem or f"status {response.status}"
            if outcome is Outcome.SUCCESS:
                self._login.accepted(token)
                if (found := read(response)) is not None:
                    return found
                problem = "a body that is not what this endpoint answers"
            elif outcome is Outcome.NOT_AUTHENTICATED:
                self._login.refused(path, token, response, refusals)
                continue
            elif outcome is Outcome.RATE_LIMITED:
                self._wait_for_the_rate_limit(path, category, response, waits)
                continue
            elif outcome is Outcome.OUT_OF_WINDOW and not is_asked_again:
                is_asked_again = True
                self._sleep(self.policy.pause_before_another_window)
                continue
            elif outcome is Outcome.TOO_LARGE:
                raise too_large(path, most or self.limits.answer_bytes)
            elif outcome is not Outcome.FAILED:
                raise refusal(path, response, has_days)
            self._check_that_rows_come(path, response, problem)
            tries.failed(response, problem)

    def _wait_for_the_rate_limit(
        self, path: str, category: str, response: Response, waits: list[float]
    ) -> None:
        """Has everything of the category wait. Raises RateLimited where that would be too long, or no use."""
        waits.append(wait_seconds(response, len(waits)))
        is_too_long = sum(waits) > self.policy.longest_rate_limit_wait
        if is_spam_block(response) or is_too_long or waits[-1] >= self._seconds_left():
            raise rate_limited(path, category, response, waits)
        logger.info(
            f"Pinterest's rate limit for {category} is used up; waiting {in_words(waits[-1])}."
        )
        self._budget.pause(category, waits[-1])

    def _check_that_rows_come(self, path: str, response: Response, problem: str) -> None:
        """Raises Unavailable when no stream has had a row for too long: then no failure is tried again."""
        longest = self.policy.longest_without_a_row
        if self._clock() - self._last_row > longest:
            raise Unavailable(
                f"Pinterest gave no usable answer for {path} ({problem}), and no row has come for "
                f"{in_words(longest)}. {self.policy.again}",
                response.status,
                response.error_code(),
            )

    def _sent(
        self,
        url: str,
        token: str,
        content: Mapping[str, Any] | None = None,
        most: int | None = None,
    ) -> Response:
        return send(
            self._session,
            "GET" if content is None else "POST",
            url,
            _bearer(token),
            json_body=content,
            clock=self._clock,
            timeouts=self.policy.timeouts,
            until=self._until,
            most=most,
            limits=self.limits,
        )

    def _tried(self, place: Place, token: str) -> Response:
        """What a place that every login can read says to a token."""
        self._budget.acquire(place.category)
        return self._sent(f"{self.base_url}{place.path}", token)

    def _seconds_left(self) -> float:
        """For pauses and responses together."""
        return self._until - self._clock()


def _bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign
