"""`reporting_timezone`: reports with the days of each ad account's own time zone, through the real entry point.

The fake's ad accounts: 549755885175 in Los Angeles, 549756933748 without a time zone, 549757982321 in Tokyo.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Connector, Output, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.metrics import Attribution

LOS_ANGELES, NOWHERE, TOKYO = "549755885175", "549756933748", "549757982321"
ACCOUNTS = [LOS_ANGELES, NOWHERE, TOKYO]
OWN = "AD_ACCOUNT_TIME_ZONE"
FIELDS = [
    *("ad_id", "ad_account_id", "campaign_id", "ad_group_id", "date"),
    *("SPEND_IN_MICRO_DOLLAR", "TOTAL_CHECKOUT"),
]
DAILY = {"ad_analytics_daily": FIELDS}
KEY = ["ad_id", "date"]
CUSTOM = {
    "name": "by_campaign",
    "level": "campaign",
    "columns": ["SPEND_IN_MICRO_DOLLAR"],
    "start_date": "2026-11-20",
}


def at(pinterest: FakePinterest, now: str, **config: Any) -> Connector:
    made = connector(pinterest, reporting_timezone=OWN, backfill_days=20, **config)
    return Connector(made.config, now=now)


def read(pinterest: FakePinterest, now: str, everything: Any, state: Any = ()) -> Output:
    catalog = configured(everything, DAILY, fields=DAILY)
    return at(pinterest, now).read(catalog, state)


def expected(first_and_last: dict[str, tuple[str, str]], today: str) -> list[dict[str, Any]]:
    """The rows of the days of their own zones, by ad account."""
    return [
        row
        for account, (first, last) in first_and_last.items()
        for row in rows(
            World(),
            "ad_analytics_daily",
            today=date.fromisoformat(today),
            start=date.fromisoformat(first),
            end=date.fromisoformat(last),
            columns=FIELDS,
            attribution=Attribution(own_zone=True),
            ad_account_ids=[account],
        )
    ]


def granted(day: str) -> FakePinterest:
    return FakePinterest(World(), today=date.fromisoformat(day), own_zones="granted")


def test_each_account_is_read_to_its_own_yesterday(everything):
    """At 20 UTC it is the next day in Tokyo, and noon in Los Angeles."""
    with granted("2026-11-24") as pinterest:
        output = read(pinterest, "2026-11-24T20:00:00+00:00", everything)

    assert output.statuses == {"ad_analytics_daily": "COMPLETE"}, output.errors
    days = {
        LOS_ANGELES: ("2026-11-04", "2026-11-23"),
        NOWHERE: ("2026-11-04", "2026-11-23"),
        TOKYO: ("2026-11-05", "2026-11-24"),
    }
    comparison = compare(expected(days, "2026-11-24"), output.records("ad_analytics_daily"), KEY)
    assert comparison.same, comparison
    state = output.states("ad_analytics_daily")[-1]
    assert {account: state[account]["date"] for account in ACCOUNTS} == {
        account: last for account, (_, last) in days.items()
    }
    assert f"does not say the time zone of ad account {NOWHERE}" in output.logs


def test_the_next_sync_goes_on_from_each_accounts_own_day(everything):
    """At 3 UTC it is still yesterday in Los Angeles, and in the last time zone on earth."""
    with granted("2026-11-24") as pinterest:
        first = read(pinterest, "2026-11-24T20:00:00+00:00", everything)
    with granted("2026-11-26") as pinterest:
        output = read(pinterest, "2026-11-26T03:00:00+00:00", everything, first.last_states)

    state = output.states("ad_analytics_daily")[-1]
    assert {account: state[account]["date"] for account in ACCOUNTS} == {
        LOS_ANGELES: "2026-11-24",
        NOWHERE: "2026-11-24",
        TOKYO: "2026-11-25",
    }
    days = {
        LOS_ANGELES: ("2026-10-25", "2026-11-24"),
        NOWHERE: ("2026-10-25", "2026-11-24"),
        TOKYO: ("2026-10-26", "2026-11-25"),
    }
    comparison = compare(expected(days, "2026-11-26"), output.records("ad_analytics_daily"), KEY)
    assert comparison.same, comparison


@pytest.mark.parametrize("stream", ["campaign_analytics_daily", "campaign_conversions_daily"])
def test_an_account_that_is_refused_fails_alone_and_the_next_sync_reads_it(stream, everything):
    """Synchronous and asynchronous reports; the days are verified with the account that is refused."""
    key = ["campaign_id", "date"]
    catalog = configured(everything, [stream], fields={stream: [*key, "ad_account_id"]})

    def fault(request: Request) -> Any:
        is_refused = request.path.startswith(f"/ad_accounts/{TOKYO}/")
        return (403, {"code": 29, "message": "Not permitted."}, {}) if is_refused else None

    now = "2026-11-24T20:00:00+00:00"
    with granted("2026-11-24") as pinterest:
        whole = at(pinterest, now).read(catalog)
        pinterest.fault = fault
        refused = at(pinterest, now).read(catalog)
        pinterest.fault = None
        again = at(pinterest, now).read(catalog, refused.last_states)

    def of(output: Output, *accounts: str) -> list[dict[str, Any]]:
        return [row for row in output.records(stream) if row["ad_account_id"] in accounts]

    assert refused.statuses == {stream: "INCOMPLETE"}
    assert f"{stream} of ad account {TOKYO}" in refused.errors[0]["message"]
    rest = of(whole, LOS_ANGELES, NOWHERE)
    assert rest
    assert compare(rest, refused.records(stream), key).same
    assert of(whole, TOKYO)
    assert compare(of(whole, TOKYO), of(again, TOKYO), key).same
    assert again.statuses == {stream: "COMPLETE"}


def test_another_time_zone_reads_the_window_again(everything):
    """Days of another zone are other numbers, so the fingerprint of the state differs."""
    catalog = configured(everything, DAILY, fields=DAILY)
    with granted("2026-11-24") as pinterest:
        utc = connector(pinterest, backfill_days=20).read(catalog)
        output = read(pinterest, "2026-11-24T12:00:00+00:00", everything, utc.last_states)

    assert "so the whole window is read again" in output.logs
    assert {each["date"] for each in output.records("ad_analytics_daily")} >= {"2026-11-05"}


def test_reports_of_all_kinds_ask_for_these_days(everything):
    names = [
        "campaign_analytics",
        "campaign_targeting_analytics_daily",
        "ad_account_analytics_daily",
    ]
    fields = {
        name: ["campaign_id", "ad_account_id", "SPEND_IN_MICRO_DOLLAR", "targeting_raw_value"]
        for name in names
    }
    fields = {
        name: [each for each in of if each in stream["json_schema"]["properties"]]
        for name, of in fields.items()
        for stream in everything
        if stream["name"] == name
    }
    with granted("2026-11-24") as pinterest:
        moved = at(
            pinterest,
            "2026-11-24T12:00:00+00:00",
            custom_reports=[CUSTOM],
            start_date="2026-08-01",
            targeting_types=["GENDER"],
        )
        catalog = configured(moved.discover().catalog, [*names, "by_campaign"], fields=fields)
        output = moved.read(catalog)
        reports = [
            each
            for each in pinterest.requests
            if each.category == "ads_analytics"
            and each.method == "GET"
            and "token" not in each.params
        ]
        posts = [each for each in pinterest.requests if each.method == "POST"]

    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    in_utc = [each.path for each in reports if "reporting_timezone" not in each.params]
    assert in_utc == [f"/ad_accounts/{TOKYO}/analytics"]  # to compare with
    assert posts
    assert {each.json["reporting_timezone"] for each in posts} == {OWN}


@pytest.mark.parametrize("custom_reports", [[], [CUSTOM]], ids=["built in", "custom"])
def test_a_refusal_is_reported_before_anything_is_read(custom_reports):
    with FakePinterest(World(), own_zones="refused") as pinterest:
        moved = at(pinterest, "2026-11-24T12:00:00+00:00", custom_reports=custom_reports)
        names = ["campaigns", *([each["name"] for each in custom_reports] or DAILY)]
        output = moved.read(configured(moved.discover().catalog, names))
        check = moved.check()
        reports = [each for each in pinterest.requests if each.category == "ads_analytics"]

    assert output.statuses == {"campaigns": "COMPLETE", names[1]: "INCOMPLETE"}
    assert output.records(names[1]) == []
    message = output.errors[0]["message"]
    assert "does not give this app the days of the ad accounts' own time zones" in message
    assert "Set `reporting_timezone` to PINTEREST_TIME_ZONE" in message
    assert output.errors[0]["failure_type"] == "config_error"
    assert check.connection_status["status"] == "FAILED"
    assert "the ad accounts' own time zones" in check.connection_status["message"]
    assert all(each.path.endswith(f"{TOKYO}/analytics") for each in reports[:2])


def test_days_that_are_pinterests_all_the_same_are_warned_of(everything):
    with FakePinterest(World(), own_zones="ignored") as pinterest:
        output = read(pinterest, "2026-11-24T12:00:00+00:00", everything)

    assert "Pinterest may have ignored `reporting_timezone`" in output.logs


def test_a_granted_time_zone_is_confirmed_by_check():
    with granted("2026-11-24") as pinterest:
        check = at(pinterest, "2026-11-24T12:00:00+00:00").check()

    assert check.connection_status["status"] == "SUCCEEDED"
    assert "have the days of each ad account's own time zone" in check.logs


def test_final_days_are_not_known_in_another_time_zone():
    with granted("2026-11-24") as pinterest:
        moved = at(pinterest, "2026-11-24T12:00:00+00:00", metrics_final=True)
        output = moved.read(
            configured(moved.discover().catalog, DAILY, fields={"ad_analytics_daily": KEY})
        )
        asked = [each.path for each in pinterest.requests if "metrics_ready_state" in each.path]

    assert asked == []
    assert "`metrics_final` has no effect with `reporting_timezone`" in output.logs
