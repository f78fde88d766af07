"""Classifies responses, and describes failures in sentences."""

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
"""Pinterest's codes in a 401 that a new token may cure; None: the 401 has no code."""


LATER = frozenset({408, 425})
"""Statuses of HTTP that ask for the same request once more: it took too long, or came too early."""

SIZES = frozenset({413, 414, 431})
"""Statuses of HTTP about the size of a request or of its answer, whoever sends them."""


WITHOUT_CONTENT = frozenset({204, 205, 206})
"""Statuses of success whose body is none, or a part only, though no request asks for a part."""


class Outcome(Enum):
    """The outcome of a request, which decides what happens next."""

    SUCCESS = auto()
    """A body arrived, whatever it contains."""
    NOT_AUTHENTICATED = auto()
    """The token was refused: another one may be accepted."""
    RATE_LIMITED = auto()
    """The same request will be accepted later."""
    OUT_OF_WINDOW = auto()
    """Pinterest does not go back to the first day. It has been seen to accept the same request later."""
    REFUSED = auto()
    """Repeating the request gives the same result."""
    TOO_LARGE = auto()
    """The body is too large: a smaller request may help."""
    FAILED = auto()
    """No usable response: another try may have one."""


def classify(response: Response) -> Outcome:
    """
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
    if response.status is None or not 400 <= response.status < 500 or response.status in LATER:
        return False
    if response.is_passing():
        return False
    return response.status in SIZES or not _is_of_something_between(response)


def _is_of_something_between(response: Response) -> bool:
    """Whether a gateway or a firewall refuses the request, and not Pinterest: for reasons of its own, often for a moment
    only, and not because of the login or of what is requested."""
    return not isinstance(response.body(), dict)


def problem_of(response: Response) -> str:
    """Why a response is of no use, in words that follow "the last one"."""
    if response.status is None:
        return response.problem
    is_foreign = 400 <= response.status < 500 and _is_of_something_between(response)
    return f"status {response.status}" + ", without a message from Pinterest" * is_foreign


def unusable_body(response: Response) -> str:
    """Why the body of a response with a status of success is of no use, in the same words."""
    if states_error(response.body()):
        return f"an error in place of the content; {response.error_summary()}"
    return "a body that this endpoint does not return"


def is_spam_block(response: Response) -> bool:
    """A 429 of another kind, which waiting does not lift."""
    return "spam" in response.error_text().lower()


def wait_seconds(response: Response, waits_before: int) -> float:
    """Pinterest's own pause, but longer each time, so that endless 429s end."""
    return max(response.hint_seconds() or 0.0, float(min(60, 2**waits_before)))


def in_words(seconds: float) -> str:
    """A duration in words, rounded up, since an early request would be refused again.

    >>> in_words(67_150), in_words(3_600), in_words(61), in_words(1)
    ('18 hours 40 minutes', '1 hour', '2 minutes', '1 second')
    """

    if seconds < 60:
        return counted(math.ceil(seconds), "second")
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " ".join(counted(number, unit) for number, unit in parts if number)


def rate_limited(path: str, category: str, response: Response, waits: list[float]) -> RateLimited:
    if is_spam_block(response):
        return RateLimited(
            f"Pinterest has blocked this login as spam, on a request to {path} ({response.error_summary()}). "
            "Waiting does not lift the block: contact Pinterest's support about this app.",
            429,
            response.error_code(),
        )
    hint = response.hint_seconds()
    back = (
        "Pinterest does not say when it resets: run the sync again in an hour"
        if hint is None
        else f"It resets in {in_words(hint)}: run the sync again after that"
    )
    so_far = f", after {in_words(sum(waits[:-1]))} of waiting" if waits[:-1] else ""
    return RateLimited(
        f"Pinterest's rate limit for {category} is used up{so_far} (requested: {path}). {back}, "
        "and it continues where it stopped. An app with trial access has 1,000 requests a "
        "day; ask Pinterest for standard access.",
        429,
        response.error_code(),
    )


def refusal(path: str, response: Response, has_days: bool = False) -> PinterestError:
    error = _refused(path, response, has_days)
    error.text = response.error_text()
    return error


def too_large(path: str, most: int) -> TooLarge:
    """The error for a response that is too large."""
    return TooLarge(
        f"Pinterest's answer for {path} has more than {most >> 20} MB. Select fewer columns."
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
    if status in SIZES:
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
