"""Response body → flat rows."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest import records
from source_pinterest.records import (
    Batch,
    Types,
    UnusableAnswer,
    daily_metrics,
    entity,
    is_daily_metrics,
    targeting_analytics,
)

SCHEMA = {
    "TOTAL_IMPRESSION": {"type": ["null", "integer"]},
    "TOTAL_CHECKOUT": {"type": ["null", "integer"]},
    "TOTAL_IMPRESSION_USER": {"type": ["null", "integer"]},
    "VIDEO_15SEC_UNIQUE_VIEWS_1": {"type": ["null", "integer"]},
    "SPEND_IN_MICRO_DOLLAR": {"type": ["null", "integer"]},
    "SPEND_IN_DOLLAR": {"type": ["null", "number"]},
    "CTR": {"type": ["null", "number"]},
    "AD_NAME": {"type": ["null", "string"]},
    "CAMPAIGN_ENTITY_STATUS": {"type": ["null", "string"]},
    "IS_PREMIERE_CAMPAIGN": {"type": ["null", "boolean"]},
    "ad_id": {"type": "string"},
}
TYPES = Types.of(SCHEMA, SCHEMA)


def targeting(data, ids=("1",)):
    return targeting_analytics({"data": data}, "AD_ID", ids, TYPES)


# --- Lists ---


def test_a_missing_name_is_the_empty_string_where_it_is_part_of_the_key():
    assert entity({"id": "1"}, ["id", "name"]) == {"id": "1", "name": ""}
    assert entity({"id": "1", "name": None}, ["id"]) == {"id": "1", "name": None}


@given(st.integers(0, 10**18 - 1))
def test_an_id_survives_as_a_string_however_large(number):
    item = {"id": number, "pin_id": str(number), "ad_group_id": f"AG{number}"}

    found = entity(item, ["id"])

    assert found == {"id": str(number), "pin_id": str(number), "ad_group_id": str(number)}


def test_fields_that_pinterest_adds_pass_through():
    item = {"id": "1", "status": "SOMETHING_NEW", "novelty": {"a": [1]}, "is_id": True}

    assert entity(item, ["id"]) == item


def test_the_answer_itself_is_left_as_it_was():
    item = {"id": 1}

    entity(item, ["id"])

    assert item == {"id": 1}


# --- Rows ---


def test_what_stands_in_every_record_is_held_once():
    batch = Batch({"date": "2026-11-23", "currency": "EUR"}, [{"ad_id": "1"}, {"ad_id": "2"}])

    assert list(batch.records()) == [
        {"date": "2026-11-23", "currency": "EUR", "ad_id": "1"},
        {"date": "2026-11-23", "currency": "EUR", "ad_id": "2"},
    ]


@pytest.mark.parametrize("ways", [0, 1, 1_000])
def test_a_value_is_made_right_whatever_the_rows_before_were_like(monkeypatch, ways):
    monkeypatch.setattr(records, "WAYS_TO_BE_RIGHT", ways)
    types = Types.of(SCHEMA, SCHEMA)
    found = [
        {"TOTAL_IMPRESSION": 1, "CTR": 0.5, "AD_NAME": "a"},
        {"TOTAL_IMPRESSION": 2, "CTR": 0.5, "AD_NAME": "b"},
        {"TOTAL_IMPRESSION": 3.0, "CTR": 0.5, "AD_NAME": "c"},
        {"TOTAL_IMPRESSION": "4.0", "CTR": "0.5", "AD_NAME": 5},
        {"CTR": 6, "TOTAL_IMPRESSION": 7.0, "AD_NAME": "names in another order"},
        {"TOTAL_IMPRESSION": 8, "CTR": None, "AD_NAME": None},
        {"TOTAL_IMPRESSION": "many"},
        {"TOTAL_IMPRESSION": "9"},
        {"CTR": 10.0},
        {"TOTAL_IMPRESSION": 10.0},
    ]

    types.apply(found)

    assert orjson.dumps(found) == orjson.dumps(
        [
            {"TOTAL_IMPRESSION": 1, "CTR": 0.5, "AD_NAME": "a"},
            {"TOTAL_IMPRESSION": 2, "CTR": 0.5, "AD_NAME": "b"},
            {"TOTAL_IMPRESSION": 3, "CTR": 0.5, "AD_NAME": "c"},
            {"TOTAL_IMPRESSION": 4, "CTR": 0.5, "AD_NAME": "5"},
            {"CTR": 6, "TOTAL_IMPRESSION": 7, "AD_NAME": "names in another order"},
            {"TOTAL_IMPRESSION": 8, "CTR": None, "AD_NAME": None},
            {"TOTAL_IMPRESSION": "many"},
            {"TOTAL_IMPRESSION": 9},
            {"CTR": 10.0},
            {"TOTAL_IMPRESSION": 10},
        ]
    )


# --- Targeting ---


def element(kind, value, **metrics):
    return {"targeting_type": kind, "targeting_value": value, "metrics": {"AD_ID": 1, **metrics}}


def test_the_same_raw_value_under_two_types_stays_two_rows():
    found = targeting([element("GENDER", "unknown"), element("AGE_BUCKET", "unknown")])

    assert [row["targeting_value"] for row in found] == ["GENDER:unknown", "AGE_BUCKET:unknown"]
    assert {row["targeting_raw_value"] for row in found} == {"unknown"}


def test_an_integer_value_becomes_a_string():
    (row,) = targeting([element("LOCATION", 500)])

    assert (row["targeting_raw_value"], row["targeting_value"]) == ("500", "LOCATION:500")


def test_a_keyword_that_comes_in_two_rows_becomes_one_without_a_loss():
    found = targeting(
        [
            element("KEYWORD", "shoes", TOTAL_IMPRESSION=3, CTR=0.5),
            element("KEYWORD", "shoes", TOTAL_IMPRESSION=4, CTR=0.25, TOTAL_CHECKOUT=1),
            element("KEYWORD", "Shoes", TOTAL_IMPRESSION=5, CTR=0.25),
        ]
    )

    assert [(row["targeting_value"], row["TOTAL_IMPRESSION"], row["CTR"]) for row in found] == [
        ("KEYWORD:shoes", 7, None),
        ("KEYWORD:Shoes", 5, 0.25),
    ]
    assert found[0]["TOTAL_CHECKOUT"] == 1
    assert found[0]["ad_id"] == "1"


def test_the_same_row_twice_is_one_row():
    twice = [element("GENDER", "female", TOTAL_IMPRESSION=3) for _ in range(2)]

    assert [row["TOTAL_IMPRESSION"] for row in targeting(twice)] == [3]


def test_by_day_a_keyword_in_two_rows_becomes_one_row_each_day():
    twice = [
        element("KEYWORD", "sofa", DATE=day, TOTAL_IMPRESSION=count, CTR=count / 10)
        for day, count in (("2026-11-22", 1), ("2026-11-23", 4), ("2026-11-22", 2))
    ]

    found = targeting_analytics({"data": twice}, "AD_ID", ["1"], TYPES, is_daily=True)

    assert [(row["date"], row["TOTAL_IMPRESSION"], row["CTR"]) for row in found] == [
        ("2026-11-22", 3, None),
        ("2026-11-23", 4, 0.4),
    ]


def test_by_day_a_row_without_its_day_is_an_error():
    body = {"data": [element("GENDER", "female")]}

    with pytest.raises(UnusableAnswer, match="has no DATE"):
        targeting_analytics(body, "AD_ID", ["1"], TYPES, is_daily=True)


def test_the_rows_of_an_ad_account_leave_its_id_to_what_they_share():
    row = {"AD_ACCOUNT_ID": 7, "ADVERTISER_ID": 7, "DATE": "2026-11-23", "CTR": 0.5}
    kind = {"targeting_type": "GENDER", "targeting_value": "female", "metrics": row}

    by_target = targeting_analytics({"data": [kind]}, "AD_ACCOUNT_ID", ["7"], TYPES, is_daily=True)

    assert by_target == [
        {
            "date": "2026-11-23",
            "CTR": 0.5,
            "targeting_type": "GENDER",
            "targeting_raw_value": "female",
            "targeting_value": "GENDER:female",
        }
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"targeting_value": "female", "metrics": {"AD_ID": 1}},
        {"targeting_type": "GENDER", "metrics": {"AD_ID": 1}},
        {"targeting_type": "GENDER", "targeting_value": "female", "metrics": {}},
        {"targeting_type": "GENDER", "targeting_value": "female"},
    ],
)
def test_a_targeting_row_without_its_key_is_an_error(wrong):
    with pytest.raises(UnusableAnswer):
        targeting([wrong])


def test_counts_and_spend_add_up_but_people_ratios_and_names_do_not():
    assert TYPES.additive & SCHEMA.keys() == {
        "TOTAL_IMPRESSION",
        "TOTAL_CHECKOUT",
        "SPEND_IN_DOLLAR",
        "SPEND_IN_MICRO_DOLLAR",
    }


# --- Organic ---


def test_days_on_which_no_data_can_exist_are_no_rows():
    days = [
        {"date": "2026-11-20", "data_status": "BEFORE_PIN_CREATED"},
        {"date": "2026-11-21", "data_status": "READY", "metrics": {"SAVE": 1}},
        {"date": "2026-11-22", "data_status": "PROCESSING", "metrics": {}},
        {"date": "2026-11-23", "data_status": "SOMETHING_NEW", "metrics": None},
    ]

    found = daily_metrics({"all": {"daily_metrics": days}}, TYPES)

    assert found == [
        {"date": "2026-11-21", "data_status": "READY", "SAVE": 1},
        {"date": "2026-11-22", "data_status": "PROCESSING"},
        {"date": "2026-11-23", "data_status": "SOMETHING_NEW"},
    ]


def test_a_day_without_a_date_is_an_error():
    with pytest.raises(UnusableAnswer):
        daily_metrics({"all": {"daily_metrics": [{"data_status": "READY"}]}}, TYPES)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"all": []}, {"all": {}}, {"all": {"daily_metrics": 1}}]
)
def test_a_body_of_another_shape_is_known_for_it(body):
    assert not is_daily_metrics(body)


def test_a_body_of_the_right_shape_is_known_for_it():
    assert is_daily_metrics({"all": {"daily_metrics": []}})


# --- What Pinterest has not been seen to send, and might ---


def test_a_targeting_value_that_comes_as_a_float_is_the_integer_it_was():
    element = {"targeting_type": "LOCATION", "targeting_value": 500.0, "metrics": {"AD_ID": 1.0}}

    (row,) = targeting([element])

    assert row["ad_id"] == "1"
    assert row["targeting_value"] == "LOCATION:500"
    assert row["targeting_raw_value"] == "500"


def test_a_day_that_comes_twice_is_one_row():
    day = {"date": "2026-11-23", "data_status": "READY", "metrics": {}}
    body = {"all": {"daily_metrics": [day, day]}}

    assert daily_metrics(body, TYPES) == [{"date": "2026-11-23", "data_status": "READY"}]


def test_a_keyword_in_two_rows_that_both_come_twice_is_not_counted_twice():
    def element(impressions):
        metrics = {"AD_ID": 1, "TOTAL_IMPRESSION": impressions}
        return {"targeting_type": "KEYWORD", "targeting_value": "sofa", "metrics": metrics}

    (row,) = targeting([element(3), element(4), element(3), element(4)])

    assert row["TOTAL_IMPRESSION"] == 7
