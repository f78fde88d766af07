"""What a sync requests of a report, the same for every ad account (or user)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from source_pinterest.api.limits import LIMITS
from source_pinterest.sync.report_periods import Calendar
from source_pinterest.sync.slices import ONE_DAY, Window, earliest_day


@dataclass(frozen=True)
class ReadRequest:
    """The requested days, how they are divided, and what counts of an earlier sync."""

    today: date
    backfill_days: int
    lookback_days: int | None
    """None: the whole window on every sync, for totals."""

    fingerprint: str
    """A hash of the settings that the numbers depend on. If it changes, everything is read again."""
    cursor: str = "date"
    """The cursor field of the stream: `date` or `UPDATED_TIME`."""
    resumes_only: bool = False
    """Full refresh: nothing of an earlier sync counts, except an unfinished sweep."""
    start: date | None = None
    """The first day of the first read, if the configuration has one."""
    final: frozenset[str] = frozenset()
    """The kinds of metrics in the report, if it is known which days are final, so that these are not read
    again. Empty if it is unknown."""
    goes_back: timedelta = LIMITS.analytics_lookback
    """How far before today the report goes back; further than `edge` with asynchronous reports."""
    edge: date | None = None
    """The first day that Pinterest still has for this report, if it is not the documented one of
    synchronous reports."""
    is_by_day: bool = False
    """Whether a pass reads its days in order, with all ids of each, as custom reports do; otherwise it
    reads its ids in order, with all days of each."""
    granularity: str = "DAY"
    """Pinterest's granularity: passes begin with whole periods."""
    most_days: int = LIMITS.analytics_lookback.days
    """Days in one request."""

    @property
    def earliest(self) -> date:
        """The first day that Pinterest still has; for a report with history, the first day of synchronous
        reports."""
        return self.edge or earliest_day(self.today)

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.granularity, self.earliest, self.today - ONE_DAY, self.most_days)

    @property
    def window(self) -> Window:
        """The days of a first read, without those that only asynchronous reports have."""
        last = Window.before(self.today, self.backfill_days)
        return Window(self.calendar.start(self.start or last.start), last.end)

    @property
    def first(self) -> date:
        """The first day that Pinterest has in any kind of report."""
        return min(self.today - self.goes_back, self.earliest)

    @property
    def history(self) -> date | None:
        """The first requested day of asynchronous reports. None if synchronous ones suffice."""
        if self.is_by_day:
            return None
        first = max(self.start or self.today, self.today - self.goes_back)
        return first if first < self.earliest else None

    def on(self, today: date) -> ReadRequest:
        """The same request of an ad account in which it is another day already, or still. Pinterest's first
        days stay as they are.

        >>> request = ReadRequest(date(2026, 11, 24), 90, 30, "5f2a")
        >>> str(request.on(date(2026, 11, 23)).window.end), str(request.on(date(2026, 11, 23)).earliest)
        ('2026-11-22', '2026-08-26')
        """
        if today == self.today:
            return self
        goes_back = self.goes_back + min(timedelta(), today - self.today)
        return replace(self, today=today, goes_back=goes_back, edge=self.earliest)

    def beside(self, state: Mapping[str, Any]) -> ReadRequest:
        """The same request without a first day that Pinterest has refused according to the state."""
        refused = state.get("refused_day")
        if refused is None or date.fromisoformat(refused) < self.earliest:
            return self
        return replace(self, edge=date.fromisoformat(refused) + ONE_DAY)
