"""An array that was cut and closed leaves no trace, but the ad account's own total knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World

WINDOW = {"today": date(2026, 11, 24), "start": date(2026, 8, 27), "end": date(2026, 11, 23)}
ADS = "GET /ad_accounts/{ad_account_id}/ads/analytics"
ACCOUNT = "GET /ad_accounts/{ad_account_id}/analytics"
CAMPAIGNS = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"
FIELDS = ["campaign_id", "ad_group_id", "ad_id", "date", "SPEND_IN_MICRO_DOLLAR", "CTR"]


@pytest.fixture
def catalog(discovered) -> dict[str, Any]:
    fields = {"ad_analytics_daily": FIELDS}
    return configured(discovered, ["ad_analytics_daily"], fields=fields)


def cutting(pinterest: FakePinterest, times: int, kept: slice = slice(-40)) -> Any:
    """A fault: the report of the first ad account loses its last 40 rows, so many times."""
    left = [times]

    def fault(request: Request) -> Any:
        if request.operation != ADS or "549755885175" not in request.path or not left[0]:
            return None
        if request.params["start_date"] == ["2026-08-26"]:  # which is refused
            return None
        left[0] -= 1
        world, params = pinterest.world, request.params
        body = world.analytics(
            "ad",
            "549755885175",
            ",".join(params["ad_ids"]).split(","),
            start=date.fromisoformat(params["start_date"][0]),
            end=date.fromisoformat(params["end_date"][0]),
            today=pinterest.today,
            granularity="DAY",
            columns=params["columns"][0].split(","),
        )
        return 200, orjson.dumps(list(body)[kept]), {"Content-Type": "application/json"}

    return fault


def merged(output: Output) -> list[dict[str, Any]]:
    table = {}
    for record in output.records("ad_analytics_daily"):
        table[record["ad_id"], record["date"]] = record
    return list(table.values())


def requests_of(pinterest: FakePinterest, operation: str) -> int:
    """That are answered."""
    return sum(
        request.operation == operation and request.status == 200 for request in pinterest.requests
    )


def test_rows_that_add_up_cost_one_request_an_ad_account(pinterest, catalog):
    output = connector(pinterest).read(catalog)

    assert requests_of(pinterest, ACCOUNT) == 3
    assert requests_of(pinterest, ADS) == 3
    assert "add up" not in output.logs
    columns = {c for r in pinterest.requests if r.operation == ACCOUNT for c in r.params["columns"]}
    assert columns == {"SPEND_IN_MICRO_DOLLAR"}


def test_reports_of_the_same_days_and_column_are_compared_with_one_total(pinterest, everything):
    levels = ["campaign", "ad_group", "ad"]
    fields = {f"{each}_analytics_daily": [f"{each}_id", "date", FIELDS[4]] for each in levels}

    connector(pinterest).read(configured(everything, fields, fields=fields))

    assert requests_of(pinterest, ACCOUNT) == 3


def test_an_answer_that_was_cut_short_is_noticed_and_read_again(pinterest, catalog):
    pinterest.fault = cutting(pinterest, times=1)

    output = connector(pinterest).read(catalog)

    expected = rows(pinterest.world, "ad_analytics_daily", columns=FIELDS, **WINDOW)
    comparison = compare(expected, merged(output), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    assert output.statuses == {"ad_analytics_daily": "COMPLETE"}
    assert "ad account 549755885175, 2026-08-27 to 2026-11-23: the rows of " in output.logs
    assert "do not add up; they are read again." in output.logs
    # once more, and only where the total differed
    assert requests_of(pinterest, ACCOUNT) == 3
    assert requests_of(pinterest, CAMPAIGNS) == 1
    assert 3 < requests_of(pinterest, ADS) <= 3 + 2
    assert "read twice" not in output.logs


def test_an_answer_that_was_cut_to_nothing_is_read_again_too(pinterest, catalog):
    pinterest.fault = cutting(pinterest, times=1, kept=slice(0))

    output = connector(pinterest).read(catalog)

    expected = rows(pinterest.world, "ad_analytics_daily", columns=FIELDS, **WINDOW)
    comparison = compare(expected, output.records("ad_analytics_daily"), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    assert "read twice" not in output.logs


def test_broken_json_while_reading_again_is_asked_for_once_more(pinterest, catalog):
    cut = cutting(pinterest, times=1)
    answered = []

    def fault(request: Request) -> Any:
        if request.operation == ADS and "549755885175" in request.path:
            answered.extend([request] if request.params["start_date"] > ["2026-08-26"] else [])
            if len(answered) == 2:
                return 200, b'[{"AD_ID": }]', {"Content-Type": "application/json"}
        return cut(request)

    pinterest.fault = fault

    output = connector(pinterest).read(catalog)

    expected = rows(pinterest.world, "ad_analytics_daily", columns=FIELDS, **WINDOW)
    comparison = compare(expected, merged(output), ["ad_id", "date"])
    assert comparison.same, str(comparison)
    assert output.exit_code == 0


def test_a_lasting_difference_is_reported_with_both_figures(pinterest, catalog):
    pinterest.fault = cutting(pinterest, times=9)

    output = connector(pinterest).read(catalog)

    (line,) = [line for line in output.logs.splitlines() if "read twice" in line]
    assert line.startswith("WARN ad_analytics_daily of ad account 549755885175")
    assert "add up to" in line
    assert "SPEND_IN_MICRO_DOLLAR, but the ad account's own total, read twice, is" in line
    assert output.exit_code == 0


SPENT_ELSEWHERE = {"2026-09-03": 5_000_000, "2026-10-10": 7_000_000, "2026-11-15": 1_000_000}
"""Micro-dollars by day that no entity of the lists has."""


def spent_elsewhere(pinterest: FakePinterest) -> Any:
    """A fault: the ad account's own totals have more."""

    def fault(request: Request) -> Any:
        if request.operation != ACCOUNT or request.params["start_date"] == ["2026-08-26"]:
            return None
        account = request.path.split("/")[-2]
        days = {each: request.params[each][0] for each in ("start_date", "end_date")}
        body = pinterest.world.analytics(
            "ad_account",
            account,
            [account],
            start=date.fromisoformat(days["start_date"]),
            end=date.fromisoformat(days["end_date"]),
            today=pinterest.today,
            granularity="DAY",
            columns=["SPEND_IN_MICRO_DOLLAR"],
        )
        rows = {row["DATE"]: dict(row) for row in body}
        for day, more in SPENT_ELSEWHERE.items():
            if days["start_date"] <= day <= days["end_date"]:
                row = rows.setdefault(day, {"DATE": day, "AD_ACCOUNT_ID": account})
                row["SPEND_IN_MICRO_DOLLAR"] = (row.get("SPEND_IN_MICRO_DOLLAR") or 0) + more
        return 200, orjson.dumps([*rows.values()]), {"Content-Type": "application/json"}

    return fault


