"""Which days a custom report asks for: whole periods, ascending, each once."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from source_pinterest.sync.report_periods import Calendar
from source_pinterest.sync.slices import Window

TODAY = date(2026, 11, 24)  # a Tuesday
YESTERDAY = date(2026, 11, 23)


def calendar(granularity: str = "DAY", back: int = 914, most: int = 186) -> Calendar:
    return Calendar(granularity, TODAY - timedelta(days=back), YESTERDAY, most)


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
        start = mine.pass_start(TODAY - timedelta(days=back))
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
    assert str(calendar(granularity, back).pass_start(date.fromisoformat(day))) == start


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
