"""The tasks that a sync runs at once: how many, in which order, and for which ad accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from source_pinterest.sync.pool import Pool, Ticket

SECONDS = 10
"""After which a test that hangs has failed."""


class Work:
    """Tasks that have begun, and end once they may."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._may_end = False
        self.begun: list[str] = []

    def __call__(self, name: str) -> Callable[[], str]:
        def task() -> str:
            with self._changed:
                self.begun.append(name)
                self._changed.notify_all()
                assert self._changed.wait_for(lambda: self._may_end, SECONDS)
            return name

        return task

    def end(self) -> None:
        with self._changed:
            self._may_end = True
            self._changed.notify_all()

    def has_begun(self, *names: str) -> bool:
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.begun) >= len(names), SECONDS)
        return found and sorted(self.begun) == sorted(names)


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.end()


def of_many_accounts(max_tasks: int = 8, max_weight: int = 100) -> Pool:
    pool = Pool(max_tasks, max_weight, max_weight)
    pool.has_several_accounts = True
    return pool


# --- Bounds ---


def test_no_more_tasks_of_a_category_run_than_may_and_the_others_run_all_the_same(work):
    pool = Pool(2, 0, 0)

    tickets = [pool.submit(work(name), category=name[0]) for name in ("a1", "a2", "a3", "b1")]

    assert work.has_begun("a1", "a2", "b1")
    work.end()
    tickets[0].result(SECONDS)
    tickets[0].room.release()
    assert tickets[2].result(SECONDS) == "a3"


def test_a_result_takes_up_room_until_it_is_released(work):
    pool = Pool(1, 0, 0)
    work.end()

    first, second = pool.submit(work("1")), pool.submit(work("2"))
    assert first.result(SECONDS) == "1"
    assert work.begun == ["1"]

    first.room.release()
    first.room.release()  # once more does no harm
    third = pool.submit(work("3"))
    assert second.result(SECONDS) == "2"
    assert not third.running()


def test_a_task_whose_result_takes_up_no_room_makes_room_at_its_end(work):
    pool = Pool(1, 0, 0)
    work.end()

    found = [pool.run(work(name)) for name in "123"]

    assert [each.result(SECONDS) for each in found] == ["1", "2", "3"]


def test_an_error_gives_its_room_back_and_reaches_who_asks():
    pool = Pool(1, 0, 0)

    def fails() -> None:
        raise ValueError("no answer")

    failed, then = pool.run(fails), pool.run(lambda: 7)

    with pytest.raises(ValueError, match="no answer"):
        failed.result(SECONDS)
    assert then.result(SECONDS) == 7


def test_nothing_overtakes_a_heavy_task_of_its_category(work):
    pool = Pool(9, 10, 10)

    for name, weight in (("1", 6), ("heavy", 8), ("light", 1)):
        pool.submit(work(name), weight=weight)
    pool.submit(work("other"), category="b", weight=1)

    assert work.has_begun("1", "other")


def test_a_task_too_heavy_for_the_pool_runs_alone_in_its_category(work):
    pool = Pool(9, 10, 10)

    pool.submit(work("heavy"), weight=50)
    pool.submit(work("light"), weight=1)
    pool.submit(work("of another"), category="b", weight=50)

    assert work.has_begun("heavy", "of another")


def test_all_categories_together_have_room_for_a_weight(work):
    pool = Pool(9, 10, 15)

    for name, category, weight in (("1", "a", 10), ("2", "b", 5), ("3", "b", 5)):
        pool.submit(work(name), category=category, weight=weight)

    assert work.has_begun("1", "2")


def test_a_result_weighs_what_it_turns_out_to_weigh(work):
    pool = Pool(9, 10, 10)
    work.end()
    first = pool.submit(work("1"), weight=10)
    first.result(SECONDS)
    second = pool.submit(work("2"), weight=8)
    assert not second.running()

    pool.reweigh(first.room, 2)
    assert second.result(SECONDS) == "2"
    pool.reweigh(second.room, 50)
    third = pool.submit(work("3"), weight=1)
    assert work.begun == ["1", "2"]

    second.room.release()
    assert third.result(SECONDS) == "3"


# --- Ad accounts ---


def test_an_ad_account_that_hangs_leaves_room_for_the_others(work):
    pool = of_many_accounts(max_tasks=8)

    for number in range(20):
        pool.submit(work(f"hangs {number}"), account="1")
    of_another = pool.submit(work("goes on"), account="2")

    assert work.has_begun("hangs 0", "hangs 1", "goes on")
    assert of_another.running()


def test_an_ad_account_that_hangs_leaves_half_of_the_weight_to_the_others(work):
    pool = of_many_accounts(max_weight=100)

    for number in range(3):
        pool.submit(work(f"hangs {number}"), account="1", weight=40)
    pool.submit(work("goes on"), account="2", weight=50)

    assert work.has_begun("hangs 0", "goes on")


def test_nothing_of_an_ad_account_overtakes_a_heavy_task_of_it(work):
    """Its answer may have to be emitted first, and would wait for the room that the others hold."""
    pool = of_many_accounts(max_weight=100)

    for name, weight in (("1", 30), ("heavy", 40), ("light", 1)):
        pool.submit(work(name), account="1", weight=weight)
    pool.submit(work("of another"), account="2", weight=50)

    assert work.has_begun("1", "of another")


def test_the_only_ad_account_has_all_the_room(work):
    pool = Pool(4, 0, 0)

    for number in range(4):
        pool.submit(work(str(number)), account="1")

    assert work.has_begun("0", "1", "2", "3")


# --- Ends ---


def test_a_task_that_nobody_needs_any_more_does_not_begin(work):
    pool = Pool(1, 0, 0)
    first, second, third = (pool.submit(work(name)) for name in "123")

    second.room.release()
    work.end()
    first.room.release()

    assert third.result(SECONDS) == "3"
    assert work.begun == ["1", "3"]


def test_a_running_task_that_nobody_needs_gives_its_room_back_at_its_end(work):
    pool = Pool(1, 0, 0)
    first, second = pool.submit(work("1")), pool.submit(work("2"))

    assert work.has_begun("1")
    first.room.release()
    assert not second.running()
    work.end()

    assert second.result(SECONDS) == "2"


def test_the_room_of_an_answer_that_is_gone_can_be_given_back():
    pool = Pool(1, 0, 0)
    first: Ticket[Any] | None = pool.submit(lambda: 1)
    assert first
    first.result(SECONDS)
    room = first.room
    first = None

    room.release()

    assert pool.submit(lambda: 2).result(SECONDS) == 2


def test_the_threads_are_daemons():
    assert Pool(1, 0, 0).run(lambda: threading.current_thread().daemon).result(SECONDS)
