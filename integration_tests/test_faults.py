"""Nothing lost, whatever happens: each fault alone, in a burst, at 30 % of all requests, for ever.

`script/faults` does the same with all 16 reports and every schedule, and writes a table.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Message
from integration_tests.faults.fault_harness import (
    ALWAYS,
    BURST,
    ONCE,
    ONE,
    THIRTY,
    Schedule,
    catalog,
    tried,
)
from integration_tests.faults.faults import FAULTS, Fault
from integration_tests.faults.faults import SIZED as SIZED_PATHS

STREAMS = [
    *("pins", "campaigns", "ads", "pin_analytics", "user_account_analytics"),
    *("ad_analytics", "ad_analytics_daily", "ad_targeting_analytics"),
]
"""One of each kind."""

BY_NAME = {fault.name: fault for fault in FAULTS}
QUICK = [fault for fault in FAULTS if not fault.is_slow]
SLOW = [fault for fault in FAULTS if fault.is_slow]
SIZED = [fault for fault in FAULTS if fault.where is SIZED_PATHS and not fault.costs]
SOME = [
    BY_NAME[name]
    for name in (
        *("429, code 8, X-RateLimit-Reset: 1", "503", "HTML with 200"),
        *("JSON cut in the middle, Content-Length wrong", "reset in the middle of the body"),
        *("401 in mid-sync", "403", "400 for a bookmark", "a missing id column"),
        "a bookmark that points to itself",
    )
]


@pytest.fixture(scope="module")
def some_streams(discovered: list[dict[str, Any]]) -> Message:
    return catalog(discovered, STREAMS)


def named(faults: list[Fault]) -> Any:
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.name)


def schedules(*chosen: Schedule) -> Any:
    return pytest.mark.parametrize("schedule", chosen, ids=lambda schedule: schedule.name)


@pytest.mark.parametrize(
    ("fault", "schedule"),
    [
        pytest.param(fault, schedule, id=f"{fault.name}-{schedule.name}")
        for fault in QUICK
        for schedule in ((ONCE,) if fault.harmless or fault.costs else (ONCE, THIRTY))
    ],
)
def test_a_fault_loses_nothing_or_is_reported(fault, schedule, some_streams):
    verdict = tried(fault, schedule, some_streams)

    assert verdict.problems == []
    assert verdict.hits or fault.connect
    assert verdict.lost_in_the_end == 0


@schedules(BURST, ONE, ALWAYS)
@named(SOME)
def test_a_burst_or_an_account_in_trouble_loses_nothing_or_is_reported(
    fault, schedule, some_streams
):
    verdict = tried(fault, schedule, some_streams)

    assert verdict.problems == []
    assert verdict.lost_in_the_end == 0


@named(SIZED)
def test_a_request_that_is_too_large_or_too_slow_is_halved_and_the_smaller_size_kept(
    fault, discovered
):
    streams = ["ad_analytics", "ad_analytics_daily", "ad_targeting_analytics"]
    verdict = tried(fault, ALWAYS, catalog(discovered, streams))

    assert verdict.problems == []
    assert verdict.ended == "COMPLETE"
    assert verdict.requests < 300


@named(SLOW)
def test_an_answer_that_does_not_come_in_time_is_asked_for_again(fault, discovered):
    verdict = tried(fault, ONCE, catalog(discovered, ["campaigns", "ad_analytics_daily"]))

    assert verdict.problems == []
    assert verdict.hits
    assert verdict.ended == "COMPLETE"


@pytest.mark.parametrize("spend", ["12.5", "n/a", None, [], float("nan")])
def test_an_ad_accounts_total_of_another_type_does_not_fail_the_report(
    spend, pinterest, discovered
):
    body = json.dumps([{"DATE": "2026-11-01", "SPEND_IN_DOLLAR": spend}])
    pinterest.fault = lambda request: (
        (200, body, {})
        if request.operation == "GET /ad_accounts/{ad_account_id}/analytics"
        else None
    )

    output = connector(pinterest).read(catalog(discovered, ["ad_analytics_daily"]))

    assert output.statuses == {"ad_analytics_daily": "COMPLETE"}
    assert "do not add up" in output.logs
