"""Response body → flat rows."""

from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.duplicates import repetitions, settled
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.lists import item_fault, normalize_record, once_each
from source_pinterest.records.organic_analytics import daily_metrics, is_daily_metrics
from source_pinterest.records.rows import Batch
from source_pinterest.records.unrequested import UnrequestedRows

NUMBER = {"type": ["null", "number"]}
FIT = ColumnTypes.of({"SAVE": NUMBER, "IMPRESSION": NUMBER, "date": {"type": "string"}})


# --- Lists ---


def test_a_missing_name_is_the_empty_string_where_it_is_part_of_the_key():
    assert normalize_record({"id": "1"}, ["id", "name"]) == {"id": "1", "name": ""}
    assert normalize_record({"id": "1", "name": None}, ["id"]) == {"id": "1", "name": None}


@pytest.mark.parametrize("item_id", ["A100", "B100", "C100", "AG100", "SKU7", "0", ""])
def test_ids_of_anything_else_than_campaigns_and_ad_groups_are_left_as_they_are(item_id):
    """A100 and B100 are two items of a merchant's."""
    item = {"id": item_id, "item_id": item_id, "product_item_id": item_id, "AD_ID": item_id}

    assert normalize_record(item, ["id"]) == item


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("campaign_id", "C626735565838", "626735565838"),
        ("CAMPAIGN_ID", "C626735565838", "626735565838"),
        ("ad_group_id", "AG2680060704746", "2680060704746"),
        ("parent_id", "AG2680060704746", "2680060704746"),
        ("parent_id", "C626735565838", "626735565838"),
        ("campaign_id", "AG2680060704746", "AG2680060704746"),
        ("ad_group_id", "C626735565838", "C626735565838"),
        ("campaign_id", "C12a", "C12a"),
        ("campaign_id", "C", "C"),
        ("ad_id", "C626735565838", "C626735565838"),
        ("", "C626735565838", "C626735565838"),
    ],
)
def test_a_prefix_is_taken_off_where_pinterest_may_write_one(name, value, expected):
    assert normalize_id(value, name) == expected


@given(st.integers(0, 10**18 - 1))
def test_an_id_survives_as_a_string_however_large(number):
    item = {"id": number, "pin_id": str(number), "ad_group_id": f"AG{number}"}

    found = normalize_record(item, ["id"])

    assert found == {"id": str(number), "pin_id": str(number), "ad_group_id": str(number)}


def test_fields_that_pinterest_adds_pass_through():
    item = {"id": "1", "status": "SOMETHING_NEW", "novelty": {"a": [1]}, "is_id": True}

    assert normalize_record(item, ["id"]) == item


def test_the_answer_itself_is_left_as_it_was():
    item = {"id": 1}

    normalize_record(item, ["id"])

    assert item == {"id": 1}


ITEM = {
    "id": {"type": "string"},
    "name": {"type": "string"},
    "created_time": {"type": ["null", "integer"]},
    "daily_spend_cap": {"type": ["null", "integer"]},
    "is_flexible": {"type": ["null", "boolean"]},
    "created_at": {"type": ["null", "string"], "format": "date-time"},
    "media": {
        "type": ["null", "object"],
        "properties": {"media_type": {"type": ["null", "string"]}},
    },
}


def test_a_record_of_a_list_has_the_types_of_its_schema():
    item = {
        "id": 626735565838.0,
        "name": None,
        "created_time": "1777769571",
        "daily_spend_cap": 75000000.0,
        "is_flexible": "false",
        "created_at": "2026-11-23T01:40:29",
        "media": {"media_type": 5, "new": 1.0},
        "something_new": "75000000.0",
    }

    assert normalize_record(item, ["id", "name"], ColumnTypes.of(ITEM)) == {
        "id": "626735565838",
        "name": "",
        "created_time": 1777769571,
        "daily_spend_cap": 75000000,
        "is_flexible": False,
        "created_at": "2026-11-23T01:40:29Z",
        "media": {"media_type": "5", "new": 1.0},
        "something_new": "75000000.0",
    }


