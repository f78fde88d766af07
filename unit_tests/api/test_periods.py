"""Where Pinterest's weeks and months begin."""

from datetime import date, timedelta

import pytest

from source_pinterest.api.periods import period_start


@pytest.mark.parametrize(
    ("granularity", "day", "start"),
    [
        ("WEEK", "2026-11-23", "2026-11-23"),  # a Monday
        ("WEEK", "2026-11-29", "2026-11-23"),
        ("WEEK", "2027-01-01", "2026-12-28"),
        ("MONTH", "2026-11-01", "2026-11-01"),
        ("MONTH", "2028-02-29", "2028-02-01"),
        ("DAY", "2026-11-29", "2026-11-29"),
        ("HOUR", "2026-11-29", "2026-11-29"),
        ("TOTAL", "2026-11-29", "2026-11-29"),
    ],
)
def test_a_period_begins_with_its_monday_or_its_first(granularity, day, start):
    assert str(period_start(granularity, date.fromisoformat(day))) == start


def test_every_day_of_a_period_has_the_same_start():
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]

    assert {period_start("MONTH", day) for day in days} == {date(2026, 11, 1)}
