"""A value is found once, however many ask for it at a time."""

import threading

import pytest

from source_pinterest.sync.cache import Cache


def test_who_asks_for_what_somebody_is_finding_waits_for_it():
    once: Cache[str, int] = Cache()
    is_asked, may_go_on = threading.Event(), threading.Event()
    found: list[int] = []

    def slow() -> int:
        is_asked.set()
        assert may_go_on.wait(60)
        return 7

    def fast() -> int:
        return 8

    first = threading.Thread(target=lambda: found.append(once.get_or_fetch("a", slow)))
    second = threading.Thread(target=lambda: found.append(once.get_or_fetch("a", fast)))
    first.start()
    assert is_asked.wait(60)
    second.start()
    other = once.get_or_fetch("b", fast)
    may_go_on.set()
    first.join()
    second.join()

    assert found == [7, 7]
    assert other == 8


def test_an_error_is_not_kept():
    once: Cache[str, int] = Cache()

    with pytest.raises(ZeroDivisionError):
        once.get_or_fetch("a", lambda: 1 // 0)

    assert once.peek("a") is None
    assert once.get_or_fetch("a", lambda: 1) == 1


def test_what_was_stored_is_not_fetched():
    once: Cache[str, list[int]] = Cache()
    once.store("a", [])

    assert once.get_or_fetch("a", lambda: [1]) == []
