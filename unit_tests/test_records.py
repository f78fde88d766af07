"""Response body → flat rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.records import (
    UnusableAnswer,
    additive_columns,
    ads_analytics,
    daily_metrics,
    entity,
    is_daily_metrics,
    targeting_analytics,
)

COMMON = {"ad_account_id": "549755885175", "currency": "EUR"}


def rows(body, ids=("1", "2"), text=(), is_daily=True, common=COMMON):
    return list(ads_analytics(body, "AD_ID", ids, common, text, is_daily))


def targeting(data, ids=("1",), is_additive=lambda name: name.startswith("TOTAL_")):
    return list(targeting_analytics({"data": data}, "AD_ID", ids, {}, (), is_additive))


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


# --- Ads analytics ---


def test_id_columns_become_lower_case_fields_and_twins_are_dropped():
    raw = {
        "AD_ID": 1,
        "PIN_PROMOTION_ID": 1,
        "AD_GROUP_ID": "2680060704746",
        "CAMPAIGN_ID": 626736533506,
        "AD_ACCOUNT_ID": 549755885175,
        "ADVERTISER_ID": "549755885175",
        "PIN_ID": 813744226420795884,
        "DATE": "2026-11-23",
        "CTR": 0.5,
    }

    assert rows([raw]) == [
        {
            **COMMON,
            "ad_id": "1",
            "ad_group_id": "2680060704746",
            "campaign_id": "626736533506",
            "pin_id": "813744226420795884",
            "date": "2026-11-23",
            "CTR": 0.5,
        }
    ]


def test_a_total_carries_its_window():
    common = {**COMMON, "date": "2026-11-23", "start_date": "2026-08-26"}

    (row,) = rows([{"AD_ID": "1", "CTR": 1}], is_daily=False, common=common)

    assert (row["start_date"], row["date"]) == ("2026-08-26", "2026-11-23")


def test_rows_of_ids_that_were_not_asked_for_and_second_rows_are_left_out():
    body = [
        {"AD_ID": "1", "DATE": "2026-11-22", "CTR": 1},
        {"AD_ID": "9", "DATE": "2026-11-22", "CTR": 2},
        {"AD_ID": "1", "DATE": "2026-11-22", "CTR": 1},
        {"AD_ID": "1", "DATE": "2026-11-23", "CTR": 3},
    ]

    assert [(row["ad_id"], row["date"]) for row in rows(body)] == [
        ("1", "2026-11-22"),
        ("1", "2026-11-23"),
    ]


@pytest.mark.parametrize("raw", [{"DATE": "2026-11-23"}, {"AD_ID": "1"}, {"AD_ID": "1", "DATE": 5}])
def test_a_row_without_its_key_is_an_error_and_never_skipped(raw):
    with pytest.raises(UnusableAnswer, match="has no AD_ID or no DATE"):
        rows([raw])


def test_codes_of_text_columns_become_strings_and_null_stays_null():
    raw = {"AD_ID": "1", "DATE": "2026-11-23", "CAMPAIGN_ENTITY_STATUS": 1, "AD_NAME": None}

    (row,) = rows([raw], text=["CAMPAIGN_ENTITY_STATUS", "AD_NAME"])

    assert (row["CAMPAIGN_ENTITY_STATUS"], row["AD_NAME"]) == ("1", None)


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
    twice = [element("GENDER", "female", TOTAL_IMPRESSION=3)] * 2

    assert [row["TOTAL_IMPRESSION"] for row in targeting(twice)] == [3]


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
    number, integer, string = ({"type": ["null", kind]} for kind in ("number", "integer", "string"))
    properties = {
        "TOTAL_IMPRESSION": integer,
        "SPEND_IN_DOLLAR": number,
        "SPEND_IN_MICRO_DOLLAR": integer,
        "TOTAL_IMPRESSION_USER": integer,
        "VIDEO_15SEC_UNIQUE_VIEWS_1": integer,
        "CTR": number,
        "AD_NAME": string,
        "ad_id": {"type": "string"},
    }

    assert additive_columns(properties) == {
        "TOTAL_IMPRESSION",
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

    found = list(daily_metrics({"all": {"daily_metrics": days}}, {"pin_id": "7"}))

    assert found == [
        {"pin_id": "7", "date": "2026-11-21", "data_status": "READY", "SAVE": 1},
        {"pin_id": "7", "date": "2026-11-22", "data_status": "PROCESSING"},
        {"pin_id": "7", "date": "2026-11-23", "data_status": "SOMETHING_NEW"},
    ]


def test_a_day_without_a_date_is_an_error():
    with pytest.raises(UnusableAnswer):
        list(daily_metrics({"all": {"daily_metrics": [{"data_status": "READY"}]}}, {}))


@pytest.mark.parametrize(
    "body", [None, [], {}, {"all": []}, {"all": {}}, {"all": {"daily_metrics": 1}}]
)
def test_a_body_of_another_shape_is_known_for_it(body):
    assert not is_daily_metrics(body)


def test_a_body_of_the_right_shape_is_known_for_it():
    assert is_daily_metrics({"all": {"daily_metrics": []}})
