"""The requests and the time that a verification may take."""

import pytest

from source_pinterest.verify.allowance import Allowance, AllowanceUsedUp
from unit_tests.http.scripted import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allowance(clock: Clock) -> Allowance:
    return Allowance(clock, clock.sleep)


def test_ninety_requests_may_be_sent_and_no_more(allowance: Allowance):
    for _ in range(90):
        allowance.take()

    with pytest.raises(AllowanceUsedUp, match="the 90 requests"):
        allowance.take()

    assert allowance.requests == 90


def test_no_request_begins_that_could_end_after_two_minutes(clock: Clock, allowance: Allowance):
    clock.now += 89.9
    allowance.take()
    clock.now += 0.1

    with pytest.raises(AllowanceUsedUp, match="the 2 minutes"):
        allowance.take()

    assert allowance.requests == 1


def test_it_does_not_sleep_past_the_end(clock: Clock, allowance: Allowance):
    began = clock.now
    allowance.sleep(80)

    with pytest.raises(AllowanceUsedUp):
        allowance.sleep(11)

    assert clock.now - began == 80
