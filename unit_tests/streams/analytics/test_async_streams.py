"""The requests of built-in and custom asynchronous reports, which are streams of the CDK."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from airbyte_cdk.sources.streams import IncrementalMixin
from airbyte_cdk.sources.streams.http import HttpStream

from source_pinterest.api.facts import api_facts
from source_pinterest.config.config import Config
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.errors import AccessDenied
from source_pinterest.streams.analytics.async_streams import CustomReportStream
from source_pinterest.streams.analytics.conversions import (
    AdConversionsDaily,
    CampaignConversionsDaily,
    KeywordConversionsDaily,
)
from source_pinterest.streams.analytics.geo import AdGroupGeoAnalyticsDaily
from source_pinterest.streams.registry import STREAMS, streams_of
from source_pinterest.sync.context import SyncContext
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, Pinterest, context

SLICE = {
    "ad_account_id": "549755885175",
    "currency": "EUR",
    "start_date": "2026-10-01",
    "end_date": "2026-11-23",
    "since": "2026-10-01",
    "until": "2026-11-23",
}


def stream(selected: tuple[str, ...] = (), **fields: Any) -> CustomReportStream:
    token = {"auth_method": "access_token", "access_token": "pina_token"}
    report = {"name": "mine", "level": "ad", "columns": ["CTR", "PIN_ID"], **fields}
    base = {"credentials": token, "base_url": "http://127.0.0.1:9/v5", "view_window_days": 7}
    config = Config.parse({**base, "custom_reports": [report]})
    client = PinterestClient(config.base_url, AccessToken(config.credentials), new_session())  # type: ignore[arg-type]
    made = streams_of(config.custom_reports, SyncContext(config, client, date(2026, 11, 24)))[-1]
    assert isinstance(made, CustomReportStream)
    made.prepare(dict.fromkeys(selected), is_full_refresh=False)
    return made


def test_a_custom_report_is_a_stream_of_the_cdks_behind_the_others():
    made = stream()

    assert isinstance(made, HttpStream)
    assert isinstance(made, IncrementalMixin)
    assert made.path(stream_slice=SLICE) == "/ad_accounts/549755885175/reports"
    assert [type(each) for each in streams_of([])] == STREAMS


def test_it_asks_for_its_days_its_columns_and_the_attribution_of_all_reports():
    assert stream().report_body(SLICE) == {
        "start_date": "2026-10-01",
        "end_date": "2026-11-23",
        "granularity": "DAY",
        "level": "PIN_PROMOTION",
        "columns": ["AD_ID", "CTR", "PIN_ID"],
        "click_window_days": 30,
        "engagement_window_days": 30,
        "view_window_days": 7,
        "conversion_report_time": "TIME_OF_AD_ACTION",
        "report_format": "JSON",
    }


def test_what_it_has_of_its_own_comes_before_that_of_all_reports():
    body = stream(
        level="campaign",
        granularity="WEEK",
        targeting_types=["GENDER"],
        statuses=["RUNNING"],
        view_window_days="0",
        conversion_report_time="TIME_OF_CONVERSION",
    ).report_body(SLICE)

    assert body["level"] == "CAMPAIGN_TARGETING"
    assert body["granularity"] == "WEEK"
    assert body["targeting_types"] == ["GENDER"]
    assert body["campaign_statuses"] == ["RUNNING"]
    assert body["view_window_days"] == 0
    assert body["click_window_days"] == 30
    assert body["conversion_report_time"] == "TIME_OF_CONVERSION"


@pytest.mark.parametrize(
    ("level", "selected", "columns"),
    [
        ("ad", ("ad_id", "date", "pin_id"), ["AD_ID", "PIN_ID"]),
        ("ad", ("ad_id", "date"), ["AD_ID", "CTR", "PIN_ID"]),  # a report needs a column
        ("keyword", (), ["CTR", "PIN_ID"]),
        ("ad_account", (), ["ADVERTISER_ID", "CTR", "PIN_ID"]),
    ],
)
def test_it_asks_for_the_columns_that_are_selected(level, selected, columns):
    assert stream(selected, level=level).report_body(SLICE)["columns"] == columns


@pytest.mark.parametrize("name", ["SPEND_IN_DOLLAR", "ctr"])
def test_columns_that_it_does_not_have_are_reported(name, caplog):
    stream(selected=("pin_id", name))

    assert f"mine: the catalog selects {name}, which this report does not have" in caplog.text


def test_another_breakdown_changes_the_fingerprint_and_other_columns_do_not():
    fingerprint = stream().fingerprint()

    assert stream(columns=["CPM_IN_DOLLAR"]).fingerprint() == fingerprint
    for other in (
        {"level": "campaign"},
        {"granularity": "WEEK"},
        {"targeting_types": ["GENDER"]},
        {"statuses": ["PAUSED"]},
        {"click_window_days": 7},
    ):
        assert stream(**other).fingerprint() != fingerprint


def test_a_report_with_a_longer_window_of_its_own_looks_back_as_far():
    assert stream().request.lookback_days == 30
    assert stream(click_window_days=60).request.lookback_days == 60
    assert stream(granularity="TOTAL").request.lookback_days is None


def test_it_can_be_described_without_a_configuration_that_is_right():
    (report,) = stream().context.config.custom_reports

    described = CustomReportStream(report).as_airbyte_stream()

    assert described.name == "mine"
    assert described.source_defined_primary_key == [["ad_id"], ["date"]]
    assert described.is_resumable


# --- Built in ---


def of_conversions(**options: Any) -> KeywordConversionsDaily:
    return KeywordConversionsDaily(context(Pinterest(), **options))


def test_a_built_in_report_asks_for_its_declaration_with_the_settings_of_all_reports():
    made = of_conversions(view_window_days=7)
    made.prepare({"keyword_id": {}, "TOTAL_CONVERSIONS_QUANTITY": {}}, is_full_refresh=False)

    assert made.report_body(SLICE) == {
        "start_date": "2026-10-01",
        "end_date": "2026-11-23",
        "granularity": "DAY",
        "level": "KEYWORD",
        "columns": ["TOTAL_CONVERSIONS_QUANTITY"],
        "click_window_days": 30,
        "engagement_window_days": 30,
        "view_window_days": 7,
        "conversion_report_time": "TIME_OF_AD_ACTION",
        "report_format": "JSON",
    }
    assert made.primary_key == ["keyword_id", "date"]


@pytest.mark.parametrize(
    ("options", "start"),
    [({"backfill_days": 20}, date(2026, 11, 4)), ({"start_date": "2025-01-01"}, date(2025, 1, 1))],
)
def test_a_built_in_report_begins_with_the_first_day_of_the_daily_reports(options, start):
    assert of_conversions(**options).request.window.start == start


def test_the_conversions_are_those_that_synchronous_reports_lack():
    offered = set(AdConversionsDaily().get_json_schema()["properties"])

    assert {"TOTAL_CONVERSIONS_QUANTITY", "TOTAL_CONVERSIONS_VALUE_IN_MICRO_DOLLAR"} <= offered
    assert {"campaign_id", "ad_group_id", "pin_id", "ad_account_id"} <= offered
    assert not offered & set(api_facts()["columns"])


def test_the_catalog_has_no_descriptions_of_the_metrics_of_a_built_in_report():
    described = AdConversionsDaily().get_json_schema()["properties"]

    offered = AdConversionsDaily().offered(())

    properties = offered.json_schema["properties"]
    assert properties.keys() == described.keys()
    assert properties["ad_id"] == described["ad_id"]
    assert properties["TOTAL_CONVERSIONS_QUANTITY"] == {"type": ["null", "number"]}
    assert "description" in described["TOTAL_CONVERSIONS_QUANTITY"]


def test_if_pinterest_grants_no_column_the_error_says_to_deselect_the_stream():
    made = of_conversions()
    made.prepare({"TOTAL_CONVERSIONS_QUANTITY": {}}, is_full_refresh=False)
    selection = made.reports.selection()
    selection.leave_out(["TOTAL_CONVERSIONS_QUANTITY"], AccessDenied("no"))

    with pytest.raises(AccessDenied, match=r"columns .TOTAL_CONVERSIONS_QUANTITY.\. Deselect the"):
        made.verify_choices(selection)


# --- The fields that options add ---

OPTIONS = {"entity_names": True, "metrics_final": True}
FINAL = ("delivery_metrics_final", "conversion_metrics_final")
NAMES = ("entity_name", "entity_status", "parent_ad_account_name")


@pytest.mark.parametrize("kind", [CampaignConversionsDaily, AdGroupGeoAnalyticsDaily])
def test_the_rows_have_the_names_of_their_entities_and_say_whether_their_day_is_final(kind):
    pinterest = Pinterest()

    output = read(kind(context(pinterest, **OPTIONS)))

    assert not output.error
    assert {tuple(each[name] for name in NAMES) for each in output.records} == {
        ("One", "ACTIVE", "Shoes")
    }
    assert {each["date"] for each in output.records if each[FINAL[0]]} == {
        f"2026-11-{day:02}" for day in range(9, 24)
    }
    assert not any(each[FINAL[1]] for each in output.records)  # 30 days are still to come
    listed = "/campaigns" if kind is CampaignConversionsDaily else "/ad_groups"
    assert len(pinterest.asked(listed)) == 2  # the second is about how Pinterest takes statuses
    assert len(pinterest.asked("/resources/metrics_ready_state")) == 15


def test_without_the_options_nothing_is_asked_for_and_nothing_added():
    pinterest = Pinterest()

    output = read(CampaignConversionsDaily(context(pinterest)))

    assert not {*NAMES, *FINAL} & set().union(*output.records)
    assert not pinterest.asked("/campaigns", "/resources/metrics_ready_state")


def test_a_list_that_is_refused_costs_the_names_only(caplog):
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: Reply(403, {"code": 29}) if path.endswith("/campaigns") else None
    )

    output = read(CampaignConversionsDaily(context(pinterest, **OPTIONS)))

    assert not output.error
    assert {(each["entity_name"], each["parent_ad_account_name"]) for each in output.records} == {
        (None, "Shoes")
    }
    assert (
        f"entity_name and entity_status are null in the rows of ad account {ACCOUNT}, whose campaigns "
        "could not be listed" in caplog.text
    )


def test_days_of_a_report_that_an_interrupted_sync_has_requested_may_not_be_final():
    pinterest = Pinterest()
    finished = read(CampaignConversionsDaily(context(pinterest, **OPTIONS)))
    requested = next(each for each in finished.states if each[ACCOUNT].get("reports"))

    output = read(CampaignConversionsDaily(context(pinterest, **OPTIONS)), requested)

    assert len(output.records) == 15
    assert {each[FINAL[0]] for each in output.records} == {None}


@pytest.mark.parametrize(
    ("kind", "has_names"),
    [(CampaignConversionsDaily, True), (KeywordConversionsDaily, False)],
)
def test_the_catalog_offers_them_if_they_are_wanted(kind, has_names):
    usual = kind().offered(()).json_schema["properties"]
    offered = kind().offered(OPTIONS.keys()).json_schema["properties"]

    added = [name for name in offered if name not in usual]
    assert ("entity_name" in added) is has_names
    assert added[-2:] == [*FINAL]


def test_a_custom_report_has_the_fields_that_the_user_names():
    report = {"name": "mine", "level": "campaign", "columns": ["CTR"]}
    made = context(Pinterest(), custom_reports=[report], **OPTIONS)
    (custom,) = (
        each
        for each in streams_of(made.config.custom_reports, made)
        if isinstance(each, CustomReportStream)
    )

    assert not {*NAMES, *FINAL} & set().union(*read(custom).records)
    assert custom.lists_of_ids() == []
    assert custom.offered(OPTIONS.keys()).json_schema == custom.offered(()).json_schema
