"""The meaning of a response, before anything is done about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from source_pinterest.http.errors import (
    AccessDenied,
    NotFound,
    RequestRefused,
    TooLarge,
    WindowRefused,
)
from source_pinterest.http.outcomes import (
    Outcome,
    classify,
    rate_limit_error,
    refusal_error,
    wait_seconds,
)
from source_pinterest.http.transport import Response
from source_pinterest.http.trouble import ENDLESS, TOO_LARGE

WINDOW = "You can only get data from the last 90 days"


def response(status: int | None, body: Any = None, **headers: str) -> Response:
    return Response(status, headers, b"" if body is None else json.dumps(body).encode())


def error(status: int, code: int | None = 1, message: str = "Invalid request.") -> Response:
    return response(status, {"code": code, "message": message})


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (response(200, []), Outcome.SUCCESS),
        (response(201, {}), Outcome.SUCCESS),
        *((response(status, []), Outcome.FAILED) for status in (204, 205, 206)),
        (error(401, 2), Outcome.NOT_AUTHENTICATED),
        (response(401), Outcome.NOT_AUTHENTICATED),
        (error(401, 3), Outcome.REFUSED),
        (error(429, 8), Outcome.RATE_LIMITED),
        (response(429), Outcome.RATE_LIMITED),
        (error(400, 2726), Outcome.RATE_LIMITED),
        (error(400, 1, "Retry after 30 seconds"), Outcome.RATE_LIMITED),
        (error(400, 1, WINDOW), Outcome.OUT_OF_WINDOW),
        (error(400, 1, "The window has more than 90 days"), Outcome.REFUSED),
        (error(400), Outcome.REFUSED),
        (error(403, 29), Outcome.REFUSED),
        (error(404, 50), Outcome.REFUSED),
        (response(413), Outcome.REFUSED),
        (Response(404, {}, b"<html>"), Outcome.FAILED),
        (Response(403, {}, b"<html>"), Outcome.FAILED),
        (Response(414, {}, b"<html>"), Outcome.REFUSED),
        (error(400, 12), Outcome.FAILED),
        (error(400, 1, "Something went wrong on our end."), Outcome.FAILED),
        (response(408), Outcome.FAILED),
        (response(425), Outcome.FAILED),
        (response(302), Outcome.FAILED),
        (error(500, 11), Outcome.FAILED),
        (response(503), Outcome.FAILED),
        (Response(None, {}, b"", ENDLESS), Outcome.FAILED),
        (Response(None, {}, b"", TOO_LARGE), Outcome.TOO_LARGE),
    ],
)
def test_a_response_has_one_outcome(given, outcome):
    assert classify(given) is outcome


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


@pytest.mark.parametrize(
    ("headers", "waits_before", "seconds"),
    [
        ({"X-RateLimit-Reset": "30"}, 0, 30.0),
        ({"Retry-After": "2"}, 0, 2.0),
        ({"Retry-After": "2"}, 3, 8.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0, 1.0),
        ({}, 0, 1.0),
        ({}, 20, 60.0),
    ],
)
def test_waits_get_longer_where_pinterest_says_less(headers, waits_before, seconds):
    assert wait_seconds(response(429, None, **headers), waits_before) == seconds


def test_a_rate_limit_says_when_to_come_back_and_a_block_that_waiting_is_no_use():
    late = rate_limit_error(
        "/ads", "ads_read", response(429, None, **{"Retry-After": "67150"}), [67150.0]
    )
    blocked = rate_limit_error("/ads", "ads_read", error(429, 9, "Blocked as spam"), [1.0])

    assert "It resets in 18 hours 40 minutes: run the sync again after that" in str(late)
    assert "Waiting does not lift the block" in str(blocked)
