from collections import Counter
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from source_pinterest.plan.rehearsal import Expected, Rehearsal, requests_by_account
from source_pinterest.plan.tally import Tally
from source_pinterest.streams.analytics.base import AnalyticsStream
from source_pinterest.streams.registry import streams_of
from unit_tests.http.scripted import Reply
from unit_tests.plan.rehearsing import context
from unit_tests.streams.pinterest import ACCOUNT, Pinterest


def rehearsed(
    *names: str,
    pinterest: Pinterest | None = None,
    states: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Expected]:
    tally = Tally()
    sync = context(pinterest or Pinterest(), tally, **options)
    chosen = []
    for stream in streams_of(sync.config.custom_reports, sync):
        if stream.name in names:
            if isinstance(stream, AnalyticsStream) and states:
                stream.state = states
            offered = AirbyteStream(
                name=stream.name, json_schema={}, supported_sync_modes=[SyncMode.incremental]
            )
            mode = SyncMode.incremental, DestinationSyncMode.append
            chosen.append((stream, ConfiguredAirbyteStream(offered, *mode)))
    return Rehearsal(sync, tally, ConnectorStateManager([])).expectations(chosen)


def test_a_list_is_read_as_it_is():
    found = rehearsed("ads")["ads"]

    assert found.by_category == {"ads_read": 3}  # and once more for other statuses
    assert (found.rows.total(), found.entities.total()) == (3, 3)
    assert found.size > 3 * 50


def test_a_report_is_planned_and_not_asked_for():
    pinterest = Pinterest()

    found = rehearsed("ads", "ad_analytics_daily", pinterest=pinterest)["ad_analytics_daily"]

    # one for the ads, one for the ad account's own total
    assert found.requests == {(ACCOUNT, "ads_analytics"): 2}
    assert found.entities == {ACCOUNT: 3}
    assert found.rows == {ACCOUNT: 3 * 15}
    assert pinterest.asked("/analytics") == []


def test_what_the_state_says_is_read_is_not_planned_again():
    state = {ACCOUNT: {"since": "2026-11-09", "date": "2026-11-21", "version": 1}}
    days = {"lookback_days": 3}

    found = rehearsed("ad_account_analytics_daily", states=state, **days)

    assert found["ad_account_analytics_daily"].rows == {ACCOUNT: 5}


def test_the_ids_of_a_report_are_its_own_if_their_list_is_not_read():
    found = rehearsed("ad_analytics")["ad_analytics"]

    assert found.by_category == {"ads_read": 3, "ads_analytics": 1}


def test_the_names_of_places_are_asked_for_as_with_the_first_row():
    found = rehearsed("campaign_geo_analytics_daily")["campaign_geo_analytics_daily"]

    # the ad accounts, and two lists of names
    assert found.requests["", "ads_read"] == 1 + 2


REPORT = {"name": "mine", "level": "ad", "columns": ["CTR"]}


@pytest.mark.parametrize(
    ("changed", "rows"),
    [
        ({"granularity": "DAY"}, 3 * 15),
        ({"granularity": "TOTAL"}, 3),
        ({"granularity": "WEEK"}, 3 * 3),
        ({"granularity": "TOTAL", "targeting_types": ["GENDER"]}, 3 * 20),
    ],
)
def test_a_custom_report_has_the_entities_of_a_list_that_is_not_counted(changed, rows):
    found = rehearsed("mine", custom_reports=[{**REPORT, **changed}], backfill_days=15)["mine"]

    assert found.rows == {ACCOUNT: rows}
    assert found.by_category == {"ads_read": 1, "ads_analytics": 2}


def test_the_rows_of_entities_that_no_list_has_are_not_known():
    item = {**REPORT, "level": "keyword", "granularity": "DAY"}

    found = rehearsed("mine", custom_reports=[item])["mine"]

    assert not found.is_rows_known
    assert found.by_category["ads_analytics"] == 2


def test_what_cannot_be_planned_is_named_and_the_rest_is_planned():
    pinterest = Pinterest()
    refusal = Reply(403, {"code": 29, "message": "not permitted"})
    pinterest.faults.append(lambda path, _: refusal if path.endswith("/campaigns") else None)

    found = rehearsed("campaigns", "ads", pinterest=pinterest)

    assert "campaigns of ad account" in found["campaigns"].problem
    assert found["ads"].problem == ""
    assert found["ads"].rows.total() == 3


def test_the_work_of_an_ad_account_is_that_of_all_streams():
    found = {
        "ads": Expected(Counter({("7", "ads_read"): 2, ("", "ads_read"): 1})),
        "ad_analytics": Expected(Counter({("7", "ads_analytics"): 3})),
    }

    assert requests_by_account(found) == {
        "7": {"ads_read": 2, "ads_analytics": 3},
        "": {"ads_read": 1},
    }
