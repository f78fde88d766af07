"""The client for Pinterest's API: rate limits, login, retries, and validation of the body."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests

from source_pinterest.api.endpoints import is_expected_refusal
from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.api.stated_errors import states_error
from source_pinterest.http.connection import Adapter
from source_pinterest.http.error_sentences import (
    describe_problem,
    duration_in_words,
    rate_limit_error,
    refusal_error,
    too_large_error,
    unusable_body,
)
from source_pinterest.http.errors import SyncEnded, Unavailable
from source_pinterest.http.login_state import LoginState, ProbeEndpoint, Refusals
from source_pinterest.http.outcomes import (
    Outcome,
    classify,
    is_spam_block,
    wait_seconds,
)
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import SYNC, RetryPolicy, Tries
from source_pinterest.http.transport import Response, download, send
from source_pinterest.http.trouble import hide_proxies

logger = logging.getLogger("airbyte.source_pinterest")

Params = Mapping[str, "str | int | bool | Iterable[str] | None"]

POOL_SIZE = 256
"""The most connections in the pool. If there were more threads, each additional connection would log a line."""


class TokenSource(Protocol):
    """Provides access tokens: `AccessToken` and `OAuth`, which explain the methods."""

    scopes: frozenset[str] | None

    def token(self) -> str: ...
    def renew(self, refused: str) -> str: ...
    def is_new(self, token: str) -> bool: ...
    def describe_lifetime(self) -> str: ...


class Session(requests.Session):
    """A session that looks into the environment, for proxies and certificates, once per host.

    `requests` looks for each request, which takes a third of its time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._settings_by_host: dict[Any, Any] = {}

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        own = proxies, stream, verify, cert
        if proxies:
            return super().merge_environment_settings(url, *own)
        key = urlsplit(url)[:2], own[1:]
        if key not in self._settings_by_host:
            self._settings_by_host[key] = super().merge_environment_settings(url, *own)
        return dict(self._settings_by_host[key])


