"""Each report is an HttpStream of the CDK's: who knows those can ask it for its requests and records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pytest
import requests
from airbyte_cdk.sources.streams import IncrementalMixin
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.config.config import Config
from source_pinterest.http.auth import AccessToken
from source_pinterest.http.client import PinterestClient, new_session
from source_pinterest.http.errors import AccessDenied, PinterestError
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.ads import AdAnalyticsDaily
from source_pinterest.streams.analytics.organic import UserAccountAnalytics
from source_pinterest.streams.analytics.targeting import AdGroupTargetingAnalytics
from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.lists.campaigns import Campaigns
from source_pinterest.streams.registry import STREAMS
from source_pinterest.sync.context import SyncContext
from source_pinterest.sync.failures import Failures

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


def test_a_stream_has_no_session_beside_that_of_the_sync(monkeypatch):
    made = []
    make = requests.Session.__init__

    def init(self: requests.Session) -> None:
        made.append(self)
        make(self)

    monkeypatch.setattr(requests.Session, "__init__", init)

    streams = [stream() for stream in STREAMS]

    assert made == []
    assert streams[0]._http_client is streams[0]._http_client  # as the CDK's methods find it
    assert len(made) == 1


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


# --- What a stream says of itself ---


def test_a_stream_that_was_made_to_be_described_cannot_be_read():
    described = Campaigns()

    assert described.category == "ads_read"
    assert described.scopes == {"ads:read"}
    with pytest.raises(AssertionError, match="made to be described"):
        described.context  # noqa: B018


def test_the_scopes_of_a_stream_are_those_of_all_endpoints_that_it_needs(monkeypatch):
    monkeypatch.setattr(Campaigns, "requires", ("GET /boards",))

    assert Campaigns().scopes == {"ads:read", "boards:read"}


def test_what_a_stream_is_bound_by_is_its_clients():
    campaigns = Campaigns(context())
    client = campaigns.context.client

    assert (campaigns.limits, campaigns.policy) == (client.limits, client.policy)


# --- As the CDK reads it ---


class Shelves(PinterestStream):
    """Two shelves, the second of which cannot be read."""

    endpoint = "GET /boards"
    name = "shelves"
    primary_key = None

    def shared_fields(self, stream_slice: dict[str, Any]) -> dict[str, Any]:
        return {"shelf": stream_slice["shelf"]}

    def rows(self, body: Any, stream_slice: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG002
        if not isinstance(body, list):
            raise UnusableAnswer("a shelf is no list")
        return [{"shoe": each} for each in body]

    def messages(self, configured: Any, states: Any) -> Any:
        raise NotImplementedError

    def slices_to_read(self, failures: Failures) -> Iterator[dict[str, Any]]:
        yield {"shelf": 1}
        failures.note("shelf 2", AccessDenied("Not yours.", 403, 29))
        yield {"shelf": 3}

    def records_of(self, stream_slice: dict[str, Any], failures: Failures) -> Iterator[Batch]:
        if stream_slice["shelf"] == 3:
            failures.note("the left half of shelf 3", AccessDenied("Not yours.", 403, 29))
        yield self.batch(["red", "blue"], stream_slice)


def incomplete(found: Iterator[Any]) -> tuple[list[Any], str]:
    """The records before the error, and the error."""
    kept: list[Any] = []
    try:
        kept.extend(found)
    except AirbyteTracedException as error:
        return kept, str(error.message)
    raise AssertionError("nothing is missing")


def test_records_have_what_their_slice_has_in_common_and_what_is_missing_is_reported_behind_them():
    found, error = incomplete(Shelves().read_records())

    assert found == [{"shelf": shelf, "shoe": shoe} for shelf in (1, 3) for shoe in ("red", "blue")]
    assert error.startswith("shelves is incomplete. Missing: shelf 2: Not yours.")
    assert "the left half of shelf 3" in error


def test_a_slice_alone_has_its_records_and_its_own_failures():
    assert len(list(Shelves().read_records(stream_slice={"shelf": 1}))) == 2

    found, error = incomplete(Shelves().read_records(stream_slice={"shelf": 3}))
    assert len(found) == 2
    assert "the left half of shelf 3" in error
    assert "shelf 2" not in error


def test_a_slice_that_cannot_be_planned_is_reported_behind_the_others():
    found, error = incomplete(Shelves().stream_slices())

    assert found == [{"shelf": 1}, {"shelf": 3}]
    assert "shelf 2" in error


def test_an_answer_that_is_of_no_use_is_an_error_that_asks_for_a_report():
    with pytest.raises(PinterestError, match=r"^a shelf is no list\. Please report this\.$"):
        Shelves().batch({}, {"shelf": 1})
