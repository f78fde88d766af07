"""The meaning of a response, before anything is done about it."""

from __future__ import annotations

import pytest

from source_pinterest.http.outcomes import (
    Outcome,
    classify,
    wait_seconds,
)
from source_pinterest.http.transport import Response
from source_pinterest.http.trouble import ENDLESS, TOO_LARGE
from unit_tests.http.responses import WINDOW, error, response


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
