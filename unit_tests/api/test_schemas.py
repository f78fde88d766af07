"""The schemas: generated from Pinterest's facts, and fit for destinations."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from integration_tests.expected import keys
from source_pinterest.api.schemas import FOLDER, packaged_schema
from source_pinterest.streams.analytics.ads import AdsReport
from source_pinterest.streams.analytics.async_streams import AsyncReportStream
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.streams.registry import STREAMS as STREAM_CLASSES
from source_pinterest.streams.registry import names, schema_of

ROOT = Path(__file__).resolve().parents[2]
FACTS = json.loads((ROOT / "source_pinterest/api/pinterest_api.json").read_text(encoding="utf-8"))

CURSORS = {
    "campaign_analytics": ["date"],
    "ad_group_analytics": ["date"],
    "ad_analytics": ["date"],
    "campaign_targeting_analytics": ["date"],
    "ad_group_targeting_analytics": ["UPDATED_TIME", "date"],
    "ad_targeting_analytics": ["UPDATED_TIME", "date"],
    "promoted_pins": ["ad_updated_time"],
}
KEYS = {  # never null: the primary key and the cursor
    stream: [*key, *CURSORS.get(stream, [])]
    for stream, key in {
        **keys.KEYS,
        **keys.DAILY_KEYS,
        **keys.ASYNC_KEYS,
        **keys.LIST_KEYS,
        **keys.USER_AND_CATALOG_KEYS,
        **keys.HISTORY_KEYS,
    }.items()
}
LISTS = {
    stream.name: stream
    for stream in (each() for each in STREAM_CLASSES)
    if isinstance(stream, ListStream) and stream.record
}
DECLARED = {
    stream.name: sorted(
        {*stream.primary_key, *filter(None, [stream.cursor_field])}
        | ({"date"} if isinstance(stream, AdsReport) else set())
    )
    for stream in (each() for each in STREAM_CLASSES)
}
EVERY_KEY = {**DECLARED, **KEYS}
STREAMS = sorted(EVERY_KEY)
COMPOSED = [
    stream().name for stream in STREAM_CLASSES if issubclass(stream, (AdsReport, AsyncReportStream))
]
"""Their schemas follow from the facts, without a file."""
ADS_ANALYTICS = [stream().name for stream in STREAM_CLASSES if issubclass(stream, AdsReport)]
TOTALS = [name for name in ADS_ANALYTICS if not name.endswith("_daily")]
TARGETING = [name for name in TOTALS if name.endswith("_targeting_analytics")]

PEOPLE_REACHED = {"TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"}
ID_COLUMNS = {
    *("ADVERTISER_ID", "AD_ACCOUNT_ID", "CAMPAIGN_ID"),
    *("AD_GROUP_ID", "AD_ID", "PIN_PROMOTION_ID"),
}


def schema(stream: str) -> dict[str, Any]:
    return dict(schema_of(stream))


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object in a schema, itself included."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield node["properties"]
        for value in node.values():
            yield from objects(value)


def test_each_stream_has_a_schema_and_there_is_no_other():
    found = sorted(path.stem for path in (ROOT / "source_pinterest/schemas").iterdir())

    assert sorted(names()) == STREAMS
    assert found == [name for name in STREAMS if name not in COMPOSED]


def test_a_packaged_schema_is_what_the_cdk_reads():
    for path in FOLDER.glob("*.json"):
        assert packaged_schema(path.stem) == ResourceSchemaLoader("source_pinterest").get_schema(
            path.stem
        )


def test_the_schemas_are_what_the_generator_makes_of_the_facts():
    generated = runpy.run_path(str(ROOT / "script/generate_schemas"))["files"]()

    files = {f"{stream}.json" for stream in STREAMS if stream not in COMPOSED}
    assert {path.name for path in generated} == {*files, "columns.json"}
    for path, text in generated.items():
        assert path.read_text("utf-8") == text


@pytest.mark.parametrize("stream", ADS_ANALYTICS)
def test_every_column_that_comes_at_the_level_is_offered_but_the_six_ids(stream):
    assert len(FACTS["columns"]) == 185
    not_offered = ID_COLUMNS | (PEOPLE_REACHED if "_targeting_" in stream else set())
    wanted = set(FACTS["columns"]) - not_offered - {"PIN_ID"} | {"pin_id"}

    offered = set(schema(stream)["properties"])

    assert len(wanted) == (177 if "_targeting_" in stream else 179)
    assert wanted <= offered
    assert not not_offered & offered


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("campaign_analytics", {"campaign_id", "date", "start_date"}),
        ("ad_group_analytics", {"campaign_id", "ad_group_id", "date", "start_date"}),
        ("ad_analytics", {"campaign_id", "ad_group_id", "ad_id", "date", "start_date"}),
        ("ad_analytics_daily", {"campaign_id", "ad_group_id", "ad_id", "date"}),
        ("ad_account_analytics_daily", {"date"}),
        ("campaign_analytics_daily", {"campaign_id", "date"}),
        (
            "product_group_promotion_analytics_daily",
            {"campaign_id", "ad_group_id", "product_group_promotion_id", "date"},
        ),
        ("ad_group_analytics_daily", {"campaign_id", "ad_group_id", "date"}),
        (
            "ad_account_targeting_analytics_daily",
            {"date", "targeting_type", "targeting_value", "targeting_raw_value"},
        ),
        (
            "ad_targeting_analytics_daily",
            {
                *("campaign_id", "ad_group_id", "ad_id", "date"),
                *("targeting_type", "targeting_value", "targeting_raw_value"),
            },
        ),
        (
            "campaign_targeting_analytics",
            {
                *("campaign_id", "date", "start_date"),
                *("targeting_type", "targeting_value", "targeting_raw_value"),
            },
        ),
        (
            "ad_group_targeting_analytics",
            {
                *("campaign_id", "ad_group_id", "date", "start_date", "UPDATED_TIME"),
                *("targeting_type", "targeting_value", "targeting_raw_value"),
            },
        ),
        (
            "ad_targeting_analytics",
            {
                *("campaign_id", "ad_group_id", "ad_id", "date", "start_date", "UPDATED_TIME"),
                *("targeting_type", "targeting_value", "targeting_raw_value"),
            },
        ),
    ],
)
def test_beside_the_columns_stand_the_fields_that_identify_a_row(stream, fields):
    others = set(schema(stream)["properties"]) - set(FACTS["columns"])

    assert others == fields | {"ad_account_id", "currency", "pin_id"}


def test_organic_rows_have_their_metrics_and_their_status():
    assert set(schema("user_account_analytics")["properties"]) == {
        *("user_id", "date", "data_status"),
        *("ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE"),
        *("PIN_CLICK", "PIN_CLICK_RATE", "SAVE", "SAVE_RATE"),
    }
    assert set(schema("pin_analytics")["properties"]) == {
        *("pin_id", "user_id", "date", "data_status"),
        *("IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE"),
        *("USER_FOLLOW", "PROFILE_VISIT", "VIDEO_MRC_VIEW", "VIDEO_10S_VIEW", "VIDEO_START"),
        *("QUARTILE_95_PERCENT_VIEW", "VIDEO_V50_WATCH_TIME", "VIDEO_AVG_WATCH_TIME"),
    }


@pytest.mark.parametrize("stream", LISTS)
def test_a_lists_fields_are_those_of_pinterests_record_and_those_that_it_adds(stream):
    declared = LISTS[stream]

    assert set(schema(stream)["properties"]) == {
        *FACTS["records"][declared.record]["properties"],
        *declared.added_fields,
    }


@pytest.mark.parametrize("stream", KEYS)
def test_the_declared_key_is_the_contracts(stream):
    assert sorted(KEYS[stream]) == DECLARED[stream]


def test_every_record_of_the_description_has_a_list_and_no_other_list_has_none():
    others = {"targeting_options", "delivery_metrics", "top_pins", "top_video_pins"}
    others |= {"pin_lifetime_metrics"}

    assert {each.record for each in LISTS.values()} == set(FACTS["records"])
    assert {each().name for each in STREAM_CLASSES if issubclass(each, ListStream)} == others | set(
        LISTS
    )


@pytest.mark.parametrize(
    ("stream", "field", "kind"),
    [
        ("campaigns", "ext_features", "object"),
        ("ad_groups", "enabled_catalog_expansion", "boolean"),
        ("ad_groups", "is_automated_campaign", "boolean"),
        ("ad_groups", "is_creative_expansion", "boolean"),
        ("audiences", "is_ctv_enabled", "boolean"),
        ("pins", "is_removable", "boolean"),
        ("pins", "note", "string"),
        ("board_pins", "product_tags", "array"),
        ("board_section_pins", "note", "string"),
    ],
)
def test_a_field_that_no_description_has_says_so(stream, field, kind):
    found = schema(stream)["properties"][field]

    assert found["type"] == ["null", kind]
    assert found["description"].endswith(
        "Seen in Pinterest's answers; its description of the API does not have it."
    )


@pytest.mark.parametrize(
    ("stream", "field", "kind"),
    [
        ("ad_accounts", "time_zone", "string"),
        ("campaigns", "is_top_of_search", "boolean"),
        ("campaigns", "intended_promotion_type", "string"),
        ("ad_groups", "placement_traffic_type", "string"),
        ("ad_groups", "promotion_ids", "array"),
        ("ad_groups", "ext_features", "object"),
        ("ad_groups", "customer_segment_id", "string"),
        ("ads", "carting_products", "array"),
        ("ads", "is_collage_single_destination", "boolean"),
        ("audiences", "is_nca", "boolean"),
        ("customer_lists", "is_nca", "boolean"),
        ("pins", "ai_disclosures", "object"),
        ("pins", "is_product", "boolean"),
    ],
)
def test_a_field_of_the_newest_description_is_offered_as_any_other(stream, field, kind):
    found = schema(stream)["properties"][field]

    assert found["type"] == ["null", kind]
    assert "Seen in Pinterest's answers" not in found.get("description", "")


@pytest.mark.parametrize("stream", STREAMS)
def test_only_the_key_and_the_cursor_are_never_null(stream):
    properties = schema(stream)["properties"]

    assert {name for name, each in properties.items() if "null" not in each["type"]} == set(
        EVERY_KEY[stream]
    )
    texts = [name for name in EVERY_KEY[stream] if "updated_time" not in name]
    assert all(properties[name]["type"] == "string" for name in texts)


@pytest.mark.parametrize("stream", STREAMS)
def test_no_two_names_are_the_same_to_a_destination_that_ignores_case(stream):
    for properties in objects(schema(stream)):
        assert len({name.lower() for name in properties}) == len(properties)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_id_is_a_string(stream):
    properties = schema(stream)["properties"]
    ids = {
        name: each["type"]
        for name, each in properties.items()
        if f"_{name}".lower().endswith("_id")
    }

    assert all(kind in ("string", ["null", "string"]) for kind in ids.values())


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_has_a_type_and_admits_what_pinterest_may_add(stream):
    document = schema(stream)

    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert document["additionalProperties"] is True
    for properties in objects(document):
        for each in properties.values():
            kinds = {"type"} if isinstance(each["type"], str) else set(each["type"]) - {"null"}
            assert len(kinds) == 1
            assert "enum" not in each  # the live API knows more values than its description


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("SPEND_IN_DOLLAR", "number"),
        ("SPEND_IN_MICRO_DOLLAR", "number"),
        ("TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "number"),
        ("CPC_IN_MICRO_DOLLAR", "number"),
        ("IMPRESSION_1", "number"),  # it may be modelled, and have a fraction
        ("TOTAL_CONVERSIONS", "number"),
        ("LEADS", "number"),
        ("CTR", "number"),
        ("OUTBOUND_CTR_1", "number"),
        ("CHECKOUT_ROAS", "number"),
        ("COST_PER_LEAD", "number"),
        ("PAGE_VISIT_COST_PER_ACTION", "number"),
        ("COST_PER_OUTBOUND_CLICK_IN_DOLLAR_1", "number"),
        ("TOTAL_VIDEO_AVG_WATCHTIME_IN_SECOND", "number"),
        ("AD_GROUP_BUDGET_IN_LOCAL_CURRENCY", "number"),
        ("SHOWCASE_AVERAGE_SUBPAGE_CLOSEUP_PER_SESSION", "number"),
        ("CAMPAIGN_NAME", "string"),
        ("CAMPAIGN_ENTITY_STATUS", "string"),
        ("AD_GROUP_OPTIMIZATION", "string"),
        ("ORDER_LINE_ID", "string"),
        ("COLLECTION_PIN_ITEM_IMPRESSION_1", "number"),
        ("INAPP_SKAN_ASSISTED_APP_INSTALL", "number"),
        ("INAPP_SKAN_APP_INSTALL_COST_PER_ACTION", "number"),
        ("INAPP_SKAN_APP_INSTALL_CONVERSION_RATE", "number"),
        ("CAMPAIGN_BUDGET_OPTIMIZATION", "boolean"),
        ("IS_PREMIERE_CAMPAIGN", "boolean"),
    ],
)
def test_the_type_of_a_column_follows_from_its_name(column, kind):
    for stream in ADS_ANALYTICS:
        assert schema(stream)["properties"][column]["type"] == ["null", kind]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("SPEND_IN_MICRO_DOLLAR", "Millionths of the ad account's currency"),
        ("SPEND_IN_DOLLAR", "In the ad account's currency (see `currency`), not in US dollars."),
        ("IMPRESSION_1", "Paid"),
        ("IMPRESSION_2", "Earned: after somebody saved the ad's Pin."),
        ("TOTAL_IMPRESSION", "Paid and earned."),
        ("TOTAL_IMPRESSION_USER", "Not additive"),
        ("TOTAL_WEB_CLICK_CHECKOUT", "checkouts on the web after a click on an ad"),
        ("CHECKOUT_ROAS", "value of the checkouts divided by spend"),
        ("INAPP_SKAN_APP_INSTALL", "app installs in an app (Apple's SKAdNetwork)"),
        ("TOTAL_COLLECTION_PIN_ITEM_CLICKTHROUGH", "Clicks on an item of a collection."),
        ("COLLECTION_PIN_ITEM_IMPRESSION_2", "Earned: after somebody saved the ad's Pin."),
    ],
)
def test_a_description_says_what_a_reader_of_the_data_could_get_wrong(column, words):
    assert words in schema("ad_analytics")["properties"][column]["description"]


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_is_described(stream):
    properties = schema(stream)["properties"]

    assert {name for name, field in properties.items() if not field.get("description")} == set()


LONGEST_NAME = 63
"""Bytes of a table's or column's name in PostgreSQL, which cuts longer ones off without a word.
PostgreSQL 15 (NAMEDATALEN - 1), checked 2026-11-28; other destinations take as many or more."""


@pytest.mark.parametrize("stream", STREAMS)
def test_a_destination_takes_every_name_as_it_is(stream):
    for name in (stream, *schema(stream)["properties"]):
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert len(name.encode()) <= LONGEST_NAME


@pytest.mark.parametrize("stream", TOTALS)
def test_dates_are_dates(stream):
    properties = schema(stream)["properties"]

    assert properties["date"]["format"] == "date"
    assert properties["start_date"]["format"] == "date"
    if "UPDATED_TIME" in properties:
        assert properties["UPDATED_TIME"]["format"] == "date-time"
        assert properties["UPDATED_TIME"]["airbyte_type"] == "timestamp_with_timezone"


@pytest.mark.parametrize("stream", STREAMS)
def test_every_metric_is_a_number(stream):
    """Which may be modelled, and have a fraction: no count is an integer."""
    properties = schema(stream)["properties"]
    kinds = {name: set(each["type"]) for name, each in properties.items() if name.isupper()}

    assert not [name for name, kind in kinds.items() if "integer" in kind]
