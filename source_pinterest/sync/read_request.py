"""The days that a sync requests of a report, by the same settings for every ad account (or user)."""

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
    """The requested days, how they are divided into requests, and which part of the state counts."""

    today: date
    backfill_days: int
    lookback_days: int | None
    """The days before the saved date to read again. None for totals, whose whole window is read on every sync."""

    fingerprint: str
    """A hash of the settings that the numbers depend on. If it changes, everything is read again."""
    cursor: str = "date"
    """The cursor field of the stream: `date` or `UPDATED_TIME`."""
    resumes_only: bool = False
    """Whether this is a full refresh: of the state, only an unfinished sweep counts."""
    start: date | None = None
    """The first day of the first read, if the configuration has one."""
    final_kinds: frozenset[str] = frozenset()
    """The kinds of metrics in the report, if the sync knows which days are final: those are not read again.
    Empty if it does not."""
    max_age: timedelta = LIMITS.analytics_lookback
    """How far before today the oldest day of the report is, including the history from asynchronous reports."""
    first_available: date | None = None
    """The first day that Pinterest still has for this report, without history. None: the documented one of
    synchronous reports."""
    is_by_day: bool = False
    """Whether a pass reads day after day, each with all ids, as custom reports do. Otherwise, it reads id after
    id, each with all days."""
    granularity: str = "DAY"
    """Pinterest's granularity. A pass begins with a whole period."""
    max_days: int = LIMITS.analytics_lookback.days
    """The most days in one request."""

    @property
    def earliest(self) -> date:
        """The first day that Pinterest still has, without history."""
        return self.first_available or earliest_day(self.today)

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.granularity, self.earliest, self.today - ONE_DAY, self.max_days)

    @property
    def window(self) -> Window:
        """The days of a first read, without history."""
        last = Window.before(self.today, self.backfill_days)
        return Window(self.calendar.pass_start(self.start or last.start), last.end)

    @property
    def earliest_in_history(self) -> date:
        """The first day that Pinterest still has, including history."""
        return min(self.today - self.max_age, self.earliest)

    @property
    def history_start(self) -> date | None:
        """The first requested day of the history. None if no history is requested."""
        if self.is_by_day:
            return None
        first = max(self.start or self.today, self.today - self.max_age)
        return first if first < self.earliest else None

    def for_today(self, today: date) -> ReadRequest:
        """The same request for an ad account in whose time zone it is another day. The first days that Pinterest
        has stay the same.

        >>> request = ReadRequest(date(2026, 11, 24), 90, 30, "5f2a")
        >>> str(request.for_today(date(2026, 11, 23)).window.end), str(request.for_today(date(2026, 11, 23)).earliest)
        ('2026-11-22', '2026-08-26')
        """
        if today == self.today:
            return self
        max_age = self.max_age + min(timedelta(), today - self.today)
        return replace(self, today=today, max_age=max_age, first_available=self.earliest)

    def without_refused_day(self, state: Mapping[str, Any]) -> ReadRequest:
        """The same request, beginning after the first day that Pinterest has refused according to the state."""
        refused = state.get("refused_day")
        if refused is None or date.fromisoformat(refused) < self.earliest:
            return self
        return replace(self, first_available=date.fromisoformat(refused) + ONE_DAY)