def new_session() -> requests.Session:
    """A session for many threads: no cookies, one pool of connections with deadlines (`Adapter`)."""
    hide_proxies()
    session = Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = Adapter(pool_connections=4, pool_maxsize=POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def query(params: Params, repeated: Container[str] = ()) -> str:
    """The query of a URL. Leaves out None and [], and joins arrays by commas.

    `repeated`: names of arrays whose key is repeated for each value instead.

    >>> query({"ad_ids": ["1", "2"], "columns": ["CTR", "ECTR"], "bookmark": "a=|"})
    'ad_ids=1,2&columns=CTR,ECTR&bookmark=a%3D%7C'
    >>> query({"ad_ids": ["1", "2"]}, repeated={"ad_ids"})
    'ad_ids=1&ad_ids=2'
    >>> query({"names": ["a,b", "c"]}), query({"names": []}), query({"names": [""]})
    ('names=a%2Cb,c', '', 'names=')
    """
    parts: list[str] = []
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            parts.append(f"{name}={str(value).lower()}")
        elif isinstance(value, (str, int)):
            parts.append(f"{name}={quote(str(value), safe='', errors='replace')}")
        else:
            items = _quoted(list(value))
            if name not in repeated:
                items = [",".join(items)] if items else []
            parts += [f"{name}={item}" for item in items]
    return "&".join(parts)


URL_SAFE = re.compile(r"[\w.~,-]*", re.ASCII)


def _quoted(items: list[str]) -> list[str]:
    """The items, percent-encoded. Checks all at once, since nearly always none of a request's hundreds of ids and
    columns needs it."""
    text = ",".join(items)
    if text.count(",") < len(items) and URL_SAFE.fullmatch(text):
        return items
    return [quote(item, safe="", errors="replace") for item in items]


class PinterestClient:
    """The client for one base URL and one login. Thread-safe."""

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
        """`budget` waits for rate limits, `sleep` pauses between tries, `clock` (seconds) measures deadlines."""
        self.base_url = base_url
        self.tokens = tokens
        self.repeated_keys: set[str] = set()
        """Parameters whose arrays Pinterest turned out to understand only with repeated keys."""
        self.policy = policy
        self.limits = limits
        self._last_row = clock()
        self._session = session
        self._budget = budget or RateBudget(limits=limits)
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + policy.seconds
        self._login = LoginState(tokens, self._probe, sleep, policy)
        self._has_ended = False

    def end(self) -> None:
        """Ends all requests: the sync is over, or its reader has gone. Threads that still wait get SyncEnded."""
        self._has_ended = True

    def get(
        self,
        path: str,
        params: Params,
        category: str,
        is_expected: Callable[[Any], bool],
        if_null: Any = None,
        decode: Callable[[bytes], Any] | None = None,
        *,
        may_state_error: bool = False,
    ) -> Any:
        """The decoded body of a GET. It satisfies `is_expected`, and is never None.

        `if_null`: the value to return for a null body, which a few endpoints send. `decode`: turns the content into a
        body, or into None if it cannot; default: parses JSON. `may_state_error`: whether a body may state an error.
        Raises a PinterestError if no such body arrives.
        """

        def body(response: Response) -> Any:
            if decode:
                found = decode(response.content)
            else:
                found = if_null if response.is_null() else response.whole_body()
            if found is None or not is_expected(found):
                return None
            return found if may_state_error or not states_error(found) else None

        return self._ask(path, category, body, params)

    def post(
        self,
        path: str,
        content: Mapping[str, Any],
        category: str,
        is_expected: Callable[[Any], bool],
    ) -> Any:
        """The decoded body of a POST with JSON `content`. It satisfies `is_expected`, and is never None.

        It is retried like a GET, so use it only for requests that may be repeated.
        """

        def body(response: Response) -> Any:
            found = response.body()
            return found if found is not None and is_expected(found) else None

        return self._ask(path, category, body, content=content)

    def download(self, url: str) -> Iterator[bytes]:
        """Yields the content of a URL outside of the API as it arrives, without sending the login there.

        Raises DownloadError, which does not show the URL, if it does not arrive whole.
        """
        return download(
            self._session,
            url,
            self._clock,
            timeouts=self.policy.download_timeouts,
            max_bytes=self.limits.download_bytes,
        )

    def wait(self, seconds: float) -> None:
        """Sleeps."""
        self._sleep(seconds)

    def rows_arrived(self) -> None:
        """Notes that rows were read, which restarts the time limit of `RetryPolicy.longest_without_a_row`."""
        self._last_row = self._clock()

    def now(self) -> float:
        """The time of the clock in seconds, to measure durations."""
        return self._clock()

    def get_array(self, path: str, params: Params, category: str) -> bytes:
        """The body of a GET, unparsed. It begins and ends like a JSON array.

        Raises a PinterestError if no such body arrives.
        """
        content: bytes = self._ask(path, category, lambda response: response.array(), params)
        return content

    def get_data(
        self, path: str, params: Params, category: str, max_bytes: int | None = None
    ) -> bytes:
        """The body of a GET, unparsed. It is a JSON object with a list as its `data`.

        Raises a PinterestError if no such body arrives: a TooLarge without a status if it has more than
        `max_bytes` bytes.
        """
        content: bytes = self._ask(
            path, category, lambda response: response.data(), params, max_bytes=max_bytes
        )
        return content

    def _ask(
        self,
        path: str,
        category: str,
        read: Callable[[Response], Any],
        params: Params | None = None,
        content: Mapping[str, Any] | None = None,
        max_bytes: int | None = None,
    ) -> Any:
        """The result of `read` for a successful response. If it is None, the response is unusable.

        Sends a POST if there is content, else a GET.
        """
        url = f"{self.base_url}{path}"
        if text := query(params or {}, self.repeated_keys):
            url = f"{url}?{text}"
        has_days = "start_date" in (params or content or {})
        tries = Tries(self.policy, "Pinterest", path, self._sleep, self._seconds_left)
        waits: list[float] = []
        refusals = Refusals()
        sent_twice: set[Outcome] = set()
        while True:
            self._login.check()
            self._budget.acquire(category)
            self._check_not_ended()
            token = self.tokens.token()
            refusals.was_accepted = self._login.is_accepted(token)
            response = self._sent(url, token, content, max_bytes)
            outcome = classify(response)
            problem = describe_problem(response)
            pause = self._pause_before_second_try(outcome, path, response, has_days)
            if pause is not None and outcome not in sent_twice:
                sent_twice.add(outcome)
                self._sleep(pause)
                continue
            if outcome is Outcome.SUCCESS:
                self._login.accepted(token)
                if (found := read(response)) is not None:
                    return found
                problem = unusable_body(response)
            elif outcome is Outcome.NOT_AUTHENTICATED:
                self._login.refused(path, token, response, refusals)
                continue
            elif outcome is Outcome.RATE_LIMITED:
                self._wait_for_rate_limit(path, category, response, waits)
                continue
            elif outcome is Outcome.TOO_LARGE:
                raise too_large_error(path, max_bytes or self.limits.answer_bytes)
            elif outcome is not Outcome.FAILED:
                raise refusal_error(path, response, has_days)
            self._check_not_ended()
            self._check_rows_arrive(path, response, problem)
            tries.failed(response, problem)

    def _pause_before_second_try(
        self, outcome: Outcome, path: str, response: Response, has_days: bool
    ) -> float | None:
        """Seconds after which a refusal is tried once more, since only a second one is believed. None for any other
        outcome, and for refusals that are believed at once."""
        if outcome is Outcome.OUT_OF_WINDOW and has_days:
            return self.policy.pause_before_another_window
        if outcome is Outcome.REFUSED and is_expected_refusal(path, response.status):
            return self.policy.first_pause
        return None

    def _check_not_ended(self) -> None:
        if self._has_ended:
            raise SyncEnded("")

    def _wait_for_rate_limit(
        self, path: str, category: str, response: Response, waits: list[float]
    ) -> None:
        """Makes all requests of the category wait. Raises RateLimited if that would take too long, or not help."""
        waits.append(wait_seconds(response, len(waits)))
        is_too_long = sum(waits) > self.policy.longest_rate_limit_wait
        if is_spam_block(response) or is_too_long or waits[-1] >= self._seconds_left():
            raise rate_limit_error(path, category, response, waits)
        logger.info(
            f"Pinterest's rate limit for {category} is used up; waiting {duration_in_words(waits[-1])}."
        )
        self._budget.pause(category, waits[-1])

    def _check_rows_arrive(self, path: str, response: Response, problem: str) -> None:
        """Raises Unavailable instead of another retry if no stream has had a row for too long."""
        longest = self.policy.longest_without_a_row
        if self._clock() - self._last_row > longest:
            raise Unavailable(
                f"Pinterest gave no usable answer for {path} ({problem}), and no row has arrived for "
                f"{duration_in_words(longest)}. {self.policy.advice}",
                response.status,
                response.error_code(),
            )

    def _sent(
        self,
        url: str,
        token: str,
        content: Mapping[str, Any] | None = None,
        max_bytes: int | None = None,
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
            max_bytes=max_bytes,
            limits=self.limits,
        )

    def _probe(self, place: ProbeEndpoint, token: str) -> Response:
        """The response of an endpoint that every login can read, to find out whether it accepts a token."""
        self._budget.acquire(place.category)
        return self._sent(f"{self.base_url}{place.path}", token)

    def _seconds_left(self) -> float:
        """Seconds that the policy still leaves for pauses and responses."""
        return self._until - self._clock()


def _bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign
