"""A configuration of Airbyte's own Pinterest connector is taken, and each of its keys is answered for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.api.levels import report_parameters
from source_pinterest.config.config import Config, custom_reports_of, warnings_for
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.config.official_connector import (
    KEYS,
    REPORT_KEYS,
    STREAM_REPLACEMENTS,
    describe_translation,
    translate_config,
)
from source_pinterest.streams.registry import names

ROOT = Path(__file__).resolve().parents[2]
OAUTH = {
    "auth_method": "oauth2.0",
    "client_id": "1500000",
    "client_secret": "a-secret-of-the-app",
    "refresh_token": "pinr_a-token",
}
REPORT = {
    "name": "SpendByDay",
    "level": "CAMPAIGN",
    "granularity": "DAY",
    "columns": ["CAMPAIGN_ID", "SPEND_IN_DOLLAR", "TOTAL_CHECKOUT"],
    "click_window_days": 30,
    "engagement_window_days": [30],
    "view_window_days": [7],
    "conversion_report_time": "TIME_OF_CONVERSION",
    "attribution_types": ["INDIVIDUAL", "HOUSEHOLD"],
    "start_date": "2026-01-01",
}
THEIRS: dict[str, Any] = {
    "credentials": OAUTH,
    "start_date": "2026-03-01",
    "status": ["ACTIVE", "PAUSED"],
    "account_id": "549755885175",
    "num_workers": 10,
    "custom_reports": [REPORT],
}


def only_report(**fields: Any) -> CustomReport:
    (found,) = Config.parse({**THEIRS, "custom_reports": [{**REPORT, **fields}]}).custom_reports
    return found


def lines_about(**fields: Any) -> str:
    return "\n".join(describe_translation({**THEIRS, "custom_reports": [{**REPORT, **fields}]}, []))


def test_a_configuration_of_the_official_connector_is_taken_whole():
    config = Config.parse(THEIRS)

    assert config.ad_account_ids == ("549755885175",)
    assert config.entity_statuses == ("ACTIVE", "PAUSED")
    assert config.start_date == date(2026, 3, 1)
    assert config.credentials.auth_method == "oauth2.0"
    (report,) = config.custom_reports
    assert report.model_dump() == {
        "name": "custom__spend_by_day",
        "level": "campaign",
        "granularity": "DAY",
        "targeting_types": (),
        "columns": ("SPEND_IN_DOLLAR", "TOTAL_CHECKOUT"),
        "start_date": date(2026, 1, 1),
        "statuses": (),
        "click_window_days": 30,
        "engagement_window_days": 30,
        "view_window_days": 7,
        "conversion_report_time": "TIME_OF_CONVERSION",
    }
    assert custom_reports_of(THEIRS) == config.custom_reports


def test_each_of_its_keys_has_a_line():
    said = "\n".join(warnings_for(THEIRS, date(2026, 11, 24)))

    for key in THEIRS.keys() - {"credentials", "custom_reports"}:
        assert f"`{key}`" in said
    assert "its stream is custom__spend_by_day" in said
    assert "`attribution_types` is not sent" in said
    assert "Unknown key" not in said


def test_a_configuration_of_ours_is_the_same_and_has_no_lines():
    ours = {
        "credentials": OAUTH,
        "ad_account_ids": ["7"],
        "start_date": "2026-01-01",
        "custom_reports": [{"name": "mine", "level": "CAMPAIGN", "columns": ["SPEND_IN_DOLLAR"]}],
    }

    assert translate_config(ours) == ours
    assert describe_translation(ours, []) == []


def test_keys_in_our_words_count_before_those_of_the_official_connector():
    both = {**THEIRS, "ad_account_ids": ["7"], "entity_statuses": ["ARCHIVED"]}

    config = Config.parse(both)

    assert (config.ad_account_ids, config.entity_statuses) == (("7",), ("ARCHIVED",))
    assert "`account_id` is not used, because `ad_account_ids` is set." in describe_translation(
        both, []
    )
    assert "`status` is not used, because `entity_statuses` is set." in describe_translation(
        both, []
    )


@pytest.mark.parametrize("blank", [None, "", []])
def test_blank_keys_are_none(blank):
    blanks = {"credentials": OAUTH, "status": blank, "account_id": blank, "num_threads": blank}

    assert describe_translation(blanks, []) == []
    assert Config.parse(blanks).ad_account_ids == ()


@pytest.mark.parametrize(
    ("login", "method"),
    [
        ({name: value for name, value in OAUTH.items() if name != "auth_method"}, "oauth2.0"),
        ({"access_token": "pina_a-token"}, "access_token"),
    ],
)
def test_a_login_outside_of_credentials_is_taken(login, method):
    old = {**login, "start_date": "2026-03-01"}

    assert Config.parse(old).credentials.auth_method == method
    (line,) = describe_translation(old, [])
    assert "became `credentials`" in line
    assert not any(value in line for value in login.values())


def test_a_report_with_breakdowns_gets_five_of_them_and_says_so():
    report = only_report(level="CAMPAIGN_TARGETING")

    assert report.api_level == "CAMPAIGN_TARGETING"
    assert report.targeting_types == ("AGE_BUCKET", "APPTYPE", "COUNTRY", "GENDER", "PLACEMENT")
    assert "AGE_BUCKET, APPTYPE, COUNTRY, GENDER, PLACEMENT" in lines_about(
        level="CAMPAIGN_TARGETING"
    )
    chosen = only_report(level="CAMPAIGN_TARGETING", targeting_types=["REGION"])
    assert chosen.targeting_types == ("REGION",)


def test_the_defaults_are_those_of_the_other_connector():
    bare = {"granularity": None, "view_window_days": None, "start_date": None}

    report = only_report(**bare)

    assert (report.granularity, report.view_window_days) == ("TOTAL", 30)
    said = lines_about(**bare)
    assert "TOTAL in Airbyte's own connector" in said
    assert "`view_window_days` became 30" in said
    assert "it begins `backfill_days` back instead of 913 days" in said


def test_columns_that_such_a_report_does_not_have_are_left_out_and_named():
    columns = ["SPEND_IN_DOLLAR", "TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"]

    report = only_report(level="CAMPAIGN_TARGETING", columns=columns)

    assert report.columns == ("SPEND_IN_DOLLAR",)
    said = lines_about(level="CAMPAIGN_TARGETING", columns=columns)
    assert "do not have TOTAL_IMPRESSION_USER, TOTAL_IMPRESSION_FREQUENCY" in said


def test_the_statuses_of_its_own_level_filter_a_report_and_others_are_reported():
    statuses = {"campaign_statuses": ["RUNNING"], "ad_statuses": ["APPROVED"]}

    assert only_report(**statuses).statuses == ("RUNNING",)
    said = lines_about(**statuses)
    assert "`campaign_statuses` became `statuses`" in said
    assert "`ad_statuses` is not used" in said


@pytest.mark.parametrize("parameter", ["campaign_statuses", "ad_group_statuses", "ad_statuses"])
def test_more_statuses_than_pinterest_accepts_are_no_filter(parameter):
    """Older versions of Airbyte's connector let the user choose all eight."""
    level = {"campaign_statuses": "CAMPAIGN", "ad_group_statuses": "AD_GROUP"}
    many = {
        "level": level.get(parameter, "PIN_PROMOTION"),
        parameter: report_parameters()[parameter]["items"]["enum"],
    }

    assert len(many[parameter]) > 6
    assert only_report(**many).statuses == ()
    assert f"`{parameter}` is not used: Pinterest accepts 6 in one report" in lines_about(**many)


@pytest.mark.parametrize(
    "columns", [[], None, ["CAMPAIGN_ID"], ["AD_ACCOUNT_ID", "TOTAL_IMPRESSION_USER"]]
)
def test_a_report_without_a_metric_gets_one(columns):
    report = only_report(level="CAMPAIGN_TARGETING", columns=columns)

    assert report.columns == ("SPEND_IN_DOLLAR",)
    assert "its columns have no metric, so it gets SPEND_IN_DOLLAR" in lines_about(
        level="CAMPAIGN_TARGETING", columns=columns
    )


def test_names_that_become_the_same_stream_get_a_number():
    named = [{**REPORT, "name": name} for name in ("by week", "by-week", "by_week", "x" * 90)]
    named += [{**REPORT, "name": "x" * 91}]

    reports = Config.parse({**THEIRS, "custom_reports": named}).custom_reports

    stem = "custom_" + "x" * 56
    assert [report.name for report in reports] == [
        *("custom_by_week", "custom_by_week_2", "custom_by_week_3"),
        *(stem, stem[:-2] + "_2"),
    ]
    said = describe_translation({**THEIRS, "custom_reports": named}, [])
    assert "`custom_reports[1]`: its stream is custom_by_week_2." in said


def test_each_key_of_many_reports_has_its_line():
    many = [{**REPORT, "name": f"report {number}"} for number in range(40)]

    said = warnings_for({**THEIRS, "custom_reports": many})

    for number in range(40):
        assert f"`custom_reports[{number}]`: its stream is custom_report_{number}." in said
    assert any("`start_date` is kept" in line for line in said)


def test_a_mistake_in_a_report_of_theirs_is_refused_like_one_in_ours():
    with pytest.raises(AirbyteTracedException, match="level"):
        only_report(level="CAMPAIN")
    with pytest.raises(AirbyteTracedException, match="columns"):
        only_report(columns=[7])
    with pytest.raises(AirbyteTracedException, match="not an object"):
        Config.parse({**THEIRS, "custom_reports": [7]})
    with pytest.raises(AirbyteTracedException, match="columns"):
        only_report(columns="SPEND_IN_DOLLAR")


def test_no_line_shows_a_secret_that_is_in_the_wrong_place():
    said = "\n".join(
        warnings_for({**THEIRS, "custom_reports": [{**REPORT, "name": "a-secret-of-the-app"}]})
    )
    token = lines_about(name="pina_4711")

    assert "a-secret-of-the-app" not in said
    assert "4711" not in token
    assert "may be a secret" in token


def test_every_stream_that_stands_in_for_one_of_theirs_exists():
    ours = {each for each in STREAM_REPLACEMENTS.values() if not each.startswith("a custom report")}

    assert ours <= names()
    assert not STREAM_REPLACEMENTS.keys() & names()


def test_the_page_about_moving_over_names_every_stream_and_key():
    page = (ROOT / "docs/coming-from-the-official-connector.md").read_text("utf-8")

    for name in [
        *STREAM_REPLACEMENTS,
        *STREAM_REPLACEMENTS.values(),
        *KEYS,
        *REPORT_KEYS,
        *CustomReport.model_fields,
    ]:
        if not name.startswith("a custom report") and name != "statuses":
            assert f"`{name}`" in page, name
