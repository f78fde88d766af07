"""A request that is too large or too slow is halved, ids first, then days; the smaller size is kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.http.errors import AccessDenied, TooLarge, Unavailable
from source_pinterest.slices import Window
from source_pinterest.streams.halving import Halving


def a_slice(ids, start="2026-11-20", end="2026-11-23"):
    return {"ids": [str(each) for each in ids], "start_date": start, "end_date": end}


class Pinterest:
    """Answers slices of at most so many ids and days; counts what it was sent."""

    def __init__(self, most_ids=250, most_days=90, error=TooLarge):
        self.most_ids = most_ids
        self.most_days = most_days
        self.error = error
        self.sent = []

    def send(self, stream_slice):
        ids, days = len(stream_slice["ids"]), Window.of(stream_slice).days
        self.sent.append((ids, days))
        if ids > self.most_ids or days > self.most_days:
            raise self.error("too much", 413)
        return f"{ids} ids, {days} days"


def covered(answers):
    """Each id and day that was answered."""
    return [
        (each, Window.of(part).start + timedelta(days=n))
        for part, _ in answers
        for each in part["ids"]
        for n in range(Window.of(part).days)
    ]


def test_what_pinterest_answers_is_one_request():
    pinterest = Pinterest()

    answers = list(Halving(pinterest.send, True).answers(a_slice([1, 2])))

    assert answers == [(a_slice([1, 2]), "2 ids, 4 days")]
    assert pinterest.sent == [(2, 4)]


def test_without_ids_nothing_is_asked():
    pinterest = Pinterest()

    assert list(Halving(pinterest.send, True).answers(a_slice([]))) == []
    assert pinterest.sent == []


def test_ids_are_halved_first_and_then_days():
    pinterest = Pinterest(most_ids=1, most_days=2)

    list(Halving(pinterest.send, True).answers(a_slice([1, 2])))

    assert pinterest.sent == [(2, 4), (1, 4), (1, 2), (1, 2), (1, 2), (1, 2)]


def test_the_smaller_size_is_kept():
    pinterest = Pinterest(most_ids=60)
    halving = Halving(pinterest.send, True)
    list(halving.answers(a_slice(range(240))))
    pinterest.sent.clear()

    list(halving.answers(a_slice(range(240))))

    assert pinterest.sent == [(60, 4)] * 4


def test_the_days_of_a_total_are_never_split():
    pinterest = Pinterest(most_days=2)

    with pytest.raises(TooLarge, match=r"^1, 2026-11-20 to 2026-11-23: too much"):
        list(Halving(pinterest.send, False).answers(a_slice([1, 2])))

    assert pinterest.sent == [(2, 4), (1, 4)]


def test_a_single_id_and_day_that_fails_is_an_error_that_names_it():
    pinterest = Pinterest(most_ids=0)

    with pytest.raises(TooLarge, match=r"^7, 2026-11-23 to 2026-11-23: ") as caught:
        list(Halving(pinterest.send, True).answers(a_slice([7], "2026-11-23")))

    assert caught.value.status == 413


def test_an_outage_is_not_mistaken_for_a_size():
    pinterest = Pinterest(most_ids=0, error=Unavailable)

    with pytest.raises(Unavailable):
        list(Halving(pinterest.send, True).answers(a_slice(range(250))))

    # the whole, and the smallest there is
    assert pinterest.sent == [(250, 4), (1, 1)]


def test_an_answer_that_is_too_slow_is_halved_once_the_smallest_has_come():
    pinterest = Pinterest(most_ids=125, error=Unavailable)

    list(Halving(pinterest.send, True).answers(a_slice(range(250))))

    assert pinterest.sent == [(250, 4), (1, 1), (125, 4), (125, 4)]


def test_a_refusal_is_not_halved():
    def refuse(_):
        raise AccessDenied("no")

    with pytest.raises(AccessDenied):
        list(Halving(refuse, True).answers(a_slice([1, 2])))


@given(st.integers(1, 60), st.integers(1, 90), st.integers(1, 60), st.integers(1, 90))
def test_each_id_and_day_is_answered_once_and_in_order(ids, days, most_ids, most_days):
    start = date(2026, 8, 26)
    whole = a_slice(range(ids), str(start), str(start + timedelta(days=days - 1)))
    pinterest = Pinterest(most_ids, most_days)

    found = covered(Halving(pinterest.send, True).answers(whole))

    assert found == [(str(i), start + timedelta(days=n)) for i in range(ids) for n in range(days)]
