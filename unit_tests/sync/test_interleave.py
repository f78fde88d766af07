"""Several iterators at once: each in its own order, nothing lost, nothing left running."""

import itertools
import threading

import pytest

from source_pinterest.sync.interleave import interleave


def test_every_item_arrives_in_the_order_of_its_iterator():
    def lane(name):
        return ((name, number) for number in range(3_000))

    found = list(interleave([lane(name) for name in "abc"]))

    for each in "abc":
        assert [number for name, number in found if name == each] == list(range(3_000))


def test_an_item_is_handed_over_at_once():
    go_on = threading.Event()

    def lane():
        yield "record"
        yield "state"
        go_on.wait(60)

    found = interleave([lane()])

    assert [next(found), next(found)] == ["record", "state"]
    go_on.set()
    assert list(found) == []


def test_the_iterators_run_at_the_same_time():
    meeting = threading.Barrier(3, timeout=60)

    def lane(name):
        meeting.wait()
        yield name

    assert sorted(interleave([lane(name) for name in "abc"])) == ["a", "b", "c"]


def test_an_exception_comes_after_what_its_iterator_gave_before():
    def lane():
        yield 1
        yield 2
        raise ValueError("broken")

    found = interleave([lane()])

    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(found)


def test_a_reader_who_goes_away_stops_the_iterators():
    stopped = threading.Event()

    def lane():
        try:
            yield from itertools.count()
        finally:
            stopped.set()

    found = interleave([lane()])
    next(found)
    found.close()

    assert stopped.wait(60)


def test_without_iterators_there_is_nothing():
    assert list(interleave([])) == []


def test_while_nothing_comes_the_reader_is_told():
    go_on = threading.Event()

    def lane():
        yield "first"
        go_on.wait(60)
        yield "last"

    found = interleave([lane()], wait=lambda: 0.001)

    assert next(each for each in found if each) == "first"
    assert [next(found), next(found)] == [None, None]
    go_on.set()
    assert [each for each in found if each] == ["last"]
