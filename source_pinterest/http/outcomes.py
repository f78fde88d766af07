"""Classifies responses, and makes errors with sentences of them."""

from __future__ import annotations

import math
import re
from enum import Enum, auto

from source_pinterest.api.stated_errors import states_error
from source_pinterest.http.errors import (
    REPORT_IT,
    AccessDenied,
    NotFound,
    PinterestError,
    RateLimited,
    RequestRefused,
    TooLarge,
    WindowRefused,
)
from source_pinterest.http.transport import Response
from source_pinterest.text import counted

NOT_AUTHENTICATED = (2, None)
"""Pinterest's codes (None: no code) in a 401 that another token may avoid."""


RETRY_STATUSES = frozenset({408, 425})
"""HTTP statuses that ask for the same request once more: it took too long, or came too early."""

SIZE_STATUSES = frozenset({413, 414, 431})
"""HTTP statuses about the size of a request or of its answer, whether Pinterest sends them or an intermediary."""

WITHOUT_CONTENT = frozenset({204, 205, 206})
"""HTTP statuses of success without a whole body: it is empty, or a part that no request asks for."""


class Outcome(Enum):
    """The outcome of one request, which decides what the client does next."""

    SUCCESS = auto()
    """A body arrived, whatever it contains."""
    NOT_AUTHENTICATED = auto()
    """The token is refused. Another one may be accepted."""
    RATE_LIMITED = auto()
    """The same request will be accepted later."""
    OUT_OF_WINDOW = auto()
    """Pinterest says that it does not go back to the first day. It has been seen to accept the same request later."""
    REFUSED = auto()
    """Pinterest refuses the request. Repeating it gives the same result."""
    TOO_LARGE = auto()
    """The body is too large. A smaller request may help."""
    FAILED = auto()
    """There is no usable response. Another try may have one."""


def classify(response: Response) -> Outcome:
    """The outcome of a request with this response.

    >>> classify(Response(200, {}, b"[]")), classify(Response(503, {}, b""))
    (<Outcome.SUCCESS: 1>, <Outcome.FAILED: 7>)
    """
    if response.status is not None and 200 <= response.status < 300:
        return Outcome.FAILED if response.status in WITHOUT_CONTENT else Outcome.SUCCESS
    if is_not_authenticated(response):
        return Outcome.NOT_AUTHENTICATED
    if response.asks_to_wait():
        return Outcome.RATE_LIMITED
    if is_out_of_window(response):
        return Outcome.OUT_OF_WINDOW
    if _is_final(response):
        return Outcome.REFUSED
    return Outcome.TOO_LARGE if response.is_too_large() else Outcome.FAILED


def is_not_authenticated(response: Response) -> bool:
    """Whether a response refuses the token."""
    return response.status == 401 and response.error_code() in NOT_AUTHENTICATED


OUT_OF_WINDOW = re.compile(
    r"(last|past|recent|previous|within|beyond) (the |the last |than )?\d+ (recent |last |past )?days"
    r"|\d+ (recent|last|past) days|\d+ days (ago|back|in the past|prior|before (now|today))"
    r"|(more|older|earlier) than \d+ days (ago|back|before|old)"
    r"|(start_date|start date)\b.{0,60}\b(too old|too early|out of range|retention|before \d)",
    re.IGNORECASE | re.DOTALL,
)
"""Pinterest's words for a window that begins too early: "only get data from the last 90 days"."""

TOO_MANY_DAYS = re.compile(
    r"(less|fewer|longer|more|greater|larger) than \d+ days(?! (ago|back|before|old|in the past|prior))",
    re.IGNORECASE,
)
"""Pinterest's words for a window that is too long."""


def is_out_of_window(response: Response) -> bool:
    """Whether a refusal is about a first day that Pinterest does not go back to."""
    if response.status is None or not 400 <= response.status < 500:
        return False
    text = response.error_text()
    return bool(OUT_OF_WINDOW.search(text)) and not TOO_MANY_DAYS.search(text)


def _is_final(response: Response) -> bool:
    """Whether a failure is final: a 4xx about the request, in Pinterest's own words."""
    if (
        response.status is None
        or not 400 <= response.status < 500
        or response.status in RETRY_STATUSES
    ):
        return False
    if response.is_transient():
        return False
    return response.status in SIZE_STATUSES or not _is_from_intermediary(response)


