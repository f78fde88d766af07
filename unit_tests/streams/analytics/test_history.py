"""Days before those of synchronous reports: behind the younger ones, back in time, the rows alike."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.streams.analytics.ads import AdAnalyticsDaily
from source_pinterest.streams.analytics.targeting import AdTargetingAnalyticsDaily
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.analytics.test_async_reports import Reports
from unit_tests.streams.pinterest import ACCOUNT, context

START = "2026-08-01"


class AdReports(Reports):
    """Reports of ads by day, or by breakdown."""

    def rows(self, body: dict[str, Any]) -> dict[str, Any]:
        row = {"AD_ID": 31, "DATE": body["start_date"], "SPEND_IN_MICRO_DOLLAR": 7}
        types = body.get("targeting_types", [])
        if not types:
            return {"31": [row]}
        values = [{"TARGETING_TYPE": each, "TARGETING_VALUE": "a value"} for each in types]
        return {"31": [{**row, **each} for each in values]}


OPTIONS = {"start_date": START, "reconcile": False}
SELECTED = ("ad_id", "date", "SPEND_IN_MICRO_DOLLAR")


def test_the_older_days_come_behind_the_younger_ones_and_since_moves_back():
    pinterest = AdReports()

    found = read(AdAnalyticsDaily(context(pinterest, **OPTIONS)), selected=SELECTED)

    (body,) = pinterest.bodies
    assert (body["start_date"], body["end_date"]) == (START, "2026-08-25")
    assert (body["level"], body["granularity"]) == ("PIN_PROMOTION", "DAY")
    assert body["columns"] == ["AD_ID", "SPEND_IN_MICRO_DOLLAR"]
    assert found.records[-1] == {
        "ad_account_id": ACCOUNT,
        "currency": "EUR",
        "ad_id": "31",
        "date": START,
        "SPEND_IN_MICRO_DOLLAR": 7,
    }
    assert found.state[ACCOUNT]["since"] == START
    assert not found.error


def test_a_report_of_a_breakdown_has_rows_like_those_of_synchronous_reports():
    pinterest = AdReports()
    options = {**OPTIONS, "targeting_types": ["GENDER"]}

    found = read(AdTargetingAnalyticsDaily(context(pinterest, **options)), selected=SELECTED)

    assert pinterest.bodies[0]["level"] == "PIN_PROMOTION_TARGETING"
    assert pinterest.bodies[0]["targeting_types"] == ["GENDER"]
    young, old = found.records[0], found.records[-1]
    assert young.keys() == old.keys()
    assert (old["date"], old["targeting_type"], old["targeting_raw_value"]) == (
        *(START, "GENDER"),
        "a value",
    )


def test_the_next_sync_does_not_read_them_again(caplog):
    caplog.set_level(logging.INFO)
    first = read(AdAnalyticsDaily(context(AdReports(), **OPTIONS)), selected=SELECTED)
    pinterest = AdReports()

    read(AdAnalyticsDaily(context(pinterest, **OPTIONS)), first.state, selected=SELECTED)

    assert pinterest.bodies == []


@pytest.mark.parametrize("report", [AdAnalyticsDaily, AdTargetingAnalyticsDaily])
def test_the_cdk_reads_them_too(report):
    sync = context(AdReports(), **OPTIONS, targeting_types=["GENDER"])

    days = {each["date"] for each in report(sync).read_records(None)}

    assert START in days
    assert "2026-11-23" in days


def test_rows_of_one_key_with_different_values_are_refused():
    pinterest = AdReports()
    (key, (row,)) = next(iter(pinterest.rows({"start_date": START}).items()))
    pinterest.contents = [{key: [row, {**row, "SPEND_IN_MICRO_DOLLAR": 8}]}]

    found = read(AdAnalyticsDaily(context(pinterest, **OPTIONS)), selected=SELECTED)

    assert "with different values" in found.error


def test_a_report_has_no_more_cells_than_are_read_in_a_minute():
    """Three ads and two columns; the state moves behind each report."""
    pinterest = AdReports()
    limits = replace(LIMITS, cells_per_report=3 * 2 * 10)

    found = read(AdAnalyticsDaily(context(pinterest, limits=limits, **OPTIONS)), selected=SELECTED)

    days = [(body["start_date"], body["end_date"]) for body in pinterest.bodies]
    assert days == [
        ("2026-08-16", "2026-08-25"),
        ("2026-08-06", "2026-08-15"),
        (START, "2026-08-05"),
    ]
    since = [state[ACCOUNT].get("since") for state in found.states]
    assert {"2026-08-26", "2026-08-16", "2026-08-06", START} <= set(since)
