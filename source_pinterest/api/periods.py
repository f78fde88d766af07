"""The first days of Pinterest's weeks and months."""

from __future__ import annotations

from datetime import date, timedelta


def period_start(granularity: str, day: date) -> date:
    """The first day of the week (Monday) or month that a day is in; for other granularities, the day itself.

    >>> str(period_start("WEEK", date(2026, 11, 24))), str(period_start("MONTH", date(2026, 10, 31)))
    ('2026-11-23', '2026-10-01')
    """
    if granularity == "WEEK":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "MONTH" else day
