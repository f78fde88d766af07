"""The beginnings of Pinterest's weeks and months."""

from __future__ import annotations

from datetime import date, timedelta


def period_start(granularity: str, day: date) -> date:
    """The day that a day's week or month begins with; the day itself for other granularities.

    >>> str(period_start("WEEK", date(2026, 11, 24))), str(period_start("MONTH", date(2026, 10, 31)))
    ('2026-11-23', '2026-10-01')
    """
    if granularity == "WEEK":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "MONTH" else day
