"""What an answer holds that was not requested."""

import pytest

from source_pinterest.records.column_types import AnswerWarnings
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.unrequested import UnrequestedRows

WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def check(unrequested, is_any_row=True):
    said = []
    unrequested.check(is_any_row, AnswerWarnings("ads", said.append))
    return said


def test_a_day_is_one_of_the_window_or_counted_and_an_error():
    unrequested = UnrequestedRows("AD_ID", WINDOW)

    assert unrequested.day("2026-11-22T00:00:00") == "2026-11-22"
    assert unrequested.day("2026-11-24") is None
    assert unrequested.day("yesterday") is None
    with pytest.raises(UnusableAnswer, match=r"not requested: '2026-11-24' \(2 such rows\)"):
        check(unrequested)


@pytest.mark.parametrize("value", [None, 20261123, ["2026-11-23"], True])
def test_a_day_that_is_none_is_no_day(value):
    with pytest.raises(UnusableAnswer, match="has no DATE"):
        UnrequestedRows("AD_ID", WINDOW).day(value)


def test_a_total_may_name_an_end_of_its_window_which_is_said():
    unrequested = UnrequestedRows("AD_ID", WINDOW)
    for value in (None, "2026-11-23", "2026-11-23"):
        unrequested.total(value)

    (warning,) = check(unrequested)

    assert "Pinterest's totals carry a DATE (2026-11-23," in warning


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (["2026-11-21", "2026-11-23"], "2026-11-21 and another 2026-11-23"),
        (["2026-11-22"], "the DATE 2026-11-22"),
        (["2026-11-20"], "the DATE 2026-11-20"),
        ([7], "the DATE 7"),
    ],
)
def test_a_total_that_is_answered_by_day_is_none(found, words):
    unrequested = UnrequestedRows("AD_ID", WINDOW)

    for value in found[:-1]:
        unrequested.total(value)
    with pytest.raises(UnusableAnswer, match=f"answered a request for a total by day.*{words}"):
        unrequested.total(found[-1])


def test_rows_of_other_ids_are_said_once_and_an_error_where_nothing_else_came():
    unrequested = UnrequestedRows("AD_ID", WINDOW)
    for _ in range(3):
        unrequested.add()

    (warning,) = check(unrequested, is_any_row=True)
    assert "(3 of another AD_ID in the first such answer); they are left out" in warning
    with pytest.raises(
        UnusableAnswer,
        match="only with rows of other ids: none of its 3 rows has a requested AD_ID",
    ):
        check(unrequested, is_any_row=False)
