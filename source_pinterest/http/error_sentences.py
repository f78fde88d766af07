"""The sentences of errors about responses: what was refused, Pinterest's own words, and the next step.

`trouble.py` has those about responses that never arrived.
"""

from __future__ import annotations

import math

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
from source_pinterest.http.outcomes import (
    SIZE_STATUSES,
    TOO_MANY_DAYS,
    is_from_intermediary,
    is_out_of_window,
    is_spam_block,
)
from source_pinterest.http.transport import Response
from source_pinterest.text import counted


def describe_problem(response: Response) -> str:
    """Why a response is of no use, in words that follow "the last one: "."""
    if response.status is None:
        return response.problem
    is_foreign = 400 <= response.status < 500 and is_from_intermediary(response)
    return f"status {response.status}" + ", without a message from Pinterest" * is_foreign


def unusable_body(response: Response) -> str:
    """Why the body of a response with a status of success is of no use, in words that follow "the last one: "."""
    if states_error(response.body()):
        return f"an error in place of the content; {response.error_summary()}"
    return "a body that this endpoint does not return"


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
    error = _worded_refusal(path, response, has_days)
    error.text = response.error_text()
    return error


def too_large_error(path: str, max_bytes: int) -> TooLarge:
    """The error for a response with more than `max_bytes` bytes."""
    return TooLarge(
        f"Pinterest's answer for {path} has more than {max_bytes >> 20} MB. Select fewer columns."
    )


def _worded_refusal(path: str, response: Response, has_days: bool) -> PinterestError:
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
