"""The rows of a pass are compared with the ad account's own total, and read again where they differ."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from source_pinterest.streams.analytics.ads import AdAnalyticsDaily, CampaignAnalyticsDaily
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, IDS, Pinterest, context

COMPARED_DAYS = 12
TOTAL = f"/ad_accounts/{ACCOUNT}/analytics"


def totalling(figure: float) -> Pinterest:
    """A Pinterest whose own total of the ad account is this."""
    pinterest = Pinterest()

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        if path != TOTAL or query["granularity"] != "TOTAL":
            return None
        return Reply(200, [{"AD_ACCOUNT_ID": ACCOUNT, query["columns"]: figure}])

    pinterest.faults.append(fault)
    return pinterest


def report_requests(pinterest: Pinterest) -> list[dict[str, str]]:
    return pinterest.asked("/ads/analytics")


RIGHT = 1_000 * len(IDS["ads"]) * COMPARED_DAYS


def test_rows_that_add_up_are_read_once(caplog):
    pinterest = totalling(RIGHT)

    found = read(AdAnalyticsDaily(context(pinterest)))

    assert len(report_requests(pinterest)) == 1
    (asked,) = pinterest.asked(TOTAL)
    assert asked["columns"] == "SPEND_IN_MICRO_DOLLAR"
    assert (asked["start_date"], asked["end_date"]) == ("2026-11-09", "2026-11-20")
    assert "add up" not in caplog.text
    assert len(found.records) == 45


def test_rows_that_do_not_are_read_again_in_halves_and_both_figures_are_said(caplog):
    pinterest = totalling(RIGHT + 1_000_000)

    found = read(AdAnalyticsDaily(context(pinterest)))

    assert len(report_requests(pinterest)) == 3
    assert "the rows do not add up; they are read again." in caplog.text
    assert f"have a sum of {RIGHT:,} SPEND_IN_MICRO_DOLLAR" in caplog.text
    assert f"is {RIGHT + 1_000_000:,}, read twice" in caplog.text
    assert len(found.records) == 45  # the same rows are not emitted again
    assert not found.error


def test_what_a_cut_answer_was_lacking_is_emitted():
    pinterest = totalling(RIGHT)
    is_first = [True]

    def cut(path: str, _: dict[str, str]) -> Reply | None:
        if not path.endswith("/ads/analytics") or not is_first:
            return None
        is_first.clear()
        row = {"AD_ID": "31", "DATE": "2026-11-09", "SPEND_IN_MICRO_DOLLAR": 1_000}
        return Reply(200, [row])

    pinterest.faults.insert(0, cut)

    found = read(AdAnalyticsDaily(context(pinterest)))

    keys = {(each["ad_id"], each["date"]) for each in found.records}
    assert len(keys) == 45


def test_an_empty_list_of_an_account_with_a_total_is_an_error():
    pinterest = totalling(7)
    pinterest.faults.append(
        lambda path, _: (
            Reply(200, {"items": [], "bookmark": None}) if path.endswith("/ads") else None
        )
    )

    found = read(AdAnalyticsDaily(context(pinterest)))

    assert (
        "Pinterest lists no ad, and the ad account's own total through 2026-11-20 is 7"
        in found.error
    )


@pytest.mark.parametrize("ids", [["31"], []])
def test_a_total_that_cannot_be_read_is_a_warning(ids, caplog):
    pinterest = Pinterest()
    pinterest.faults.append(lambda path, _: Reply(403, {"code": 29}) if path == TOTAL else None)
    items = [{"id": each, "name": "a"} for each in ids]
    pinterest.faults.append(
        lambda path, _: (
            Reply(200, {"items": items, "bookmark": None}) if path.endswith("/ads") else None
        )
    )

    found = read(AdAnalyticsDaily(context(pinterest)))

    assert not found.error
    assert "could not be compared with the total" in caplog.text


def test_reports_of_one_account_share_its_total():
    pinterest = Pinterest()
    sync = context(pinterest)
    ones: dict[str, Any] = {}

    for report in (AdAnalyticsDaily, CampaignAnalyticsDaily):
        ones[report.__name__] = read(report(sync))

    assert len(pinterest.asked(TOTAL)) <= 3  # one each, and one more where the rows differ
    assert all(not each.error for each in ones.values())


def test_without_the_option_nothing_is_compared(caplog):
    caplog.set_level(logging.INFO)
    pinterest = Pinterest()

    read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert pinterest.asked(TOTAL) == []
