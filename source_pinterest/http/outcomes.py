"""Classifies responses: what the client does after each. `error_sentences.py` words the errors."""

from __future__ import annotations

import re
from enum import Enum, auto

from source_pinterest.http.transport import Response

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
    return response.status in SIZE_STATUSES or not is_from_intermediary(response)


def is_from_intermediary(response: Response) -> bool:
    """Whether a failure comes from an intermediary (gateway, firewall), and not from Pinterest. It often passes, and
    says nothing about the login or the request."""
    return not isinstance(response.body(), dict)


def is_spam_block(response: Response) -> bool:
    """Whether a 429 is a block for spam, which does not end by waiting."""
    return "spam" in response.error_text().lower()


def wait_seconds(response: Response, waits_before: int) -> float:
    """Seconds to wait after a 429: as many as Pinterest asks for, but more each time, so that endless 429s end."""
    return max(response.retry_after_seconds() or 0.0, float(min(60, 2**waits_before)))