def _is_from_intermediary(response: Response) -> bool:
    """Whether a failure comes from an intermediary (gateway, firewall), and not from Pinterest. It often passes, and
    says nothing about the login or the request."""
    return not isinstance(response.body(), dict)


def describe_problem(response: Response) -> str:
    """Why a response is of no use, in words that follow "the last one: "."""
    if response.status is None:
        return response.problem
    is_foreign = 400 <= response.status < 500 and _is_from_intermediary(response)
    return f"status {response.status}" + ", without a message from Pinterest" * is_foreign


def unusable_body(response: Response) -> str:
    """Why the body of a response with a status of success is of no use, in words that follow "the last one: "."""
    if states_error(response.body()):
        return f"an error in place of the content; {response.error_summary()}"
    return "a body that this endpoint does not return"


def is_spam_block(response: Response) -> bool:
    """Whether a 429 is a block for spam, which does not end by waiting."""
    return "spam" in response.error_text().lower()


def wait_seconds(response: Response, waits_before: int) -> float:
    """Seconds to wait after a 429: as many as Pinterest asks for, but more each time, so that endless 429s end."""
    return max(response.retry_after_seconds() or 0.0, float(min(60, 2**waits_before)))


def duration_in_words(seconds: float) -> str:
    """A duration in words, rounded up: a request that comes too early would be refused again.

    >>> duration_in_words(67_150), duration_in_words(3_600), duration_in_words(61), duration_in_words(1)
    ('18 hours 40 minutes', '1 hour', '2 minutes', '1 second')
    """

    if seconds < 60:
        return counted(math.ceil(seconds), "second")
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " ".join(counted(number, unit) for number, unit in parts if number)


def rate_limit_error(
    path: str, category: str, response: Response, waits: list[float]
) -> RateLimited:
    """The error for a rate limit. `waits`: the pauses in seconds, of which the last one is too long."""
    if is_spam_block(response):
        return RateLimited(
            f"Pinterest has blocked this login as spam, on a request to {path} ({response.error_summary()}). "
            "Waiting does not lift the block: contact Pinterest's support about this app.",
            429,
            response.error_code(),
        )
    hint = response.retry_after_seconds()
    back = (
        "Pinterest does not say when it resets: run the sync again in an hour"
        if hint is None
        else f"It resets in {duration_in_words(hint)}: run the sync again after that"
    )
    so_far = f", after {duration_in_words(sum(waits[:-1]))} of waiting" if waits[:-1] else ""
    return RateLimited(
        f"Pinterest's rate limit for {category} is used up{so_far} (requested: {path}). {back}, "
        "and it continues where it stopped. An app with trial access has 1,000 requests a "
        "day; ask Pinterest for standard access.",
        429,
        response.error_code(),
    )


def refusal_error(path: str, response: Response, has_days: bool = False) -> PinterestError:
    """The error for a refused request. `has_days`: whether the request names a window of days."""
    error = _refused(path, response, has_days)
    error.text = response.error_text()
    return error


def too_large_error(path: str, max_bytes: int) -> TooLarge:
    """The error for a response with more than `max_bytes` bytes."""
    return TooLarge(
        f"Pinterest's answer for {path} has more than {max_bytes >> 20} MB. Select fewer columns."
    )


def _refused(path: str, response: Response, has_days: bool) -> PinterestError:
    status, code, said = response.status, response.error_code(), response.error_summary()
    if status in (401, 403):
        what_next = (
            "Ask its owner for the Analyst role, or name only other ad accounts in `ad_account_ids`."
            if path.startswith("/ad_accounts/")
            else "Log in again and allow everything that the app asks for, or deselect the streams "
            "that need it."
        )
        return AccessDenied(f"This login may not read {path} ({said}). {what_next}", status, code)
    if status == 404:
        return NotFound(
            f"{path} does not exist ({said}). Run the sync again; if this persists, report it.",
            status,
            code,
        )
    if status in SIZE_STATUSES:
        return TooLarge(
            f"The request to {path} is too large ({said}). Select fewer columns.", status, code
        )
    if has_days and TOO_MANY_DAYS.search(response.error_text()):
        return TooLarge(
            f"Pinterest does not accept as many days in one request to {path} ({said}). Please report "
            "this.",
            status,
            code,
        )
    kind = WindowRefused if has_days and is_out_of_window(response) else RequestRefused
    return kind(f"Pinterest refuses the request to {path} ({said}).{REPORT_IT}", status, code)
