"""One request to Pinterest: budget, login, retries, and a body that is what it should be."""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import quote

import requests

from source_pinterest.api import limits
from source_pinterest.http.connection import Adapter
from source_pinterest.http.errors import (
    AccessDenied,
    NotFound,
    PinterestError,
    RateLimited,
    RequestRefused,
    TooLarge,
    Unavailable,
    WindowRefused,
)
from source_pinterest.http.login_state import LoginState, Place, Refusals, is_not_authenticated
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.transport import Answer, downloaded, send
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
        patience: limits.Patience = limits.SYNC,
    ) -> None:
        """`budget` waits for rate limits, `sleep` between tries, `clock` ends an endless answer."""
        self.base_url = base_url
        self.tokens = tokens
        self.repeated_keys: set[str] = set()
        """Arrays that this Pinterest understands with repeated keys only: found out in a sync."""
        self._patience = patience
        self._last_row = clock()
        self._session = session
        self._budget = budget or RateBudget()
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + patience.seconds
        self._login = LoginState(tokens, self._tried, sleep, patience.again)

    def get(
        self,
        path: str,
        params: Params,
        category: str,
        is_expected: Callable[[Any], bool],
        if_null: Any = None,
    ) -> Any:
        """The decoded body of a GET, once it is one that `is_expected` takes (it is never null).

        `if_null`: what a body that is null stands for, of the few endpoints that answer with one.
        Raises a PinterestError when it is not to be had: never returns something less.
        """

        def body(answer: Answer) -> Any:
            found = if_null if answer.is_null() else answer.body()
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

        def body(answer: Answer) -> Any:
            found = answer.body()
            return found if found is not None and is_expected(found) else None

        return self._ask(path, category, body, content=content)

    def download(self, url: str) -> Iterator[bytes]:
        """What is at an address outside of the API, as it comes. Nothing of the login is sent there.

        Raises NotFetched, which does not tell the address, when it does not come whole.
        """
        return downloaded(self._session, url, self._clock)

    def wait(self, seconds: float) -> None:
        self._sleep(seconds)

    def rows_arrived(self) -> None:
        """Rows were read: the sync's patience begins anew."""
        self._last_row = self._clock()

    def now(self) -> float:
        """Seconds, to tell how long something takes."""
        return self._clock()

    def get_array(self, path: str, params: Params, category: str) -> bytes:
        """The body of a GET that is a JSON array as far as its two ends tell, not yet parsed.

        Raises a PinterestError when it is not to be had.
        """
        content: bytes = self._ask(path, category, lambda answer: answer.array(), params)
        return content

    def get_data(self, path: str, params: Params, category: str, most: int | None = None) -> bytes:
        """The body of a GET that is `{"data": […]}` as far as its two ends tell, not yet parsed.

        Raises a PinterestError when it is not to be had: a TooLarge without a status when it has more
        than `most` bytes.
        """
        content: bytes = self._ask(path, category, lambda answer: answer.data(), params, most=most)
        return content

    def _ask(
        self,
        path: str,
        category: str,
        read: Callable[[Answer], Any],
        params: Params | None = None,
        content: Mapping[str, Any] | None = None,
        most: int | None = None,
    ) -> Any:
        """What `read` finds in an answer that is a success; None: not what was asked for.

        A POST of the content, where there is one; a GET otherwise.
        """
        url = f"{self.base_url}{path}"
        if text := query(params or {}, self.repeated_keys):
            url = f"{url}?{text}"
        has_days = "start_date" in (params or content or {})
        patience = self._patience
        failures = slow = 0
        is_asked_again = False
        waits: list[float] = []
        refusals = Refusals()
        while True:
            self._login.check()
            self._budget.acquire(category)
            token = self.tokens.token()
            refusals.was_accepted = self._login.is_accepted(token)
            answer = self._sent(url, token, content, most)
            status = answer.status
            if status is not None and 200 <= status < 300:
                self._login.accepted(token)
                if (found := read(answer)) is not None:
                    return found
                problem = "a body that is not what this endpoint answers"
            elif is_not_authenticated(answer):
                self._login.refused(path, token, answer, refusals)
                continue
            elif answer.asks_to_wait():
                waits.append(_wait_seconds(answer, len(waits)))
                is_too_long = sum(waits) > patience.longest_rate_limit_wait
                if _is_spam_block(answer) or is_too_long or self._is_too_late(waits[-1]):
                    raise _rate_limited(path, category, answer, waits)
                logger.info(
                    f"Pinterest's rate limit for {category} is used up; "
                    f"waiting {_in_words(waits[-1])}."
                )
                self._budget.pause(category, waits[-1])
                continue
            elif has_days and not is_asked_again and is_out_of_window(answer):
                is_asked_again = True  # this refusal is known to come and go
                self._sleep(limits.PAUSE_BEFORE_ANOTHER_WINDOW)
                continue
            elif _is_final(answer):
                raise _refusal(path, answer, has_days)
            elif answer.is_too_large():
                raise TooLarge(
                    f"Pinterest's answer for {path} has more than "
                    f"{(most or limits.ANSWER_BYTES) >> 20} MB. "
                    "Select fewer columns."
                )
            else:
                problem = answer.problem if status is None else f"status {status}"
            failures += 1
            slow += answer.is_too_slow()
            if self._clock() - self._last_row > limits.LONGEST_WITHOUT_A_ROW:
                raise Unavailable(
                    f"Pinterest gave no usable answer for {path} ({problem}), and no row has come for "
                    f"{_in_words(limits.LONGEST_WITHOUT_A_ROW)}. {patience.again}",
                    status,
                    answer.error_code(),
                )
            pause = limits.FIRST_PAUSE * 2 ** (failures - 1)
            if (
                failures >= min(patience.tries, answer.trouble.tries or patience.tries)
                or slow >= patience.tries_when_slow
                or self._is_too_late(pause)
            ):
                kind = answer.trouble.error()
                raise kind(
                    f"Pinterest gave no usable answer for {path} in {_tries(failures)} "
                    f"(the last one: {problem}). {answer.trouble.next_step(patience.again)}",
                    status,
                    answer.error_code(),
                )
            logger.info(f"{path}: {problem}; try {failures + 1} in {pause:.0f} s.")
            self._sleep(pause)

    def _sent(
        self,
        url: str,
        token: str,
        content: Mapping[str, Any] | None = None,
        most: int | None = None,
    ) -> Answer:
        return send(
            self._session,
            "GET" if content is None else "POST",
            url,
            _bearer(token),
            json_body=content,
            clock=self._clock,
            timeouts=self._patience.timeouts,
            until=self._until,
            most=most,
        )

    def _tried(self, place: Place, token: str) -> Answer:
        """What a place that every login can read says to a token."""
        self._budget.acquire(place.category)
        return self._sent(f"{self.base_url}{place.path}", token)

    def _is_too_late(self, pause: float) -> bool:
        """Whether no time is left after a pause."""
        return self._clock() + pause >= self._until


