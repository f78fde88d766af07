"""Parts of an answer that were not requested."""

import pytest

from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.unrequested import (
    UnrequestedRows,
    warn_of_absent_metrics,
    warn_of_renamed_columns,
)

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
def test_a_text_that_is_not_a_date_is_no_day(value):
    with pytest.raises(UnusableAnswer, match="has no DATE"):
        UnrequestedRows("AD_ID", WINDOW).day(value)


def test_a_total_may_name_an_end_of_its_window_which_is_reported():
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
def test_rows_of_days_in_the_answer_to_a_request_for_a_total_are_an_error(found, words):
    unrequested = UnrequestedRows("AD_ID", WINDOW)

    for value in found[:-1]:
        unrequested.total(value)
    with pytest.raises(UnusableAnswer, match=f"answered a request for a total by day.*{words}"):
        unrequested.total(found[-1])


def test_rows_of_other_ids_are_reported_once_and_an_error_where_nothing_else_came():
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


NUMBER = {"type": ["null", "number"]}
COLUMNS = ("CTR", "SPEND_IN_DOLLAR", "CPC_IN_DOLLAR", "ECPC_IN_DOLLAR", "CPM_IN_DOLLAR", "ECTR")
PROPERTIES = {
    "ad_id": {"type": "string"},
    "date": {"type": "string"},
    **dict.fromkeys(COLUMNS, NUMBER),
}


def renamed(asked, *rows):
    types, said = ColumnTypes.of(PROPERTIES), []
    types.apply(map(dict, rows))
    warn_of_renamed_columns(
        {"AD_ID", "AD_ACCOUNT_ID", *asked}, types, AnswerWarnings("ads", said.append)
    )
    return said


ROW = {"ad_id": "7", "date": "2026-11-23"}


def test_requested_columns_that_no_row_has_are_reported_if_rows_have_others():
    (warning,) = renamed(COLUMNS, {**ROW, "ECTR": 1, "SPEND": 5}, {**ROW, "ECTR": None, "ctr": 0.5})

    assert warning == (
        "ads: no row of Pinterest's answers has CPC_IN_DOLLAR, CPM_IN_DOLLAR, CTR, ECPC_IN_DOLLAR, "
        "SPEND_IN_DOLLAR, which this sync asked for, while they have SPEND, ctr, which it did not ask for. "
        "Pinterest may have renamed columns; what no row has is null."
    )


def test_many_renamed_columns_are_counted():
    (warning,) = renamed(COLUMNS, {**ROW, **{f"NEW_{n}": n for n in range(9)}})

    assert "SPEND_IN_DOLLAR" not in warning
    assert "ECTR and 1 more, which this sync asked for" in warning
    assert "NEW_4 and 4 more, which it did not" in warning


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{**ROW, "CTR": 1}],
        [{**ROW, "CTR": 1}, {**ROW, "SPEND": 5, "ECTR": None}],
        [{**ROW, "campaign_id": "8", "CTR": 1}],
    ],
    ids=["no rows", "one is left out", "each is in some row", "an id beside them"],
)
def test_columns_without_a_value_are_no_renamed_ones(rows):
    assert renamed(["CTR", "ECTR"], *rows) == []


@pytest.mark.parametrize(
    ("rows", "is_said"),
    [
        ([{"date": "2026-11-23", "data_status": "READY"}], True),
        ([{"date": "2026-11-23", "CTR": None}], False),
        ([], False),
    ],
)
def test_days_without_any_of_their_metrics_are_reported(rows, is_said):
    types, said = ColumnTypes.of(PROPERTIES), []
    types.apply(rows)

    warn_of_absent_metrics({"CTR", "ECTR"}, types, AnswerWarnings("pins", said.append))

    assert bool(said) is is_said
    assert all("any of the metrics that this sync asked for (CTR, ECTR)" in each for each in said)
