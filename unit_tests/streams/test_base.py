"""Each report is an HttpStream of the CDK's: who knows those can ask it for its requests and records."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
import requests
from airbyte_cdk.sources.streams import IncrementalMixin
from airbyte_cdk.sources.streams.http import HttpStream

from source_pinterest.config.config import Config
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.streams.analytics.ads import AdAnalyticsDaily
from source_pinterest.streams.analytics.organic import UserAccountAnalytics
from source_pinterest.streams.analytics.targeting import AdGroupTargetingAnalytics
from source_pinterest.streams.lists.campaigns import Campaigns
from source_pinterest.streams.registry import STREAMS
from source_pinterest.sync.context import SyncContext

SLICE = {
    "ad_account_id": "549755885175",
    "currency": "EUR",
    "ids": ["687201361754"],
    "start_date": "2026-08-26",
    "end_date": "2026-11-23",
    "targeting_types": ["GENDER"],
}


def context() -> SyncContext:
    token = {"auth_method": "access_token", "access_token": "pina_token"}
    config = Config.parse({"credentials": token, "base_url": "http://127.0.0.1:9/v5"})
    client = PinterestClient(config.base_url, AccessToken(config.credentials), new_session())  # type: ignore[arg-type]
    return SyncContext(config, client, date(2026, 11, 24))


def response(body: Any) -> requests.Response:
    found = requests.Response()
    found._content = orjson.dumps(body)
    return found


@pytest.mark.parametrize("stream", STREAMS)
def test_a_report_is_a_stream_of_the_cdks(stream):
    made = stream()

    assert isinstance(made, HttpStream)
    assert isinstance(made, IncrementalMixin) == made.supports_incremental


def test_a_list_describes_its_pages():
    campaigns = Campaigns(context())

    assert campaigns.url_base == "http://127.0.0.1:9/v5"
    assert campaigns.path(stream_slice=SLICE) == "/ad_accounts/549755885175/campaigns"
    page = response({"items": [{"id": 7, "name": None}], "bookmark": "b=|"})
    assert campaigns.next_page_token(page) == {"bookmark": "b=|"}
    assert campaigns.next_page_token(response({"items": []})) is None
    assert list(campaigns.parse_response(page, stream_slice=SLICE)) == [{"id": "7", "name": ""}]


def test_a_report_describes_its_request_and_reads_its_answer():
    daily = AdAnalyticsDaily(context())
    daily.prepare({"ad_id": {}, "date": {}, "CTR": {}, "campaign_id": {}}, is_full_refresh=True)

    assert daily.path(stream_slice=SLICE) == "/ad_accounts/549755885175/ads/analytics"
    assert daily.request_params(stream_slice=SLICE) == {
        "ad_ids": ["687201361754"],
        "start_date": "2026-08-26",
        "end_date": "2026-11-23",
        "granularity": "DAY",
        "columns": ["AD_ID", "CAMPAIGN_ID", "CTR"],
        "click_window_days": 30,
        "engagement_window_days": 30,
        "view_window_days": 1,
        "conversion_report_time": "TIME_OF_AD_ACTION",
    }
    row = {"AD_ID": "687201361754", "CAMPAIGN_ID": 7, "DATE": "2026-11-23", "CTR": 0.5}
    assert list(daily.parse_response(response([row]), stream_slice=SLICE)) == [
        {
            "ad_account_id": "549755885175",
            "currency": "EUR",
            "ad_id": "687201361754",
            "campaign_id": "7",
            "date": "2026-11-23",
            "CTR": 0.5,
        }
    ]


def test_a_targeting_report_sets_the_instant_that_its_numbers_are_complete_through():
    report = AdGroupTargetingAnalytics(context())
    report.prepare({"ad_group_id": {}, "CTR": {}}, is_full_refresh=False)
    element = {
        "targeting_type": "GENDER",
        "targeting_value": "female",
        "metrics": {"AD_GROUP_ID": 687201361754, "CTR": 0.5},
    }

    (record,) = report.parse_response(response({"data": [element]}), stream_slice=SLICE)

    assert record["UPDATED_TIME"] == "2026-11-23T23:59:59Z"
    assert (record["start_date"], record["date"]) == ("2026-08-26", "2026-11-23")
    assert record["targeting_value"] == "GENDER:female"


def test_a_report_of_the_user_names_the_user():
    report = UserAccountAnalytics(context())
    report.prepare({}, is_full_refresh=False)
    day = {"date": "2026-11-23", "data_status": "READY", "metrics": {"IMPRESSION": 5}}
    body = {"all": {"daily_metrics": [day]}}
    stream_slice = {"user_id": "1", "start_date": "2026-11-23", "end_date": "2026-11-23"}

    assert list(report.parse_response(response(body), stream_slice=stream_slice)) == [
        {"user_id": "1", "date": "2026-11-23", "data_status": "READY", "IMPRESSION": 5}
    ]