def _tries(count: int) -> str:
    return f"{count} {'try' if count == 1 else 'tries'}"


def _bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


OUT_OF_WINDOW = re.compile(
    r"(last|past|recent|previous|within|beyond) (the |the last |than )?\d+ (recent |last |past )?days"
    r"|\d+ (recent|last|past) days|\d+ days (ago|back|in the past|prior|before (now|today))"
    r"|(more|older|earlier) than \d+ days (ago|back|before|old)"
    r"|(start_date|start date)\b.{0,60}\b(too old|too early|out of range|retention|before \d)",
    re.IGNORECASE | re.DOTALL,
)
"""How Pinterest says that it does not go back that far: "only get data from the last 90 days"."""

TOO_MANY_DAYS = re.compile(
    r"(less|fewer|longer|more|greater|larger) than \d+ days(?! (ago|back|before|old|in the past|prior))",
    re.IGNORECASE,
)
"""How it says that a window is too long, wherever it begins."""


def is_out_of_window(answer: Answer) -> bool:
    """Whether a refusal is about a first day that Pinterest does not go back to."""
    if answer.status is None or not 400 <= answer.status < 500:
        return False
    text = answer.error_text()
    return bool(OUT_OF_WINDOW.search(text)) and not TOO_MANY_DAYS.search(text)


