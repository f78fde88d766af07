"""The periods that Pinterest's granularities divide time into."""

from __future__ import annotations

from datetime import date, timedelta


def period_start(granularity: str, day: date) -> date:
    """The first day of the week or month that holds a day; for other granularities, the day itself.

    >>> str(period_start("WEEK", date(2026, 11, 24))), str(period_start("MONTH", date(2026, 10, 31)))
    ('2026-11-23', '2026-10-01')
    """
    if granularity == "WEEK":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "MONTH" else day
