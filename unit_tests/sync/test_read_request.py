"""The days that a sync wants of every account, where they are read from, and how they are divided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import Window

TODAY = date(2026, 11, 24)


def wanted(**fields: Any) -> ReadRequest:
    made = {"today": TODAY, "backfill_days": 15, "lookback_days": 30, "fingerprint": "q"}
    return ReadRequest(**{**made, **fields})


def test_the_window_is_the_backfill_or_what_begins_with_the_start():
    assert wanted().window == Window(date(2026, 11, 9), date(2026, 11, 23))
    assert wanted(start=date(2026, 10, 1)).window.start == date(2026, 10, 1)
    assert wanted(start=date(2020, 1, 1)).window.start == date(2026, 8, 26)


def test_a_month_of_which_the_beginning_is_gone_is_not_wanted():
    request = wanted(start=date(2026, 8, 1), first_available=date(2026, 8, 20), granularity="MONTH")

    assert request.window.start == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({}, None),
        ({"start": date(2026, 9, 1)}, None),
        ({"start": date(2026, 8, 1)}, date(2026, 8, 1)),
        ({"start": date(2020, 1, 1)}, date(2024, 5, 24)),
        ({"start": date(2020, 1, 1), "is_by_day": True}, None),
    ],
)
def test_older_days_are_those_that_synchronous_reports_do_not_have(fields, first):
    assert wanted(max_age=timedelta(days=914), **fields).history_start == first


def test_a_first_day_that_was_refused_is_not_wanted_again():
    request = wanted(backfill_days=90)

    assert request.without_refused_day({"refused_day": "2026-08-26"}).window.start == date(
        2026, 8, 27
    )
    assert request.without_refused_day({"refused_day": "2026-08-20"}) is request
    assert request.without_refused_day({}) is request