def lost_of_an_ad(pinterest: FakePinterest) -> Any:
    """A fault: reports of ads lack one ad's rows of these days, each time."""

    def fault(request: Request) -> Any:
        if request.operation != ADS or request.params["start_date"] == ["2026-08-26"]:
            return None
        params, account = request.params, request.path.split("/")[-3]
        world = pinterest.world
        ad = world.accounts[account].ads[0]["id"]
        body = world.analytics(
            "ad",
            account,
            ",".join(params["ad_ids"]).split(","),
            start=date.fromisoformat(params["start_date"][0]),
            end=date.fromisoformat(params["end_date"][0]),
            today=pinterest.today,
            granularity="DAY",
            columns=params["columns"][0].split(","),
        )
        rows = [
            r
            for r in body
            if (str(r["AD_ID"]), r["DATE"][8:]) != (ad, "10") or r["DATE"] > "2026-11-20"
        ]
        return 200, orjson.dumps(rows), {"Content-Type": "application/json"}

    return fault


@pytest.mark.parametrize("difference", [spent_elsewhere, lost_of_an_ad])
def test_a_difference_that_stays_costs_few_requests_once(difference, everything, adjust):
    """5,000 ads in 50 campaigns: at most 5 % more requests, and none in the second sync.

    1,000 ads in batches of 50 are 5,000 ads in batches of 250.
    """
    adjust(ids_per_report=50, page_size=50)
    world = World(ad_accounts=1, campaigns=50, ad_groups=4, ads=5, pins=1, boards=1)
    fields = {"ad_analytics_daily": ["ad_id", "date", "SPEND_IN_MICRO_DOLLAR"]}
    catalog = configured(everything, fields, fields=fields)
    with FakePinterest(world) as pinterest:
        source = connector(pinterest, lookback_days=90)
        right = source.read(catalog)
        without = len(pinterest.requests)
        pinterest.fault = difference(pinterest)
        pinterest.requests.clear()
        first = source.read(catalog)
        with_difference = len(pinterest.requests)
        pinterest.requests.clear()
        second = source.read(catalog, first.last_states)
        again = len(pinterest.requests)

    assert right.statuses == first.statuses == second.statuses == {"ad_analytics_daily": "COMPLETE"}
    assert first.logs.count("read twice") == 1
    assert "add up" not in second.logs
    assert without < with_difference <= 1.05 * without
    assert again <= without
    kept = next(iter(second.states("ad_analytics_daily")[-1].values()))["differs"]
    assert 1 <= len(kept["SPEND_IN_MICRO_DOLLAR"]) <= 3


def test_it_can_be_switched_off(pinterest, catalog):
    connector(pinterest, reconcile=False).read(catalog)

    assert requests_of(pinterest, ACCOUNT) == 0


def test_without_a_column_that_adds_up_there_is_nothing_to_compare(pinterest, discovered):
    fields = {"ad_analytics_daily": ["ad_id", "date", "CTR"]}

    connector(pinterest).read(configured(discovered, ["ad_analytics_daily"], fields=fields))

    assert requests_of(pinterest, ACCOUNT) == 0


def test_a_total_that_cannot_be_read_does_not_fail_the_report(pinterest, catalog):
    def refuse(request: Request) -> Any:
        if request.operation == ACCOUNT:
            return 403, {"code": 29, "message": "no"}, {}
        return None

    pinterest.fault = refuse

    output = connector(pinterest).read(catalog)

    assert output.statuses == {"ad_analytics_daily": "COMPLETE"}
    assert output.logs.count("could not be compared with the total") == 3


def test_the_rest_of_a_pass_that_was_cut_off_is_not_compared(pinterest, catalog, adjust):

    adjust(ids_per_report=7)
    whole = connector(pinterest, ad_account_ids=["549755885175"]).read(catalog)
    state = [message["state"] for message in whole.messages if message["type"] == "STATE"][1]
    pinterest.requests.clear()

    connector(pinterest, ad_account_ids=["549755885175"]).read(catalog, [state])

    assert requests_of(pinterest, ADS) == 2
    assert requests_of(pinterest, ACCOUNT) == 0