def _is_final(answer: Answer) -> bool:
    """Whether asking again gives the same: a 4xx that is about the request, in Pinterest's words."""
    if answer.status is None or not 400 <= answer.status < 500 or answer.status == 408:
        return False
    if answer.is_passing():
        return False
    # what stands before Pinterest answers 404 as well, while Pinterest itself is not there
    return answer.status != 404 or isinstance(answer.body(), dict)


def _is_spam_block(answer: Answer) -> bool:
    """A 429 of another kind, which no waiting helps."""
    return "spam" in answer.error_text().lower()


def _wait_seconds(answer: Answer, waits_before: int) -> float:
    """What Pinterest says; but longer each time, so that a 429 without end has an end."""
    return max(answer.hint_seconds() or 0.0, float(min(60, 2**waits_before)))


def _in_words(seconds: float) -> str:
    """Rounded up, since a sync that comes back too early is refused again.

    >>> _in_words(67_150), _in_words(3_600), _in_words(61), _in_words(1)
    ('18 hours 40 minutes', '1 hour', '2 minutes', '1 second')
    """

    def counted(number: int, unit: str) -> str:
        return f"{number:,} {unit}{'' if number == 1 else 's'}"

    if seconds < 60:
        return counted(math.ceil(seconds), "second")
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " ".join(counted(number, unit) for number, unit in parts if number)


def _rate_limited(path: str, category: str, answer: Answer, waits: list[float]) -> RateLimited:
    if _is_spam_block(answer):
        return RateLimited(
            f"Pinterest has blocked this login as spam, asked for {path} ({answer.said()}). "
            "Waiting does not lift the block: ask Pinterest's support about this app.",
            429,
            answer.error_code(),
        )
    hint = answer.hint_seconds()
    back = (
        "Pinterest does not say when it resets: run the sync again in an hour"
        if hint is None
        else f"It resets in {_in_words(hint)}: run the sync again after that"
    )
    so_far = f", after {_in_words(sum(waits[:-1]))} of waiting" if waits[:-1] else ""
    return RateLimited(
        f"Pinterest's rate limit for {category} is used up{so_far} (asked for {path}). {back}, "
        "and it goes on where it stopped. An app with trial access has 1,000 requests a day; "
        "ask Pinterest for standard access.",
        429,
        answer.error_code(),
    )


def _refusal(path: str, answer: Answer, has_days: bool = False) -> PinterestError:
    refusal = _refused(path, answer, has_days)
    refusal.text = answer.error_text()
    return refusal


def _refused(path: str, answer: Answer, has_days: bool) -> PinterestError:
    status, code, said = answer.status, answer.error_code(), answer.said()
    if status in (401, 403):
        what_next = (
            "Ask its owner for the Analyst role, or name only other ad accounts in `ad_account_ids`."
            if path.startswith("/ad_accounts/")
            else "Log in again with all rights, or deselect what needs it."
        )
        return AccessDenied(f"This login may not read {path} ({said}). {what_next}", status, code)
    if status == 404:
        return NotFound(
            f"{path} does not exist ({said}). Run the sync again; if it stays, report it.",
            status,
            code,
        )
    if status in (413, 414, 431):
        return TooLarge(
            f"The request to {path} is too large ({said}). Select fewer columns.", status, code
        )
    if has_days and TOO_MANY_DAYS.search(answer.error_text()):
        return TooLarge(
            f"Pinterest does not accept as many days in one request to {path} ({said}). Please report "
            "this.",
            status,
            code,
        )
    kind = WindowRefused if has_days and is_out_of_window(answer) else RequestRefused
    return kind(
        f"Pinterest refuses the request to {path} ({said}). Please report this.", status, code
    )