def test_a_field_of_another_kind_is_null_and_said():
    said = []

    found = normalize_record(
        {"id": "1", "media": "image"},
        ["id"],
        ColumnTypes.of(ITEM, answer_warnings=AnswerWarnings("pins", said.append)),
    )

    assert found == {"id": "1", "media": None}
    assert said == [
        "pins: media: Pinterest sent a text instead of an object; such values are null."
    ]


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"id": 7}, ""),
        ({"id": "8"}, ""),
        (None, "that are no objects"),
        ("x", "that are no objects"),
        ({"name": "Sale"}, "without id"),
        ({"id": ""}, "without id"),
        ({"id": {"a": 1}}, "whose id is an object"),
        ({"id": [1]}, "whose id is a list"),
        ({"id": True}, "whose id is true or false"),
        ({"id": 8.13744226420411e17}, "whose id was rounded on its way"),
        ({"id": float("nan")}, "whose id was rounded on its way"),
    ],
)
def test_an_item_that_cannot_be_a_record_is_known_for_it(item, fault):
    assert item_fault(item, "id") == fault


def test_an_item_that_comes_twice_on_a_page_is_one_and_that_they_differ_is_said_once():
    said = []
    answer_warnings = AnswerWarnings("ads", said.append)
    page = [{"id": "1", "name": "a"}, {"id": "2"}, {"id": "2"}, {"id": "1", "name": "b"}]

    found = once_each([*page, {"id": "1", "name": "c"}], itemgetter("id"), answer_warnings)

    assert found == {"1": {"id": "1", "name": "a"}, "2": {"id": "2"}}
    (warning,) = said
    assert "an item twice on one page with different content (1)" in warning


# --- What was not asked for ---

WINDOW = {"2026-11-21", "2026-11-22", "2026-11-23"}


def check(strangers, is_any_row=True):
    said = []
    strangers.check(is_any_row, AnswerWarnings("ads", said.append))
    return said


def test_a_day_is_one_of_the_window_or_counted_and_an_error():
    strangers = UnrequestedRows("AD_ID", WINDOW)

    assert strangers.day("2026-11-22T00:00:00") == "2026-11-22"
    assert strangers.day("2026-11-24") is None
    assert strangers.day("yesterday") is None
    with pytest.raises(UnusableAnswer, match=r"not asked for: '2026-11-24' \(2 such rows\)"):
        check(strangers)


@pytest.mark.parametrize("value", [None, 20261123, ["2026-11-23"], True])
def test_a_day_that_is_none_is_no_day(value):
    with pytest.raises(UnusableAnswer, match="has no DATE"):
        UnrequestedRows("AD_ID", WINDOW).day(value)


def test_a_total_may_name_an_end_of_its_window_which_is_said():
    strangers = UnrequestedRows("AD_ID", WINDOW)
    for value in (None, "2026-11-23", "2026-11-23"):
        strangers.total(value)

    (warning,) = check(strangers)

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
    strangers = UnrequestedRows("AD_ID", WINDOW)

    for value in found[:-1]:
        strangers.total(value)
    with pytest.raises(UnusableAnswer, match=f"asked for a total and answered by day.*{words}"):
        strangers.total(found[-1])


def test_rows_of_other_ids_are_said_once_and_an_error_where_nothing_else_came():
    strangers = UnrequestedRows("AD_ID", WINDOW)
    for _ in range(3):
        strangers.add()

    (warning,) = check(strangers, is_any_row=True)
    assert "(3 of another AD_ID in the first such answer); they are left out" in warning
    with pytest.raises(UnusableAnswer, match="other ids only: none of its 3 rows has an AD_ID"):
        check(strangers, is_any_row=False)


# --- Rows of one key ---

ADDITIVE = {"VIEWS", "SPEND"}


def test_rows_of_one_key_that_are_equal_are_one_and_others_cannot_be():
    one, other = {"VIEWS": 1, "CTR": 0.5}, {"VIEWS": 2, "CTR": 0.5}

    assert settled([one, dict(one)], False, ADDITIVE) == one
    assert settled([one, other], False, ADDITIVE) is None


@pytest.mark.parametrize(
    ("views", "repeated", "total"),
    [([1, 1, 3], 1, 5), ([1, 1], 1, 2), ([3, 4, 3, 4], 2, 7), ([1, 1, 1, 1, 3, 3], 2, 5)],
)
def test_rows_of_match_types_are_added_up_equal_ones_as_well(views, repeated, total):
    rows = [{"VIEWS": each, "CTR": each / 10} for each in views]

    found = settled(rows, True, ADDITIVE, repeated)

    assert found["VIEWS"] == total
    assert found["CTR"] == (views[0] / 10 if len(set(views)) == 1 else None)


