"""The errors about responses: their class, Pinterest's own words, and the next step."""

from __future__ import annotations

import pytest

from source_pinterest.http.error_sentences import rate_limit_error, refusal_error
from source_pinterest.http.errors import (
    AccessDenied,
    NotFound,
    RequestRefused,
    TooLarge,
    WindowRefused,
)
from unit_tests.http.responses import WINDOW, error, response


@pytest.mark.parametrize(
    ("given", "has_days", "kind"),
    [
        (error(403, 29), False, AccessDenied),
        (error(401, 3), False, AccessDenied),
        (error(404, 50), False, NotFound),
        (response(413), False, TooLarge),
        (response(414), False, TooLarge),
        (response(431), False, TooLarge),
        (error(400), False, RequestRefused),
        (error(400, 1, WINDOW), True, WindowRefused),
        (error(400, 1, WINDOW), False, RequestRefused),
        (error(400, 1, "The window has more than 90 days"), True, TooLarge),
    ],
)
def test_a_refusal_keeps_what_pinterest_said(given, has_days, kind):
    made = refusal_error("/ads/analytics", given, has_days)

    assert type(made) is kind
    assert (made.status, made.code, made.text) == (
        given.status,
        given.error_code(),
        given.error_text(),
    )
    assert given.error_summary() in str(made)


def test_a_rate_limit_says_when_to_come_back_and_a_block_that_waiting_is_no_use():
    late = rate_limit_error(
        "/ads", "ads_read", response(429, None, **{"Retry-After": "67150"}), [67150.0]
    )
    blocked = rate_limit_error("/ads", "ads_read", error(429, 9, "Blocked as spam"), [1.0])

    assert "It resets in 18 hours 40 minutes: run the sync again after that" in str(late)
    assert "Waiting does not lift the block" in str(blocked)
