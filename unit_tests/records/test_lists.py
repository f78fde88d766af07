"""The items of Pinterest's lists → records."""

from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes
from source_pinterest.records.lists import (
    item_fault,
    normalize_record,
    targeting_options,
    unique_records,
)


def test_a_missing_name_is_the_empty_string_where_it_is_part_of_the_key():
    assert normalize_record({"id": "1"}, ["id", "name"]) == {"id": "1", "name": ""}
    assert normalize_record({"id": "1", "name": None}, ["id"]) == {"id": "1", "name": None}


@pytest.mark.parametrize("item_id", ["A100", "B100", "C100", "AG100", "SKU7", "0", ""])
def test_ids_of_anything_else_than_campaigns_and_ad_groups_are_left_as_they_are(item_id):
    """A100 and B100 are two items of a merchant's."""
    item = {"id": item_id, "item_id": item_id, "product_item_id": item_id, "AD_ID": item_id}

    assert normalize_record(item, ["id"]) == item


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


def test_a_field_of_another_kind_is_null_and_reported():
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


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (0, ""),
        ("687201361754", ""),
        (687201361754.0, ""),
        ("6e3", 'whose id is a text such as "6e3"'),
        ("\u00b2", 'whose id is a text such as "\\u00b2"'),
        ("07", 'whose id is a text such as "07"'),
        (-8, "whose id is a number"),
        (2.5, "whose id is a number"),
    ],
)
def test_an_id_that_is_compared_as_an_integer_is_a_whole_number(value, fault):
    assert item_fault({"id": value}, "id", is_number=True) == fault
    assert item_fault({"id": value}, "id") == ""


def test_an_item_that_comes_twice_on_a_page_is_one_and_that_they_differ_is_reported_once():
    said = []
    answer_warnings = AnswerWarnings("ads", said.append)
    page = [{"id": "1", "name": "a"}, {"id": "2"}, {"id": "2"}, {"id": "1", "name": "b"}]

    found = unique_records([*page, {"id": "1", "name": "c"}], itemgetter("id"), answer_warnings)

    assert found == {"1": {"id": "1", "name": "a"}, "2": {"id": "2"}}
    (warning,) = said
    assert "an item twice on one page with different content (1)" in warning


def test_a_label_of_a_targeting_option_is_a_name_or_has_one():
    body = [{"811": "U.S.: Reno", "": None}, {"9": {"name": 7, "level": 2}}, {"5": ["a"]}]

    assert targeting_options(body) == [
        {"targeting_raw_value": "811", "name": "U.S.: Reno"},
        {"targeting_raw_value": "", "name": None},
        {"targeting_raw_value": "9", "name": None, "details": {"name": 7, "level": 2}},
        {"targeting_raw_value": "5", "name": '["a"]'},
    ]
