"""The levels of reports, and what a report follows from: compared with Pinterest's description."""

from datetime import timedelta

import pytest

from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import LEVELS, Report, report_parameters
from source_pinterest.streams.analytics.ads import AdsReport
from source_pinterest.streams.registry import STREAMS

REPORTS = [each for each in STREAMS if issubclass(each, AdsReport)]
KEYS_BESIDE_THE_FORMULA = {
    "campaign_targeting_analytics": ["campaign_id", "targeting_value"],
    "ad_group_targeting_analytics": ["ad_group_id", "targeting_value"],
    "ad_targeting_analytics": ["ad_id", "targeting_value"],
}


def test_the_levels_are_those_of_the_description_without_breakdowns():
    known = report_parameters()["level"]["enum"]

    assert {level.api_name for level in LEVELS.values()} == {
        name for name in known if not name.endswith("_TARGETING")
    }
    assert {f"{level.api_name}_TARGETING" for level in LEVELS.values() if level.has_targeting} == {
        name for name in known if name.endswith("_TARGETING")
    }
    assert [level.name for level in LEVELS.values()] == list(LEVELS)


@pytest.mark.parametrize("level", LEVELS.values(), ids=lambda level: level.name)
def test_a_levels_id_columns_are_pinterests(level):
    assert level.report_id_column is None or (
        level.report_id_column in api_facts()["asynchronous_columns"]
    )
    assert all(LEVELS[parent].id_column in api_facts()["columns"] for parent in level.parents)


@pytest.mark.parametrize(
    ("report", "key", "api_level"),
    [
        (Report("ad_account"), ["ad_account_id", "date"], "ADVERTISER"),
        (Report("ad", "TOTAL"), ["ad_id"], "PIN_PROMOTION"),
        (Report("ad", "HOUR"), ["ad_id", "date", "hour"], "PIN_PROMOTION"),
        (Report("keyword", "MONTH"), ["keyword_id", "date"], "KEYWORD"),
        (
            Report("product_item", "WEEK"),
            ["ad_account_id", "product_item_id", "date"],
            "PRODUCT_ITEM",
        ),
        (
            Report("campaign", breakdown=True),
            ["campaign_id", "targeting_type", "targeting_raw_value", "date"],
            "CAMPAIGN_TARGETING",
        ),
    ],
)
def test_the_key_and_the_level_follow_from_what_a_report_is_about(report, key, api_level):
    assert report.primary_key == key
    assert report.api_level == api_level


@pytest.mark.parametrize(
    ("report", "back", "days"),
    [
        (Report("ad"), 914, 186),
        (Report("ad", "HOUR"), 8, 3),
        (Report("product_item"), 92, 31),
        (Report("product_item", "HOUR"), 8, 3),
    ],
)
def test_how_far_back_a_report_goes_and_how_long_it_may_be(report, back, days):
    assert (report.lookback, report.max_days()) == (timedelta(days=back), days)


@pytest.mark.parametrize("stream", REPORTS)
def test_a_built_in_report_is_about_what_its_endpoint_and_its_name_say(stream):
    made, report = stream(), stream.report
    path = {
        "ad_account": "",
        "campaign": "campaigns/",
        "ad_group": "ad_groups/",
        "ad": "ads/",
        "product_group": "product_groups/",
    }[report.level_name]
    kind = "targeting_analytics" if report.breakdown else "analytics"
    level = "product_group_promotion" if report.level_name == "product_group" else report.level_name

    assert stream.endpoint == f"GET /ad_accounts/{{ad_account_id}}/{path}{kind}"
    assert made.name == f"{level}_{kind}{'_daily' if report.is_daily else ''}"
    assert made.primary_key == KEYS_BESIDE_THE_FORMULA.get(made.name, report.primary_key)
    assert made.entities.level == report.level_name
