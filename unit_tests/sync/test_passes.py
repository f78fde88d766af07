"""Which passes bring an ad account up to date in a custom report: by day, whole periods, each once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from source_pinterest.sync.passes import plan_passes
from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import Window
from source_pinterest.sync.state import AccountState

TODAY = date(2026, 11, 24)  # a Tuesday
YESTERDAY = date(2026, 11, 23)


def calendar(granularity: str = "DAY", back: int = 914, most: int = 186) -> dict[str, Any]:
    first_available = TODAY - timedelta(days=back)
    return {"granularity": granularity, "first_available": first_available, "max_days": most}


def wanted(
    divided: dict[str, Any] | None = None, start: date = date(2025, 1, 1), **fields: Any
) -> ReadRequest:
    made = {"today": TODAY, "backfill_days": 90, "lookback_days": 30, "fingerprint": "q", **fields}
    return ReadRequest(start=start, is_by_day=True, **made, **(divided or calendar()))


def planned(entry: Any, divided: dict[str, Any], **fields: Any) -> list[str]:
    found, _ = plan_passes(AccountState(entry), wanted(divided, **fields))
    return [f"{each.window.start} {each.window.end} since {each.since}" for each in found]


def test_a_first_read_goes_from_the_first_day_to_yesterday():
    assert planned(None, calendar()) == ["2025-01-01 2026-11-23 since 2025-01-01"]
    assert planned(None, calendar("MONTH"), start=date(2025, 1, 15)) == [
        "2025-01-01 2026-11-23 since 2025-01-01"
    ]


DONE = {"question": "q", "since": "2025-01-01", "date": "2026-11-22"}


@pytest.mark.parametrize(
    ("granularity", "lookback", "window"),
    [
        ("DAY", 30, "2026-10-24 2026-11-23"),
        ("DAY", 0, "2026-11-23 2026-11-23"),
        ("WEEK", 30, "2026-10-19 2026-11-23"),
        ("WEEK", 0, "2026-11-23 2026-11-23"),
        ("MONTH", 30, "2026-10-01 2026-11-23"),
        ("MONTH", 0, "2026-11-01 2026-11-23"),
    ],
)
def test_the_next_read_reads_whole_periods_again(granularity, lookback, window):
    mine = calendar(granularity)
    done = {**DONE, "since": str(wanted(mine).window.start)}

    found = planned(done, mine, lookback_days=lookback)

    assert found == [f"{window} since {window.split()[0]}"]


def test_by_the_hour_no_more_than_eight_days_are_read_again():
    assert planned(DONE, calendar("HOUR", back=8, most=3)) == [
        "2026-11-16 2026-11-23 since 2026-11-16"
    ]


def test_a_total_is_read_whole_every_time():
    assert planned(DONE, calendar("TOTAL"), lookback_days=None, start=date(2026, 8, 26)) == [
        "2026-08-26 2026-11-23 since 2026-08-26"
    ]


def test_an_earlier_first_day_than_before_is_read_from_there():
    assert planned(DONE, calendar(), start=date(2024, 12, 1)) == [
        "2024-12-01 2026-11-23 since 2024-12-01"
    ]


def test_days_before_the_first_are_not_read_again():
    entry = {**DONE, "since": "2026-11-10"}

    assert planned(entry, calendar(), start=date(2026, 11, 10)) == [
        "2026-11-10 2026-11-23 since 2026-11-10"
    ]


def test_days_that_are_gone_are_reported():
    entry = {"question": "q", "since": "2026-09-01", "date": "2026-11-10"}

    found, warnings = plan_passes(AccountState(entry), wanted(calendar("HOUR", back=8, most=3)))

    assert [str(each.window.start) for each in found] == ["2026-11-16"]
    assert warnings[0].startswith("the days 2026-11-11 to 2026-11-15 were never read")


def test_a_state_of_years_ahead_reads_nothing_and_says_so():
    found, (warning,) = plan_passes(
        AccountState({**DONE, "date": "2999-01-01"}), wanted(calendar())
    )

    assert found == []
    assert warning.startswith("its state says that it was read up to 2999-01-01")


def test_a_state_of_days_to_come_is_void():
    found, (warning,) = plan_passes(
        AccountState({**DONE, "date": "2026-12-01"}), wanted(calendar())
    )

    assert [str(each.window.start) for each in found] == ["2025-01-01"]
    assert warning.startswith("its state names days in the future")


def test_another_fingerprint_reads_everything_again():
    found, (warning,) = plan_passes(AccountState({**DONE, "question": "other"}), wanted(calendar()))

    assert str(found[0].window.start) == "2025-01-01"
    assert warning.startswith("the report has changed")


def test_a_pass_that_was_cut_off_goes_on_behind_what_is_read():
    entry = AccountState().after_days(
        wanted(), Window(date(2025, 1, 1), date(2025, 7, 5)), date(2025, 1, 1), YESTERDAY
    )

    assert entry == {
        "question": "q",
        "sweep": {"since": "2025-01-01", "start": "2025-07-06", "end": "2026-11-23"},
    }
    for fields in ({}, {"resumes_only": True}):
        assert planned(entry, calendar(), **fields) == ["2025-07-06 2026-11-23 since 2025-01-01"]
    end = AccountState(entry).after_days(
        wanted(), Window(date(2026, 7, 13), YESTERDAY), date(2025, 1, 1), YESTERDAY
    )
    assert end == {
        "question": "q",
        "since": "2025-01-01",
        "date": "2026-11-23",
        "sweep": {"start": "2025-01-01", "end": "2026-11-23", "done": True},
    }
    assert planned(end, calendar()) == []
    assert planned(end, calendar(), resumes_only=True) == []


def test_a_pass_that_was_cut_off_yesterday_is_followed_by_one_to_the_newest_day():
    sweep = {"since": "2025-01-01", "start": "2026-07-13", "end": "2026-11-22"}

    assert planned({"question": "q", "sweep": sweep}, calendar()) == [
        "2026-07-13 2026-11-22 since 2025-01-01",
        "2026-10-24 2026-11-23 since 2026-10-24",
    ]


def test_the_next_read_keeps_since_and_moves_the_date():
    start = date(2026, 10, 24)

    assert AccountState(DONE).after_days(wanted(), Window(start, YESTERDAY), start, YESTERDAY) == {
        "question": "q",
        "since": "2025-01-01",
        "date": "2026-11-23",
        "sweep": {"start": "2026-10-24", "end": "2026-11-23", "done": True},
    }
