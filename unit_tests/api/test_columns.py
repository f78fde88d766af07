"""Pinterest's columns: types and words read off their names, by the rules of script/generate_schemas."""

import re

import pytest

from source_pinterest.api.columns import (
    ALIAS_ID_COLUMNS,
    FIELDS_OF_COLUMNS,
    ID_COLUMNS,
    additive_columns,
    asynchronous_columns,
    column_schema,
    columns_at,
    conversion_columns,
    has_column,
)
from source_pinterest.api.facts import api_facts

FACTS = api_facts()
ASYNCHRONOUS = {name: column_schema(name) or {} for name in FACTS["asynchronous_columns"]}


def test_every_column_of_an_asynchronous_report_has_a_type_and_says_what_it_is():
    assert list(asynchronous_columns()) == sorted(ASYNCHRONOUS)
    assert len(ASYNCHRONOUS) == 626
    for name, each in ASYNCHRONOUS.items():
        kind, null = sorted(each["type"], key=lambda kind: kind == "null")
        assert (null, kind in {"string", "number", "boolean"}) == ("null", True), name
        assert "description" in each or name in {"ADVERTISER_ID", "PIN_ID"}, name
        assert not re.search(r"  | \.| ,|the divided", each.get("description", "")), name


def test_every_column_of_a_synchronous_report_has_a_schema_and_no_other_name_has():
    assert all(column_schema(name) for name in FACTS["columns"])
    assert column_schema("NEVER_DESCRIBED") is None


def test_the_columns_of_a_level_are_those_that_the_rules_leave():
    people = {"TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"}

    assert set(columns_at("CAMPAIGN")) == set(FACTS["columns"])
    assert set(columns_at("CAMPAIGN_TARGETING")) == set(FACTS["columns"]) - people
    assert list(columns_at("CAMPAIGN")) == FACTS["columns"]
    assert has_column("PRODUCT_ITEM", "PRODUCT_ITEM_PRICE")
    assert not has_column("CAMPAIGN", "PRODUCT_ITEM_PRICE")


def test_the_columns_that_hold_ids_are_pinterests():
    known = {*FACTS["columns"], *FACTS["asynchronous_columns"]}

    assert {*FIELDS_OF_COLUMNS, *ID_COLUMNS, *ALIAS_ID_COLUMNS} <= known
    assert set(FIELDS_OF_COLUMNS) == {*ID_COLUMNS, *ALIAS_ID_COLUMNS}


@pytest.mark.parametrize(
    ("column", "kind", "words"),
    [
        ("TOTAL_VIEW_CHECKOUT_QUANTITY", "number", "items in the checkouts after a view of an ad"),
        ("TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR", "number", "Value of the conversions"),
        (
            "TOTAL_LEAD_MOBILE_ACTION_TO_DESKTOP_CONVERSION",
            "number",
            "leads on a computer, after an action on the ad on a mobile phone",
        ),
        ("OFFLINE_CUSTOM_ROAS", "number", "value of the custom events offline divided by spend"),
        ("PINTEREST_CHECKOUT_COST_PER_ACTION", "number", "each of the checkouts on Pinterest"),
        ("CPCV_P95_IN_MICRO_DOLLAR", "number", "for each video view to 95 %"),
        ("OUTBOUND_CTR", "number", "A ratio."),
        ("COST_PER_OUTBOUND_CLICK", "number", "Spend for each outbound click."),
        ("VIDEO_AVG_WATCHTIME_IN_SECOND_1", "number", "in seconds"),
        ("CAMPAIGN_CUSTOM_LABELS", "string", "A property, not a metric"),
        ("PRODUCT_ITEM_PRICE", "string", "As the catalog has it."),
        ("PRODUCT_ITEM_IMAGE_URL", "string", "As the catalog has it."),
        ("PIN_PROMOTION_STATUS", "string", "A property, not a metric"),
        ("STANDARD_AD_FEED_ITEM_ID", "string", "item of a feed"),
        ("CAMPAIGN", "string", "A property, not a metric"),
        ("SPEND_ORDER_LINE_ID", "string", "order line"),
        ("IS_CATALOG_CREATIVE_CAMPAIGN", "boolean", "A property, not a metric"),
    ],
)
def test_the_further_columns_follow_the_same_rules(column, kind, words):
    found = ASYNCHRONOUS[column]

    assert found["type"] == ["null", kind]
    assert words in found["description"]


@pytest.mark.parametrize(
    ("column", "counts_conversions"),
    [
        ("TOTAL_CHECKOUT", True),
        ("LEADS", True),
        ("ONSITE_CHECKOUTS_1", True),
        ("CHECKOUT_ROAS", True),
        ("TOTAL_CONVERSIONS", True),
        ("WEB_SEARCH_COST_PER_ACTION", True),
        ("TOTAL_SIGNUP_CONVERSION_RATE", True),
        ("INAPP_SKAN_APP_INSTALL", True),
        ("INAPP_SKAN_ASSISTED_APP_INSTALL", True),
        ("INAPP_SKAN_APP_INSTALL_COST_PER_ACTION", True),
        ("CAMPAIGN", False),
        ("COLLECTION_PIN_ITEM_CLICKTHROUGH_1", False),
        ("CAMPAIGN_CUSTOM_LABELS", False),
        ("SPEND_IN_DOLLAR", False),
        ("OUTBOUND_CLICK_1", False),
        ("TOTAL_WEB_SESSIONS", False),
        ("VIDEO_MRC_VIEWS_1", False),
    ],
)
def test_it_is_known_which_columns_count_conversions(column, counts_conversions):
    assert (column in conversion_columns()) == counts_conversions


@pytest.mark.parametrize(
    ("column", "adds_up"),
    [
        ("TOTAL_IMPRESSION", True),
        ("TOTAL_CHECKOUT", True),
        ("TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", True),
        ("SPEND_IN_MICRO_DOLLAR", True),
        ("SPEND_IN_DOLLAR", True),
        ("QUIZ_PIN_RESULT_OPEN", True),  # of the synchronous reports only
        ("TOTAL_IMPRESSION_USER", False),
        ("TOTAL_IMPRESSION_FREQUENCY", False),
        ("TOTAL_VIDEO_15SEC_UNIQUE_VIEWS", False),
        ("CTR", False),
        ("CPC_IN_MICRO_DOLLAR", False),
        ("ECPM_IN_DOLLAR", False),
        ("CAMPAIGN_DAILY_SPEND_CAP", False),
        ("CAMPAIGN_NAME", False),
        ("IS_PREMIERE_CAMPAIGN", False),
    ],
)
def test_it_is_known_which_columns_add_up_though_all_of_them_are_numbers(column, adds_up):
    assert (column in additive_columns()) == adds_up
