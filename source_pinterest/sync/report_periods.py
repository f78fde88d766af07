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
    """The division of a report's days."""

    granularity: str
    first: date
    """The first day that Pinterest still has."""
    last: date
    """The last complete day."""
    most_days: int
    """In one request."""

    def period_start(self, day: date) -> date:
        return period_start(self.granularity, day)

    def next_period_start(self, day: date) -> date:
        """The first day of the next period."""
        longest = {"WEEK": 7, "MONTH": 31}.get(self.granularity, 1)
        return self.period_start(self.period_start(day) + timedelta(days=longest))

    def start(self, day: date) -> date:
        """The first day of a pass that covers this day: the beginning of a period, if Pinterest has it."""
        day = max(day, self.first)
        begins = self.period_start(day)
        return begins if begins >= self.first else self.next_period_start(day)

    def windows(self, window: Window) -> Iterator[Window]:
        """The windows of the requests: as many whole periods as one request may have."""
        start = window.start
        while start <= window.end:
            behind = start + timedelta(days=self.most_days)  # the first day that is too many
            following = (
                behind if behind > window.end else max(self.period_start(behind), start + ONE_DAY)
            )
            end = min(window.end, following - ONE_DAY)
            yield Window(start, end)
            start = end + ONE_DAY

    def halves(self, window: Window) -> list[Window]:
        """Two windows of whole periods that together cover the same; none if that is impossible."""
        middle = self.period_start(window.start + timedelta(days=(window.days + 1) // 2))
        if middle <= window.start:
            middle = self.next_period_start(window.start)
        if self.granularity == "TOTAL" or middle > window.end:
            return []
        return [Window(window.start, middle - ONE_DAY), Window(middle, window.end)]
