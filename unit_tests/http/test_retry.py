"""A check has so many seconds in all: nothing is waited for behind them, and nothing is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from source_pinterest.config.config import AccessTokenCredentials
from source_pinterest.http.auth import AccessToken, TokenEndpoint
from source_pinterest.http.client import PinterestClient
from source_pinterest.http.errors import PinterestError, RateLimited, Unavailable
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE
from unit_tests.http.scripted import BASE_URL, Clock, Reply, Script

PATIENT = replace(
    INTERACTIVE, tries=100, login_tries=100, longest_rate_limit_wait=1_000.0, seconds=12.0
)
"""But for its end."""


def client(pinterest: Script, clock: Clock) -> PinterestClient:
    return PinterestClient(
        BASE_URL,
        AccessToken(AccessTokenCredentials(access_token="pina_only-for-a-trial")),
        pinterest.session(),
        budget=RateBudget(clock=clock, sleep=clock.sleep),
        sleep=clock.sleep,
        clock=clock,
        policy=PATIENT,
    )


def failure(asking: PinterestClient) -> PinterestError:
    with pytest.raises(PinterestError) as caught:
        asking.get("/boards", {}, "org_read", bool)
    return caught.value


def test_a_pause_that_would_end_too_late_is_not_made():
    pinterest, clock = Script(Reply(503)), Clock()

    error = failure(client(pinterest, clock))

    assert clock.sleeps == [1.0, 2.0, 4.0]  # 8 more would be too many
    assert "in 4 tries (the last one: status 503)" in str(error)


def test_a_rate_limit_that_would_reset_too_late_is_not_waited_for():
    pinterest, clock = Script(Reply(429, b"", {"Retry-After": "13"})), Clock()

    error = failure(client(pinterest, clock))

    assert isinstance(error, RateLimited)
    assert clock.sleeps == []


def test_nothing_is_sent_after_the_seconds_of_the_policy():
    pinterest, clock = Script(Reply(200, [1])), Clock()
    asking = client(pinterest, clock)
    assert asking.get("/boards", {}, "org_read", bool) == [1]
    clock.now += 12

    error = failure(asking)

    assert isinstance(error, Unavailable)
    assert "in 1 try (the last one: no time is left for it)" in str(error)
    assert len(pinterest.requests) == 1


@pytest.mark.parametrize(
    ("line", "sleeps"),
    [
        (Reply(503), [1.0, 2.0, 4.0]),
        (Reply(429, {"code": 8}, {"Retry-After": "5"}), [5.0, 5.0]),
        (Reply(429, {"code": 8}, {"Retry-After": "13"}), []),
    ],
)
def test_the_login_endpoint_is_not_waited_for_too_long_either(line: Reply, sleeps: list[float]):
    pinterest, clock = Script(line), Clock()
    endpoint = TokenEndpoint(
        BASE_URL, "1234567", "the-app-secret", pinterest.session(), clock.sleep, PATIENT, clock
    )

    with pytest.raises(Unavailable) as caught:
        endpoint.ask({})

    assert clock.sleeps == sleeps
    assert "no time is left" not in str(caught.value)
