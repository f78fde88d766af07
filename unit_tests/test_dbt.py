"""The dbt package and the data dictionary cover what is offered; building them is an integration test."""

import re
import runpy
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DBT = ROOT / "dbt"
BRIDGE = yaml.safe_load((DBT / "bridge.yaml").read_text("utf-8"))["tables"]
DICTIONARY = (ROOT / "docs/data-dictionary.md").read_text("utf-8")


@pytest.fixture(scope="module")
def dictionary(monkeypatch_module):
    monkeypatch_module.syspath_prepend(str(ROOT / "script"))
    return runpy.run_path(str(ROOT / "script/data_dictionary.py"))


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def staged_metrics(family):
    """The columns of a list that several staging models have."""
    macro = (DBT / "macros/staged_metrics.sql").read_text("utf-8")
    (block,) = re.findall(rf"^    '{family}': \[\n(.*?)^    \],", macro, flags=re.M | re.S)
    return set(re.findall(r"^      \('(\w+)',", block, flags=re.MULTILINE))


def test_every_stream_has_a_staging_model_with_all_of_its_fields(dictionary):
    for stream in dictionary["streams"]():
        model = (DBT / f"models/staging/stg_pinterest__{stream.name}.sql").read_text("utf-8")

        found = set(re.findall(r"^        \('(\w+)',", model, flags=re.MULTILINE))
        for family in re.findall(r"staged_metrics\('(\w+)'", model):
            without = set(re.findall(r"^        '(\w+)',$", model, flags=re.MULTILINE))
            found |= staged_metrics(family) - without
        by_device = {name for name in stream.fields if "_ACTION_TO_" in name}
        assert set(stream.fields) - by_device <= found, stream.name


def test_every_column_of_every_stream_is_in_the_dictionary(dictionary):
    sections = dict(re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", DICTIONARY, re.M | re.S))
    for stream in dictionary["streams"]():
        shared = "Conversions" if "_conversions_" in stream.name else "Ads reports"
        own = sections.get(f"`{stream.name}`") or sections[shared]

        assert all(f"\n| `{name}` |" in own for name in stream.fields), stream.name


@pytest.mark.parametrize(
    ("stream", "column", "facts"),
    [
        ("ad_analytics_daily", "SPEND_IN_MICRO_DOLLAR", ("millionths of `currency`", "yes", "yes")),
        ("ad_analytics_daily", "SPEND_IN_DOLLAR", ("`currency`", "yes", "yes")),
        ("ad_analytics_daily", "CTR", ("ratio", "no", "no")),
        ("ad_analytics_daily", "CPC_IN_MICRO_DOLLAR", ("millionths of `currency`", "no", "no")),
        ("campaign_analytics", "IMPRESSION_1", ("count", "is the sum over the window", "yes")),
        ("campaign_analytics_daily", "TOTAL_IMPRESSION_USER", ("people", "no", "no")),
        (
            "campaign_targeting_analytics_daily",
            "CLICKTHROUGH_1",
            ("count", "yes", "yes, within one `targeting_type`"),
        ),
        ("pin_analytics", "SAVE", ("count", "yes", "yes")),
        ("pin_analytics", "VIDEO_AVG_WATCH_TIME", ("milliseconds", "no", "no")),
        ("campaigns", "lifetime_spend_cap", ("millionths of `currency`", "no", "no")),
        ("campaigns", "created_time", ("seconds since 1970, UTC", "no", "no")),
        ("ad_analytics_daily", "VIDEO_LENGTH", ("", "no", "no")),
    ],
)
def test_unit_and_sums_of_a_column(dictionary, stream, column, facts):
    (found,) = (
        each
        for offered in dictionary["streams"]()
        if offered.name == stream
        for each in offered.columns()
        if each.name == column
    )

    assert (found.unit, found.adds_up_over_days, found.adds_up_over_entities) == facts


def test_the_bridge_has_the_13_tables_of_fivetran_and_a_reason_for_each_column_that_stays_empty():
    assert sorted(BRIDGE) == [
        *("ad_group_history", "ad_group_report", "advertiser_history", "advertiser_report"),
        *("campaign_history", "campaign_report", "keyword_history", "keyword_report"),
        *("pin_promotion_history", "pin_promotion_report", "pin_promotion_targeting_report"),
        *("targeting_geo", "targeting_geo_region"),
    ]
    for table in BRIDGE.values():
        for name, column in table["columns"].items():
            assert ("sql" in column) != bool(column.get("missing")), name


def test_dbt_reports_no_usage():
    project = yaml.safe_load((DBT / "dbt_project.yml").read_text("utf-8"))

    assert project["flags"] == {"send_anonymous_usage_stats": False}
