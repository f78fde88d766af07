"""Totals that lack an entity with numbers by day are found, whichever report is read first."""

from __future__ import annotations

import pytest

from source_pinterest.sync.activity import Activity

TOTALS = "ad_analytics of ad account 7"
NOTHING = ("", [])


def test_totals_that_lack_an_entity_are_found_by_the_report_that_comes_last():
    activity = Activity()

    assert activity.note_totals("7", "ad", "2026-11-09", ["1"], TOTALS) == NOTHING
    assert activity.note_days("8", "ad", "2026-11-09", ["2"]) == NOTHING
    assert activity.note_days("7", "campaign", "2026-11-09", ["2"]) == NOTHING
    assert activity.note_days("7", "ad", "2026-11-09", ["1", "2"]) == (TOTALS, ["2"])


@pytest.mark.parametrize(
    ("start", "lacking"), [("2026-11-08", NOTHING), ("2026-11-10", (TOTALS, ["2"]))]
)
def test_days_before_the_window_of_the_totals_are_not_compared(start, lacking):
    activity = Activity()
    activity.note_days("7", "ad", start, ["2"])

    assert activity.note_totals("7", "ad", "2026-11-09", ["1"], TOTALS) == lacking


@pytest.mark.parametrize("by_ads_first", [True, False])
def test_a_campaign_that_one_of_two_reports_names_is_found_in_any_order_and_once(by_ads_first):
    activity = Activity()
    reports = [["1", "2"], ["1"]]
    for ids in reports if by_ads_first else reversed(reports):
        activity.note_days("7", "campaign", "2026-11-09", ids)

    assert activity.note_totals("7", "campaign", "2026-11-09", ["1"], TOTALS) == (TOTALS, ["2"])
    assert activity.note_days("7", "campaign", "2026-11-09", ["1", "2"]) == NOTHING