def test_fractions_that_add_up_to_a_whole_number_give_one_without_a_point():
    found = settled([{"VIEWS": 0.5}, {"VIEWS": 1.5}, {"VIEWS": None}], True, ADDITIVE)

    assert repr(found["VIEWS"]) == "2"


@pytest.mark.parametrize(
    ("counts", "times"), [([2, 2], 2), ([2, 4, 6], 2), ([3, 3], 3), ([2, 1], 1), ([2], 1), ([1], 1)]
)
def test_an_answer_holds_itself_twice_if_every_one_of_its_rows_has_its_like(counts, times):
    assert repetitions(counts) == times


# --- Rows ---


def test_what_stands_in_every_record_is_held_once():
    batch = Batch({"date": "2026-11-23", "currency": "EUR"}, [{"ad_id": "1"}, {"ad_id": "2"}])

    assert list(batch.records()) == [
        {"date": "2026-11-23", "currency": "EUR", "ad_id": "1"},
        {"date": "2026-11-23", "currency": "EUR", "ad_id": "2"},
    ]


# --- Organic ---


def test_days_on_which_no_data_can_exist_are_no_rows():
    days = [
        {"date": "2026-11-20", "data_status": "BEFORE_PIN_CREATED"},
        {"date": "2026-11-21", "data_status": "READY", "metrics": {"SAVE": 1}},
        {"date": "2026-11-22", "data_status": "PROCESSING", "metrics": {}},
        {"date": "2026-11-23", "data_status": "SOMETHING_NEW", "metrics": None},
    ]

    found = daily_metrics({"all": {"daily_metrics": days}}, FIT)

    assert found == [
        {"date": "2026-11-21", "data_status": "READY", "SAVE": 1},
        {"date": "2026-11-22", "data_status": "PROCESSING"},
        {"date": "2026-11-23", "data_status": "SOMETHING_NEW"},
    ]


def test_a_day_without_a_date_is_an_error():
    with pytest.raises(UnusableAnswer):
        daily_metrics({"all": {"daily_metrics": [{"data_status": "READY"}]}}, FIT)


@pytest.mark.parametrize("value", [None, 20261123, "yesterday", "2026-02-30", {}, []])
def test_a_day_whose_date_is_none_is_an_error(value):
    body = {"all": {"daily_metrics": [{"date": value, "data_status": "READY"}]}}

    with pytest.raises(UnusableAnswer, match="has no date"):
        daily_metrics(body, FIT)


def of_days(*days):
    return {"all": {"daily_metrics": [{"data_status": "READY", **each} for each in days]}}


def test_a_day_that_comes_twice_is_one_row():
    day = {"date": "2026-11-23", "metrics": {"SAVE": 2}}
    other = {"date": "2026-11-23T00:00:00", "metrics": {"SAVE": "2.0"}}

    assert daily_metrics(of_days(day, day, other), FIT) == [
        {"date": "2026-11-23", "data_status": "READY", "SAVE": 2}
    ]


def test_a_day_that_comes_twice_with_different_metrics_is_an_error():
    day = {"date": "2026-11-23", "metrics": {"SAVE": 2}}

    with pytest.raises(UnusableAnswer, match="2026-11-23 twice, with different metrics"):
        daily_metrics(of_days(day, {**day, "metrics": {"SAVE": 3}}), FIT)


def test_a_day_out_of_the_window_is_an_error():
    body = of_days({"date": "2026-11-23"}, {"date": "2026-11-20"})

    with pytest.raises(UnusableAnswer, match=r"not asked for: '2026-11-20' \(1 such"):
        daily_metrics(body, FIT, WINDOW)
    assert len(daily_metrics(body, FIT)) == 2


def test_a_metric_cannot_take_the_place_of_the_day():
    (row,) = daily_metrics(of_days({"date": "2026-11-23", "metrics": {"date": 7, "SAVE": 1}}), FIT)

    assert row == {"date": "2026-11-23", "data_status": "READY", "SAVE": 1}


@pytest.mark.parametrize(
    "body", [None, [], {}, {"all": []}, {"all": {}}, {"all": {"daily_metrics": 1}}]
)
def test_a_body_of_another_shape_is_known_for_it(body):
    assert not is_daily_metrics(body)


def test_a_body_of_the_right_shape_is_known_for_it():
    assert is_daily_metrics({"all": {"daily_metrics": []}})
