"""How many requests go out in how much time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.api.limits import Limits
from source_pinterest.http.rate_limiter import RateBudget
from unit_tests.http.scripted import Clock

FEW = Limits(requests_per_minute={"reports": 3, "lists": 4}, requests_per_second=5)


class Sent:
    """A budget of three reports a minute and five requests a second, and what it let go when."""

    def __init__(self, limits: Limits = FEW) -> None:
        self.clock = Clock()
        self.budget = RateBudget(clock=self.clock, sleep=self.clock.sleep, limits=limits)
        self.times: list[float] = []

    def send(self, category: str, count: int = 1) -> None:
        for _ in range(count):
            self.budget.acquire(category)
            self.times.append(self.clock.now - 1_000.0)


@pytest.fixture
def sent() -> Sent:
    return Sent()


def test_a_category_sends_its_limit_at_once_and_then_waits_for_the_minute_to_pass(sent: Sent):
    sent.send("reports", 7)

    assert sent.times == [0.0, 0.0, 0.0, 60.0, 60.0, 60.0, 120.0]


def test_the_minute_is_a_moving_one(sent: Sent):
    for pause in (0.0, 50.0, 5.0, 0.0, 0.0, 0.0):
        sent.clock.now += pause
        sent.send("reports")

    assert sent.times == [0.0, 50.0, 55.0, 60.0, 110.0, 115.0]


def test_categories_do_not_use_up_each_other(sent: Sent):
    sent.send("reports", 3)
    sent.send("lists", 2)

    assert sent.times == [0.0] * 5


def test_all_categories_together_keep_the_limit_of_a_second(sent: Sent):
    sent.send("reports", 3)
    sent.send("lists", 4)

    assert sent.times == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]


def test_a_category_without_a_limit_of_its_own_keeps_the_limit_of_a_second(sent: Sent):
    sent.send("catalogs_read", 11)

    assert sent.times == [0.0] * 5 + [1.0] * 5 + [2.0]


def test_a_request_that_waits_for_its_category_uses_up_no_second(sent: Sent):
    sent.send("reports", 4)
    sent.send("lists", 4)

    assert sent.times == [0.0] * 3 + [60.0] * 5


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_no_window_holds_more_than_the_limit_however_the_requests_come(pauses: list[float]):
    sent = Sent(Limits(requests_per_minute={"reports": 3}))
    for pause in pauses:
        sent.clock.now += pause
        sent.send("reports")

    assert all(
        later >= earlier + 60.0 - 1e-9
        for earlier, later in zip(sent.times, sent.times[3:], strict=False)
    )


def test_rounding_lets_no_request_too_many_go():
    one = Limits(requests_per_minute={"reports": 1})
    waits: list[float] = []
    for start in (1_000.1, 7.3, 123_456.789, 0.1 + 0.2):
        clock = Clock()
        clock.now = start
        budget = RateBudget(clock=clock, sleep=clock.sleep, limits=one)
        budget.acquire("reports")
        clock.now = start + 60.0
        budget.acquire("reports")
        waits += clock.sleeps

        budget.acquire("reports")

        assert clock.sleeps == [60.0]

    assert waits == []


def test_threads_share_the_budget(sent: Sent):
    of_this_thread = threading.local()
    crowds: list[int] = []
    let_go: list[float] = []
    looking: list[int] = []

    def clock() -> float:
        of_this_thread.looked_at = sent.clock.now
        looking.append(1)
        threading.Event().wait(0.0005)  # another thread that may look now does
        crowds.append(len(looking))
        looking.pop()
        return float(of_this_thread.looked_at)

    budget = RateBudget(clock=clock, sleep=sent.clock.sleep, limits=FEW)

    def send(_: int) -> None:
        budget.acquire("reports")
        let_go.append(of_this_thread.looked_at)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(48)))

    assert set(crowds) == {1}
    times = sorted(let_go)
    assert len(times) == 48
    assert all(later >= earlier + 60.0 for earlier, later in zip(times, times[3:], strict=False))


def test_a_pause_holds_its_category_and_no_other(sent: Sent):
    sent.budget.pause("reports", 30.0)

    sent.send("lists")
    sent.send("reports")

    assert sent.times == [0.0, 30.0]


def test_a_shorter_pause_does_not_end_a_longer_one(sent: Sent):
    sent.budget.pause("reports", 30.0)
    sent.budget.pause("reports", 5.0)

    sent.send("reports")

    assert sent.times == [30.0]


def test_a_pause_that_grows_while_a_request_waits_holds_it_too(sent: Sent):
    def sleep(seconds: float) -> None:
        if not sent.clock.sleeps:
            sent.budget.pause("reports", 45.0)
        sent.clock.sleep(seconds)

    budget = sent.budget = RateBudget(clock=sent.clock, sleep=sleep, limits=FEW)
    budget.pause("reports", 30.0)

    sent.send("reports")

    assert sent.times == [45.0]


def test_pinterests_limits_are_the_ones_of_its_standard_tier():
    clock = Clock()
    budget = RateBudget(clock=clock, sleep=clock.sleep)

    for _ in range(61):
        budget.acquire("org_analytics")

    assert clock.sleeps == [60.0]


def test_of_the_requests_that_wait_one_sleeps_and_the_others_wait_for_their_turn():
    clock = Clock()
    sleeping, may_wake = threading.Semaphore(0), threading.Semaphore(0)
    sleeps: list[float] = []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        sleeping.release()
        assert may_wake.acquire(timeout=60)
        clock.now += seconds

    budget = RateBudget(clock=clock, sleep=sleep, limits=FEW)
    for _ in range(3):
        budget.acquire("reports")
    waiting = [threading.Thread(target=budget.acquire, args=("reports",)) for _ in range(3)]
    for thread in waiting:
        thread.start()

    assert sleeping.acquire(timeout=60)
    assert sleeps == [60.0]
    may_wake.release()
    for thread in waiting:
        thread.join(10)

    assert sleeps == [60.0]
