"""A future gives the result, or the exception, of a function in a daemon thread."""

from __future__ import annotations

import threading

import pytest

from source_pinterest.threads import submit


def test_the_future_has_the_result_of_another_thread_which_does_not_keep_the_process():
    thread = submit(threading.current_thread).result(10)

    assert thread is not threading.current_thread()
    assert thread.daemon


def test_nobody_waits_until_the_result_is_asked_for():
    released = threading.Event()

    future = submit(lambda: released.wait(60))

    assert not future.done()
    released.set()
    assert future.result(10) is True


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(2)])
def test_whatever_is_raised_reaches_the_reader_of_the_future(error):
    def fail() -> None:
        raise error

    assert submit(fail).exception(10) is error


def test_several_run_at_the_same_time():
    both = threading.Barrier(2)

    futures = [submit(lambda: both.wait(60)) for _ in range(2)]

    assert sorted(each.result(10) for each in futures) == [0, 1]
