"""The rows of a pass are compared with the ad account's own totals, and read again where they differ."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from source_pinterest.records.rows import Run, TypedRows
from source_pinterest.streams.analytics.ads import (
    AdAnalytics,
    AdAnalyticsDaily,
    CampaignAnalyticsDaily,
)
from source_pinterest.streams.analytics.reconciliation import MAX_DIFFERENCES, PassSums
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import Output, read
from unit_tests.streams.pinterest import ACCOUNT, IDS, Pinterest, context

TOTAL = f"/ad_accounts/{ACCOUNT}/analytics"
CAMPAIGNS = f"/ad_accounts/{ACCOUNT}/campaigns/analytics"
ADS = f"/ad_accounts/{ACCOUNT}/ads/analytics"
COLUMN = "SPEND_IN_MICRO_DOLLAR"
DAYS = [f"2026-11-{day:02}" for day in range(9, 21)]
"""The days that are compared: of 15, all but the latest three."""
LATEST = ["2026-11-21", "2026-11-22", "2026-11-23"]
LAST = LATEST[-1]
OF_A_DAY = 1_000 * len(IDS["ads"])
CAMPAIGN_OF = {"31": "7", "32": "7", "33": "8"}


def pinterest_with(
    more: Mapping[str, float] | None = None,
    campaigns: Mapping[tuple[str, str], float] | None = None,
) -> Pinterest:
    """A Pinterest whose own total of the ad account is larger than its rows on some days; and so are its
    campaigns, by campaign and day."""
    pinterest = Pinterest()

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        days = [
            day for day in DAYS if query.get("start_date", "") <= day <= query.get("end_date", "")
        ]
        if path == TOTAL:
            more_of_a_day = more or {}
            rows = [{"DATE": day, COLUMN: OF_A_DAY + more_of_a_day.get(day, 0)} for day in days]
            return Reply(200, rows)
        if path == CAMPAIGNS:
            rows = [
                {
                    "CAMPAIGN_ID": f"C{each}",
                    "DATE": day,
                    COLUMN: 1_000 * [*CAMPAIGN_OF.values()].count(each)
                    + (campaigns or {}).get((each, day), 0),
                }
                for each in query["campaign_ids"].split(",")
                for day in days
            ]
            return Reply(200, rows)
        if "ACTIVE" not in query.get("entity_statuses", ""):
            return None
        lists = {
            f"/ad_accounts/{ACCOUNT}/ads": [
                {"id": each, "campaign_id": of} for each, of in CAMPAIGN_OF.items()
            ],
            f"/ad_accounts/{ACCOUNT}/campaigns": [{"id": "7"}, {"id": "8"}],
        }
        if path not in lists:
            return None
        asked = query.get("ad_ids") or query.get("campaign_ids")
        items = [
            {**each, "name": "a", "status": "ACTIVE"}
            for each in lists[path]
            if not asked or each["id"] in asked.split(",")
        ]
        return Reply(200, {"items": items, "bookmark": None})

    pinterest.faults.append(fault)
    return pinterest


def lose(pinterest: Pinterest, lost: set[tuple[str, str]], times: int) -> None:
    """The first answers with ads lack these rows, by id and day."""
    left = [times]

    def cut(path: str, query: dict[str, str]) -> Reply | None:
        if path != ADS or not left[0]:
            return None
        left[0] -= 1
        days = [f"2026-11-{day:02}" for day in range(9, 24)]
        rows = [
            {"AD_ID": each, "DATE": day, COLUMN: 1_000}
            for each in query["ad_ids"].split(",")
            for day in days
            if query["start_date"] <= day <= query["end_date"] and (each, day) not in lost
        ]
        return Reply(200, rows)

    pinterest.faults.insert(0, cut)


def sync(pinterest: Pinterest, state: Any = None, **options: Any) -> Output:
    return read(AdAnalyticsDaily(context(pinterest, **options)), state)


def test_rows_that_add_up_are_read_once(caplog):
    pinterest = pinterest_with()

    found = sync(pinterest)

    assert len(pinterest.asked(ADS)) == 1
    (asked,) = pinterest.asked(TOTAL)
    assert (asked["columns"], asked["granularity"]) == (COLUMN, "DAY")
    assert (asked["start_date"], asked["end_date"]) == (DAYS[0], DAYS[-1])
    assert pinterest.asked(CAMPAIGNS) == []
    assert "add up" not in caplog.text
    assert len(found.records) == 45
    assert "differs" not in found.state[ACCOUNT]


def test_a_difference_that_is_in_no_campaign_costs_one_request_and_is_kept(caplog):
    more = {"2026-11-09": 500, "2026-11-14": -250, "2026-11-20": 7}
    pinterest = pinterest_with(more)

    found = sync(pinterest)

    assert len(pinterest.asked(ADS)) == 1
    (asked,) = pinterest.asked(CAMPAIGNS)
    assert asked["columns"] == f"CAMPAIGN_ID,{COLUMN}"
    assert (
        "the rows of 3 days (the first is 2026-11-09) do not add up; they are read again."
        in caplog.text
    )
    assert (
        f"add up to 9,000 {COLUMN}, but the ad account's own total, read twice, is 9,257"
        in caplog.text
    )
    assert found.state[ACCOUNT]["differs"] == {COLUMN: more}
    assert len(found.records) == 45
    assert not found.error


def test_the_next_sync_says_and_reads_nothing_unless_it_changes(caplog):
    more = {"2026-11-14": 500}
    first = sync(pinterest_with(more))
    caplog.clear()
    same, other = pinterest_with(more), pinterest_with({"2026-11-14": 600, "2026-11-15": 7})

    second = sync(same, first.state, lookback_days=15)

    assert (len(same.asked(TOTAL)), same.asked(CAMPAIGNS)) == (1, [])
    assert "add up" not in caplog.text
    assert second.state[ACCOUNT]["differs"] == {COLUMN: more}

    third = sync(other, second.state, lookback_days=15)

    assert len(other.asked(CAMPAIGNS)) == 1
    assert "the rows of 2 days (the first is 2026-11-14) do not add up" in caplog.text
    assert third.state[ACCOUNT]["differs"] == {COLUMN: {"2026-11-14": 600, "2026-11-15": 7}}

    fourth = sync(pinterest_with(), third.state, lookback_days=15)

    assert "differs" not in fourth.state[ACCOUNT]


def test_a_difference_of_days_that_are_not_read_now_is_kept():
    first = sync(pinterest_with({"2026-11-10": 500, "2026-11-18": 7}))

    second = sync(pinterest_with({"2026-11-10": 500}), first.state, lookback_days=9)

    assert second.state[ACCOUNT]["differs"] == {COLUMN: {"2026-11-10": 500}}


def test_what_an_answer_was_lacking_is_read_again_for_its_days_and_campaigns(caplog):
    pinterest = pinterest_with()
    lose(pinterest, {("33", "2026-11-10"), ("33", "2026-11-12")}, times=1)

    found = sync(pinterest)

    _, *again = pinterest.asked(ADS)
    assert [each["ad_ids"] for each in again] == ["33"]
    assert [(each["start_date"], each["end_date"]) for each in again] == [
        ("2026-11-10", LAST)  # one request, also for the latest days, which are not compared
    ]
    keys = Counter((each["ad_id"], each["date"]) for each in found.records)
    assert len(keys) == 45
    assert {day for (_, day), count in keys.items() if count > 1} == set(LATEST)
    assert "read twice" not in caplog.text
    assert "differs" not in found.state[ACCOUNT]


def test_days_far_apart_of_many_ads_are_requests_of_their_own():
    pinterest = pinterest_with()
    lose(pinterest, {(each, day) for each in CAMPAIGN_OF for day in (DAYS[0], DAYS[-1])}, times=1)

    sync(pinterest)

    _, *again = pinterest.asked(ADS)
    assert [each["ad_ids"] for each in again] == ["31,32,33"] * 2
    assert [(each["start_date"], each["end_date"]) for each in again] == [
        (DAYS[0], DAYS[0]),
        (DAYS[-1], LAST),
    ]


def test_an_answer_that_was_cut_to_nothing_is_read_again_in_halves():
    pinterest = pinterest_with()
    lose(
        pinterest,
        {(each, f"2026-11-{d:02}") for each in CAMPAIGN_OF for d in range(9, 24)},
        times=1,
    )

    found = sync(pinterest)

    assert [each["ad_ids"] for each in pinterest.asked(ADS)] == ["31,32,33", "31,32", "33"]
    assert len(found.records) == 45


def test_what_stays_lost_is_read_twice_and_then_known(caplog):
    lost = {("33", "2026-11-10")}
    pinterest = pinterest_with()
    lose(pinterest, lost, times=9)

    found = sync(pinterest)

    assert len(pinterest.asked(ADS)) == 2
    assert "the rows of 2026-11-10 add up to 2,000" in caplog.text
    assert found.state[ACCOUNT]["differs"] == {COLUMN: {"2026-11-10": 1_000}}

    again = pinterest_with()
    lose(again, lost, times=9)
    sync(again, found.state, lookback_days=15)
    assert len(again.asked(ADS)) == 1


def test_the_report_of_campaigns_reads_its_own_days_again(caplog):
    pinterest = pinterest_with({"2026-11-14": 500})

    found = read(CampaignAnalyticsDaily(context(pinterest)))

    first, *again = pinterest.asked(CAMPAIGNS)
    assert [(each["start_date"], each["end_date"]) for each in again] == [
        ("2026-11-14", "2026-11-14"),
        (LATEST[0], LAST),
    ]
    assert {each["columns"] for each in again} == {first["columns"]}
    assert "read twice" in caplog.text
    assert found.state[ACCOUNT]["differs"][COLUMN].keys() >= {"2026-11-14"}


def test_of_many_days_the_state_keeps_the_latest_and_no_others_are_compared():
    known = {f"2026-10-{day:02}": 5 for day in range(1, MAX_DIFFERENCES)} | {"2026-11-12": 500}
    assert len(known) == MAX_DIFFERENCES
    state = sync(pinterest_with()).state
    state = {ACCOUNT: {**state[ACCOUNT], "differs": {COLUMN: known}}}
    pinterest = pinterest_with({"2026-11-12": 500, "2026-11-13": 7})

    found = sync(pinterest, state, lookback_days=15)

    kept = found.state[ACCOUNT]["differs"][COLUMN]
    assert len(kept) == MAX_DIFFERENCES
    assert [*kept][-2:] == ["2026-11-12", "2026-11-13"]


def test_an_empty_list_of_an_account_with_a_total_is_an_error():
    pinterest = pinterest_with({"2026-11-20": 7 - OF_A_DAY})
    pinterest.faults.insert(
        0,
        lambda path, _: (
            Reply(200, {"items": [], "bookmark": None}) if path.endswith("/ads") else None
        ),
    )

    found = sync(pinterest)

    assert (
        f"Pinterest lists no ad, but the ad account's own total through 2026-11-20 is {11 * OF_A_DAY + 7:,}"
        in found.error
    )


REFUSED = Reply(403, {"code": 29})


@pytest.mark.parametrize("ids", [["31"], []])
@pytest.mark.parametrize(
    "reply", [REFUSED, Reply(200, [{COLUMN: 5}]), Reply(200, [{COLUMN: 5, "DATE": "2026-11-23"}])]
)
def test_a_total_that_cannot_be_read_is_a_warning(ids, reply, caplog):
    pinterest = Pinterest()
    pinterest.faults.append(lambda path, _: reply if path == TOTAL else None)
    items = [{"id": each, "name": "a"} for each in ids]
    pinterest.faults.append(
        lambda path, _: (
            Reply(200, {"items": items, "bookmark": None}) if path.endswith("/ads") else None
        )
    )

    found = sync(pinterest)

    assert not found.error
    assert "could not be compared with the total" in caplog.text


def test_campaigns_that_cannot_be_read_are_a_warning(caplog):
    pinterest = pinterest_with({"2026-11-14": 500})
    pinterest.faults.insert(0, lambda path, _: REFUSED if path == CAMPAIGNS else None)

    found = sync(pinterest)

    assert not found.error
    assert "could not be compared with the total" in caplog.text
    assert "differs" not in found.state[ACCOUNT]


def test_reports_of_one_account_share_its_total():
    pinterest = pinterest_with()
    shared = context(pinterest)
    ones: dict[str, Any] = {}

    for report in (AdAnalyticsDaily, CampaignAnalyticsDaily):
        ones[report.__name__] = read(report(shared))

    assert len(pinterest.asked(TOTAL)) == 1
    assert all(not each.error for each in ones.values())


@pytest.mark.parametrize("is_total_first", [True, False])
def test_a_total_that_lacks_an_ad_with_numbers_by_day_is_a_warning(is_total_first, caplog):
    pinterest = pinterest_with()
    pinterest.faults.insert(
        0,
        lambda path, query: (
            Reply(200, [{"AD_ID": each, COLUMN: 9_000} for each in ("31", "33")])
            if path == ADS and query["granularity"] == "TOTAL"
            else None
        ),
    )
    shared = context(pinterest)
    streams = [AdAnalytics(shared), AdAnalyticsDaily(shared)]

    for stream in streams if is_total_first else reversed(streams):
        assert not read(stream).error

    what = f"ad_analytics of ad account {ACCOUNT}, 2026-11-09 to {LAST}"
    said = f"{what}: 1 that have numbers by day in this sync have no total (such as 32)"
    assert caplog.text.count(said) == 1


def test_a_total_of_every_ad_with_numbers_is_no_warning(caplog):
    shared = context(pinterest_with())

    for stream in (AdAnalyticsDaily(shared), AdAnalytics(shared)):
        assert not read(stream).error

    assert "have no total" not in caplog.text


def test_without_the_option_nothing_is_compared(caplog):
    caplog.set_level(logging.INFO)
    pinterest = Pinterest()

    sync(pinterest, reconcile=False)

    assert pinterest.asked(TOTAL) == []


class _Row:
    def __init__(self, ad_id: str, date: str, figure: Any) -> None:
        self.ad_id, self.date = ad_id, date
        setattr(self, COLUMN, figure)

    def get(self, name: str) -> Any:
        return getattr(self, name)


@pytest.mark.parametrize(
    "figures",
    [[1, 2, 3, 4, 5], [0.5, 2, 3.25, 4, 0], [None, "2", "n/a", float("nan"), 5]],
    ids=["whole", "fractions", "no numbers"],
)
def test_runs_of_days_have_the_sums_of_their_rows(
    figures: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source_pinterest.records.rows.TypedRow", _Row)
    keys = [
        ("31", DAYS[-2]),
        ("31", DAYS[-1]),
        ("31", LATEST[0]),
        ("32", DAYS[-2]),
        ("32", DAYS[-1]),
    ]
    rows = [_Row(*key, value) for key, value in zip(keys, figures, strict=True)]
    runs = [Run("31", [DAYS[-2], DAYS[-1], LATEST[0]]), Run("32", [DAYS[-2], DAYS[-1]])]
    by_row, by_run = PassSums(COLUMN, DAYS[-1]), PassSums(COLUMN, DAYS[-1])

    for _ in range(2):
        by_row.add(rows, "ad_id")
        by_run.add(TypedRows(rows, runs), "ad_id")

    assert by_run.by_day == by_row.by_day
    assert by_run.by_id == by_row.by_id
    assert LATEST[0] not in by_row.by_day
    assert sum(by_row.by_day.values()) == sum(by_row.by_id.values()) > 0
