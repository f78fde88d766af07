"""Which days a custom report asks for: whole periods, ascending, each once."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from source_pinterest.sync.report_periods import Calendar, advance, passes
from source_pinterest.sync.slices import Window
from source_pinterest.sync.state import ReadRequest

TODAY = date(2026, 11, 24)  # a Tuesday
YESTERDAY = date(2026, 11, 23)


def calendar(granularity: str = "DAY", back: int = 914, most: int = 186) -> Calendar:
    return Calendar(granularity, TODAY - timedelta(days=back), YESTERDAY, most)


def wanted(start: date | None = date(2025, 1, 1), **fields: Any) -> ReadRequest:
    made = {"today": TODAY, "backfill_days": 90, "lookback_days": 30, "fingerprint": "q", **fields}
    return ReadRequest(start=start, **made)


def texts(windows: Any) -> list[str]:
    return [f"{window.start} {window.end}" for window in windows]


# --- The calendar ---


def test_days_are_asked_for_as_many_at_once_as_pinterest_allows():
    found = list(calendar().windows(Window(date(2025, 1, 1), YESTERDAY)))

    assert texts(found) == [
        "2025-01-01 2025-07-05",
        "2025-07-06 2026-01-07",
        "2026-01-08 2026-07-12",
        "2026-07-13 2026-11-23",
    ]
    assert {window.days for window in found[:-1]} == {186}


@pytest.mark.parametrize(
    ("granularity", "most", "start", "expected"),
    [
        ("HOUR", 3, "2026-11-17", ["2026-11-17 2026-11-19", "2026-11-20 2026-11-22", "2026-11-23 2026-11-23"]),
        ("WEEK", 31, "2026-10-05", ["2026-10-05 2026-11-01", "2026-11-02 2026-11-23"]),
        ("MONTH", 31, "2026-09-01", ["2026-09-01 2026-09-30", "2026-10-01 2026-10-31", "2026-11-01 2026-11-23"]),
        ("MONTH", 186, "2026-01-01", ["2026-01-01 2026-06-30", "2026-07-01 2026-11-23"]),
        ("DAY", 186, "2026-11-23", ["2026-11-23 2026-11-23"]),
    ],
)  # fmt: skip
def test_a_request_has_whole_periods_and_no_more_days_than_allowed(
    granularity, most, start, expected
):
    window = Window(date.fromisoformat(start), YESTERDAY)

    found = list(calendar(granularity, most=most).windows(window))

    assert texts(found) == expected
    assert all(each.days <= most for each in found)


@pytest.mark.parametrize(
    ("granularity", "most"),
    [
        *(("DAY", most) for most in (3, 31, 186)),
        *(("HOUR", most) for most in (3, 31, 186)),
        *((period, most) for period in ("WEEK", "MONTH") for most in (31, 186)),
    ],
)
def test_the_windows_of_any_range_cover_it_once(granularity, most):
    mine = calendar(granularity, most=most)
    for back in range(1, 914, 29):
        start = mine.start(TODAY - timedelta(days=back))
        if start > YESTERDAY:
            continue
        found = list(mine.windows(Window(start, YESTERDAY)))
        assert found[0].start == start
        assert found[-1].end == YESTERDAY
        for one, next_one in itertools.pairwise(found):
            assert next_one.start == one.end + timedelta(days=1)
            assert mine.period_start(next_one.start) == next_one.start
        assert all(1 <= each.days <= most for each in found)


@pytest.mark.parametrize(
    ("granularity", "back", "day", "start"),
    [
        ("DAY", 914, "2026-10-15", "2026-10-15"),
        ("DAY", 914, "2020-01-01", "2024-05-24"),
        ("WEEK", 914, "2026-10-15", "2026-10-12"),
        ("WEEK", 914, "2026-10-12", "2026-10-12"),
        ("MONTH", 914, "2026-10-15", "2026-10-01"),
        ("MONTH", 914, "2020-01-01", "2024-06-01"),  # all of May is not to be had
        ("WEEK", 914, "2020-01-01", "2024-05-27"),
        ("MONTH", 92, "2026-08-26", "2026-09-01"),
        ("MONTH", 914, "2024-12-31", "2024-12-01"),
        ("HOUR", 8, "2026-01-01", "2026-11-16"),
    ],
)
def test_a_pass_begins_with_a_whole_period_that_pinterest_still_has(granularity, back, day, start):
    assert str(calendar(granularity, back).start(date.fromisoformat(day))) == start


@pytest.mark.parametrize(
    ("granularity", "window", "halves"),
    [
        ("DAY", ("2026-11-20", "2026-11-23"), ["2026-11-20 2026-11-21", "2026-11-22 2026-11-23"]),
        ("DAY", ("2026-11-23", "2026-11-23"), []),
        ("TOTAL", ("2026-11-20", "2026-11-23"), []),
        ("WEEK", ("2026-11-02", "2026-11-15"), ["2026-11-02 2026-11-08", "2026-11-09 2026-11-15"]),
        ("WEEK", ("2026-11-02", "2026-11-08"), []),
        ("MONTH", ("2026-10-01", "2026-11-23"), ["2026-10-01 2026-10-31", "2026-11-01 2026-11-23"]),
        ("MONTH", ("2026-11-01", "2026-11-23"), []),
    ],
)
def test_what_is_too_large_is_halved_between_two_periods(granularity, window, halves):
    start, end = map(date.fromisoformat, window)

    assert texts(calendar(granularity).halves(Window(start, end))) == halves


# --- What an ad account needs ---


def planned(entry: Any, calendar: Calendar, **fields: Any) -> list[str]:
    found, _ = passes(entry, wanted(**fields), calendar)
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
    done = {**DONE, "since": str(mine.start(date(2025, 1, 1)))}

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


def test_days_that_are_gone_are_said():
    entry = {"question": "q", "since": "2026-09-01", "date": "2026-11-10"}

    found, warnings = passes(entry, wanted(), calendar("HOUR", back=8, most=3))

    assert [str(each.window.start) for each in found] == ["2026-11-16"]
    assert warnings[0].startswith("the days 2026-11-11 to 2026-11-15 were never read")


def test_a_state_of_years_ahead_reads_nothing_and_says_so():
    found, (warning,) = passes({**DONE, "date": "2999-01-01"}, wanted(), calendar())

    assert found == []
    assert warning.startswith("its state says that it is read to 2999-01-01, so nothing is read")


def test_a_state_of_days_to_come_is_void():
    found, (warning,) = passes({**DONE, "date": "2026-12-01"}, wanted(), calendar())

    assert [str(each.window.start) for each in found] == ["2025-01-01"]
    assert warning.startswith("its state names days that have not come yet")


def test_another_question_reads_everything_again():
    found, (warning,) = passes({**DONE, "question": "other"}, wanted(), calendar())

    assert str(found[0].window.start) == "2025-01-01"
    assert warning.startswith("the report is not what it was")


def test_a_pass_that_was_cut_off_goes_on_behind_what_is_read():
    entry = advance(
        None, wanted(), Window(date(2025, 1, 1), date(2025, 7, 5)), date(2025, 1, 1), YESTERDAY
    )

    assert entry == {
        "question": "q",
        "sweep": {"since": "2025-01-01", "start": "2025-07-06", "end": "2026-11-23"},
    }
    for fields in ({}, {"resumes_only": True}):
        assert planned(entry, calendar(), **fields) == ["2025-07-06 2026-11-23 since 2025-01-01"]
    end = advance(
        entry, wanted(), Window(date(2026, 7, 13), YESTERDAY), date(2025, 1, 1), YESTERDAY
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

    assert advance(DONE, wanted(), Window(start, YESTERDAY), start, YESTERDAY) == {
        "question": "q",
        "since": "2025-01-01",
        "date": "2026-11-23",
        "sweep": {"start": "2026-10-24", "end": "2026-11-23", "done": True},
    }
