"""Prefetched answers: their order, how many there are at once, and how prefetching ends."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from source_pinterest.sync.pool import Pool, Ticket
from source_pinterest.sync.prefetch import Lanes, prefetched
from source_pinterest.threads import submit

SECONDS = 10
"""After which a test that hangs has failed."""


class Gate:
    """Fetches that begin, and end once they may."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._may_end: set[Any] = set()
        self.begun: list[Any] = []
        self.may_all_begin = False

    def fetch(self, task: Any) -> str:
        with self._changed:
            self.begun.append(task)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: task in self._may_end, SECONDS)
        return f"answer {task}"

    def open(self, *tasks: Any) -> None:
        with self._changed:
            self._may_end.update(tasks)
            self._changed.notify_all()

    def has_begun(self, *tasks: Any) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: set(tasks) <= set(self.begun), SECONDS)


def answer(task: int) -> str:
    return f"answer {task}"


def one(_: Any) -> int:
    return 1


def itself(task: int) -> int:
    return task


def over(
    fetch: Callable[[Any], Any],
    tasks: Iterable[Any],
    ahead: int = 3,
    max_weight: int = 99,
    weight: Callable[[Any], int] = one,
) -> Iterator[tuple[Any, Ticket[Any]]]:
    pool = Pool(99, max_weight, max_weight)
    return prefetched(
        lambda each: pool.submit(lambda: fetch(each), weight=weight(each)), tasks, ahead
    )


def threads_end() -> bool:
    """Whether no thread is left but the ones that were there before."""
    for thread in threading.enumerate():
        if thread.name == "pool":
            thread.join(SECONDS)
            if thread.is_alive():
                return False
    return True


