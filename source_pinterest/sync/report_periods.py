"""Divides the days of a report into whole weeks or months, and into requests.

Pure functions; no I/O and no CDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from source_pinterest.api.periods import period_start
from source_pinterest.sync.slices import ONE_DAY, Window


@dataclass(frozen=True)
class Calendar:
    """Divides the days of a report by its granularity."""

    granularity: str
    first: date
    """The first day that Pinterest still has."""
    last: date
    """The last complete day."""
    max_days: int
    """The most days in one request."""

    def period_start(self, day: date) -> date:
        """The first day of the period that a day is in."""
        return period_start(self.granularity, day)

    def next_period_start(self, day: date) -> date:
        """The first day of the next period."""
        longest = {"WEEK": 7, "MONTH": 31}.get(self.granularity, 1)
        return self.period_start(self.period_start(day) + timedelta(days=longest))

    def pass_start(self, day: date) -> date:
        """The first day of a pass over this day and later ones: the start of its period, or of the next one if
        Pinterest no longer has that day."""
        day = max(day, self.first)
        start = self.period_start(day)
        return start if start >= self.first else self.next_period_start(day)

    def windows(self, window: Window) -> Iterator[Window]:
        """The windows of the requests, each with as many whole periods as one request may have."""
        start = window.start
        while start <= window.end:
            too_late = start + timedelta(days=self.max_days)
            next_start = (
                too_late
                if too_late > window.end
                else max(self.period_start(too_late), start + ONE_DAY)
            )
            end = min(window.end, next_start - ONE_DAY)
            yield Window(start, end)
            start = end + ONE_DAY

    def halves(self, window: Window) -> list[Window]:
        """Two windows of whole periods that together cover the same days. Empty if that is impossible."""
        middle = self.period_start(window.start + timedelta(days=(window.days + 1) // 2))
        if middle <= window.start:
            middle = self.next_period_start(window.start)
        if self.granularity == "TOTAL" or middle > window.end:
            return []
        return [Window(window.start, middle - ONE_DAY), Window(middle, window.end)]
