"""Windows and batches: each id and day is covered once, none outside, none over a limit."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.http.client import query
from source_pinterest.sync.slices import (
    Window,
    ascending,
    batches,
    chunks,
    earliest_day,
    ids_after,
    ids_within_cells,
)

ids = st.lists(st.integers(1, 10**18 - 1).map(str), max_size=700)


@given(ids, st.integers(1, 250), st.integers(50, 8000))
def test_batches_hold_each_id_once_and_in_order(found, most, url_bytes):
    assert [each for batch in batches(found, most, url_bytes, "ad_ids") for each in batch] == found


@given(ids, st.integers(1, 250), st.integers(50, 8000), st.booleans())
def test_no_batch_is_over_a_limit(found, most, url_bytes, is_repeated):
    repeated = {"ad_ids"} if is_repeated else set()

    for batch in batches(found, most, url_bytes, "ad_ids", is_repeated):
        assert 1 <= len(batch) <= most
        of_the_url = len(query({"ad_ids": batch}, repeated))
        of_the_ids = of_the_url - (0 if is_repeated else len("ad_ids="))
        assert of_the_ids <= url_bytes or len(batch) == 1


@given(ids, st.integers(1, 250))
def test_no_batch_is_smaller_than_it_has_to_be(found, most):
    sizes = [len(batch) for batch in batches(found, most, 1_000_000, "ad_ids")]

    assert len(sizes) == -(-len(found) // most)
    assert all(size == most for size in sizes[:-1])


@given(ids)
def test_a_sweep_is_ascending_as_integers_with_each_id_once(found):
    order = [int(each) for each in ascending(found)]

    assert order == sorted(set(map(int, found)))


@given(ids.filter(bool), st.data())
def test_a_sweep_that_was_cut_off_goes_on_behind_its_last_id(found, data):
    order = ascending(found)
    after = data.draw(st.sampled_from(order))

    rest = ids_after(order, after)

    assert order[: order.index(after) + 1] + rest == order


def test_a_sweep_goes_on_behind_an_id_that_no_longer_exists():
    assert ids_after(["9", "11", "100"], after="10") == ["11", "100"]
    assert ids_after(["9", "11"], after=None) == ["9", "11"]


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(15, 90))
def test_the_backfill_window_ends_yesterday_and_is_within_the_limit(today, days):
    window = Window.before(today, days)

    assert window.days == days
    assert window.end == today - timedelta(days=1)
    assert window.start >= earliest_day(today)


def test_the_longest_window_begins_on_the_earliest_day():
    today = date(2026, 11, 24)

    assert Window.before(today, 90) == Window(date(2026, 8, 26), date(2026, 11, 23))
    assert earliest_day(today) == date(2026, 8, 26)


@pytest.mark.parametrize(
    ("rows", "columns", "most", "expected"),
    [
        (90, 44, 250, 250),
        (90, 45, 250, 246),
        (90, 170, 250, 65),
        (1, 170, 250, 250),
        (280, 170, 250, 21),
        (90_000, 170, 250, 1),
        (0, 5, 100, 100),
    ],
)
def test_an_answer_stays_under_the_cells_that_it_may_hold(rows, columns, most, expected):
    found = ids_within_cells(rows, columns, most)

    assert found == expected
    assert found == 1 or found * rows * columns <= 1_000_000


@given(st.lists(st.text()), st.integers(1, 20))
def test_chunks_hold_each_value_once_and_in_order(values, most):
    found = chunks(values, most)

    assert [each for chunk in found for each in chunk] == values
    assert all(len(chunk) <= most for chunk in found)