@pytest.fixture(scope="module", autouse=True)
def _garbage_is_of_these_tests() -> None:
    """Looking through all that the tests before them left takes longer than these tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    gc.collect()
    assert threads_end()


# --- Order and bounds ---


def test_answers_come_in_the_order_of_the_tasks_whichever_is_ready_first():
    gate = Gate()
    answers = over(gate.fetch, [1, 2, 3])

    first, future = next(answers)
    assert gate.has_begun(1, 2, 3)
    gate.open(3)
    gate.open(2)
    gate.open(1)

    assert (first, future.result(SECONDS)) == (1, "answer 1")
    assert [(task, each.result(SECONDS)) for task, each in answers] == [
        (2, "answer 2"),
        (3, "answer 3"),
    ]


def test_many_tasks_keep_their_order():
    answers = over(answer, range(500), ahead=8)

    read = [(task, future.result(SECONDS)) for task, future in answers]

    assert read == [(number, f"answer {number}") for number in range(500)]


def test_no_tasks_give_nothing():
    assert list(over(answer, [])) == []


@pytest.mark.parametrize("task", [None, 0, "", False])
def test_a_task_that_looks_like_nothing_is_a_task(task: Any):
    answers = over(answer, [task, 1])

    assert [(each, future.result(SECONDS)) for each, future in answers] == [
        (task, f"answer {task}"),
        (1, "answer 1"),
    ]


def test_no_more_tasks_are_under_way_than_may_be_and_none_is_taken_early():
    gate = Gate()
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(1, 6):
            taken.append(number)
            yield number

    answers = over(gate.fetch, tasks(), ahead=2)
    assert taken == []

    next(answers)
    assert gate.has_begun(1, 2)
    assert taken == [1, 2]

    gate.open(1)
    next(answers)
    assert gate.has_begun(3)
    assert taken == [1, 2, 3]

    gate.open(2, 3, 4, 5)
    assert [task for task, _ in answers] == [3, 4, 5]


def test_no_more_weight_is_under_way_than_may_be():
    gate = Gate()
    answers = over(gate.fetch, [6, 4, 1, 2], 9, max_weight=10, weight=itself)

    next(answers)
    assert gate.has_begun(6, 4)
    assert 1 not in gate.begun

    gate.open(6)
    next(answers)  # 6 is done with: 4, 1 and 2 are light enough
    assert gate.has_begun(1, 2)
    gate.open(4, 1, 2)
    assert [task for task, _ in answers] == [1, 2]


def test_a_task_too_heavy_for_any_company_is_fetched_alone():
    gate = Gate()
    answers = over(gate.fetch, [50, 1], 9, max_weight=10, weight=itself)

    _, heavy = next(answers)
    assert gate.has_begun(50)
    assert gate.begun == [50]

    gate.open(50, 1)
    assert heavy.result(SECONDS) == "answer 50"
    assert [task for task, _ in answers] == [1]


def test_at_least_one_task_is_under_way_even_if_none_may_be():
    answers = over(answer, [1, 2], ahead=0, max_weight=0)

    assert [future.result(SECONDS) for _, future in answers] == ["answer 1", "answer 2"]


# --- Failures ---


def test_a_failed_fetch_reaches_the_reader_in_its_place_and_the_others_are_read():
    def fetch(task: int) -> str:
        if task == 2:
            raise ValueError("no answer for 2")
        return f"answer {task}"

    futures = [future for _, future in over(fetch, [1, 2, 3])]

    assert futures[0].result(SECONDS) == "answer 1"
    with pytest.raises(ValueError, match="no answer for 2"):
        futures[1].result(SECONDS)
    assert futures[2].result(SECONDS) == "answer 3"


@pytest.mark.parametrize("max_tasks", [1, 2, 8])
def test_a_failure_of_the_tasks_themselves_comes_after_the_tasks_before_it(max_tasks: int):
    def tasks() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("the list of ads broke off")

    answers = over(answer, tasks(), max_tasks)

    assert next(answers)[1].result(SECONDS) == "answer 1"
    assert next(answers)[1].result(SECONDS) == "answer 2"
    with pytest.raises(ValueError, match="the list of ads broke off"):
        next(answers)


def test_a_failure_to_weigh_a_task_comes_after_the_tasks_before_it():
    def weight(task: int) -> int:
        return {1: 1, 2: 1}[task]

    answers = over(answer, [1, 2, 3], 8, weight=weight)

    assert [next(answers)[0], next(answers)[0]] == [1, 2]
    with pytest.raises(KeyError):
        next(answers)


# --- Ends ---


def test_a_reader_who_goes_away_begins_nothing_more_and_ends_the_threads():
    gate = Gate()
    workers: list[threading.Thread] = []

    def fetch(task: int) -> str:
        workers.append(threading.current_thread())
        return gate.fetch(task)

    answers = over(fetch, range(1, 100))
    next(answers)
    assert gate.has_begun(1, 2, 3)
    next(answers)  # 4 takes the place of 1

    answers.close()  # type: ignore[attr-defined]
    gate.open(1, 2, 3, 4)

    assert threads_end()
    assert sorted(gate.begun) == [1, 2, 3, 4]
    assert all(worker.daemon for worker in workers)


def test_an_error_in_the_readers_loop_ends_the_threads():
    def read() -> None:
        for task, _ in over(answer, range(100)):
            if task == 5:
                raise ValueError("the pipe is closed")

    with pytest.raises(ValueError, match="the pipe is closed"):
        read()

    gc.collect()
    assert threads_end()


def test_a_generator_that_nobody_reads_fetches_nothing():
    gate = Gate()

    answers = over(gate.fetch, [1, 2])
    answers.close()  # type: ignore[attr-defined]

    assert gate.begun == []


# --- Memory ---


class Large:
    """An answer of which one can tell whether it is still in memory."""


def test_an_answer_is_released_once_the_reader_drops_it():
    gc.disable()  # a reference cycle would keep it until some later time
    try:
        answers = over(lambda _: Large(), range(4), ahead=2)
        alive: list[bool] = []
        for _ in range(4):
            future: Future[Large] | None = next(answers)[1]
            assert future
            watched = weakref.ref(future.result(SECONDS))
            # the worker lets go a moment after the result is there
            for thread in threading.enumerate():
                thread.join(0.01) if thread.name == "pool" else None
            future = None
            alive.append(watched() is not None)
        list(answers)
    finally:
        gc.enable()

    assert alive == [False] * 4


def test_a_failure_is_released_once_the_reader_drops_it():
    class Failure(Exception):
        pass

    def fetch(task: int) -> str:
        raise Failure(task)

    gc.disable()
    try:
        answers = over(fetch, [1], ahead=1)
        future: Future[str] | None = next(answers)[1]
        assert future
        error = future.exception(SECONDS)
        assert error
        watched = weakref.ref(error)
        list(answers)
        answers.close()  # type: ignore[attr-defined]
        assert threads_end()
        future = error = None
        alive = watched() is not None
    finally:
        gc.enable()

    assert not alive


def test_what_is_found_in_a_thread_comes_when_it_is_found():
    go_on = threading.Event()

    def find() -> str:
        go_on.wait(60)
        return "found"

    future = submit(find)

    assert not future.done()
    go_on.set()
    assert future.result(timeout=60) == "found"


def test_what_fails_in_a_thread_reaches_who_waits_for_it():
    def find() -> None:
        raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        submit(find).result(timeout=60)


# --- Lanes ---


def lanes(fetch: Callable[[Any], Any], ahead: int = 3, **how: Any) -> Lanes[Any, Any]:
    pool = Pool(99, 99, 99)
    return Lanes(lambda each: pool.submit(lambda: fetch(each)), ahead, **how)


def test_no_lane_waits_for_another_and_each_keeps_its_order():
    gate = Gate()
    found = lanes(gate.fetch)
    found.add(["a1", "a2"])
    found.add(["b1", "b2"])
    done = found.as_completed()
    assert gate.has_begun("a1", "a2", "b1", "b2")

    gate.open("a2", "b1", "b2")
    assert [next(done)[0], next(done)[0]] == ["b1", "b2"]

    gate.open("a1")
    assert [(task, ticket.result()) for task, ticket in done] == [
        ("a1", "answer a1"),
        ("a2", "answer a2"),
    ]


def test_a_lane_that_begins_later_is_read_too():
    known: Future[list[int]] = Future()
    found = lanes(answer)
    found.call_after([known], lambda: found.add(known.result()))
    found.add([1])
    done = found.as_completed()

    assert next(done)[0] == 1
    known.set_result([2, 3])

    assert [each[0] for each in done] == [2, 3]


def test_a_lane_waits_for_all_that_it_needs():
    needed: list[Future[int]] = [Future(), Future()]
    begun: list[int] = []
    found = lanes(answer)
    found.call_after(needed, lambda: begun.extend(each.result() for each in needed))
    needed[1].set_result(1)
    found.add([7])
    done = found.as_completed()

    assert next(done)[0] == 7
    assert begun == []
    needed[0].set_result(2)

    assert list(done) == []
    assert begun == [2, 1]


def test_a_lane_goes_no_further_than_its_first_task_before_it_may():
    gate = Gate()
    found = lanes(gate.fetch, may_prefetch=lambda: 1 in gate.begun and gate.may_all_begin)
    found.add([1, 2, 3])
    done = found.as_completed()

    assert gate.has_begun(1)
    gate.may_all_begin = True
    gate.open(1)
    assert next(done)[0] == 1
    gate.open(2, 3)

    assert [each[0] for each in done] == [2, 3]


def test_a_failure_of_a_lanes_tasks_comes_after_the_tasks_before_it():
    def tasks() -> Iterator[int]:
        yield 1
        raise ValueError("the list of ads broke off")

    found = lanes(answer)
    found.add(tasks())
    done = found.as_completed()

    assert next(done)[0] == 1
    with pytest.raises(ValueError, match="the list of ads broke off"):
        next(done)


def test_a_reader_of_lanes_who_goes_away_leaves_no_thread():
    gate = Gate()
    found = lanes(gate.fetch)
    found.add(range(10))
    done = found.as_completed()
    gate.open(0)
    next(done)

    done.close()  # type: ignore[attr-defined]
    gate.open(*range(10))

    assert threads_end()


def test_no_more_lanes_are_begun_than_may_be_and_the_next_one_once_a_lane_has_ended():
    gate = Gate()
    found = lanes(gate.fetch, most=2)
    begun: list[str] = []

    def lane(name: str) -> Iterator[str]:
        begun.append(name)
        yield name

    for name in "abc":
        found.add(lane(name))
    found.add([])
    found.add(lane("d"))
    done = found.as_completed()

    assert gate.has_begun("a", "b")
    assert begun == ["a", "b"]
    gate.open("b")
    assert next(done)[0] == "b"
    gate.open("c")
    assert next(done)[0] == "c"
    assert begun == ["a", "b", "c"]
    gate.open("a", "d")

    assert sorted(each[0] for each in done) == ["a", "d"]
