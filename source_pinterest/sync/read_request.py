"""What a sync wants of every ad account (or user) of a report, the same for all of them."""

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
    """The days that are wanted, how they are divided, and what counts of an earlier sync."""

    today: date
    backfill_days: int
    lookback_days: int | None
    """None: the whole window on every sync, as the totals need it."""

    fingerprint: str
    """A hash of what the numbers depend on. Another one voids what was read."""
    cursor: str = "date"
    """The cursor field of the stream: `date` or `UPDATED_TIME`."""
    resumes_only: bool = False
    """Full refresh: nothing of an earlier sync counts, but a sweep that was cut off is finished."""
    start: date | None = None
    """The first day of the first read, where it is not `backfill_days` that says it."""
    final: frozenset[str] = frozenset()
    """The kinds of metrics that are read, if it is known which days are final: those are not read
    again. Empty: it is not."""
    goes_back: timedelta = LIMITS.analytics_lookback
    """How far before today the report goes back; further than `edge` with asynchronous reports."""
    edge: date | None = None
    """The first day that Pinterest still has for this report, where it is not that of synchronous
    reports in the documentation."""
    is_by_day: bool = False
    """Whether a pass reads its days in order, all ids of each together, as custom reports do. Otherwise
    it reads its ids in order, all days of each together."""
    granularity: str = "DAY"
    """As Pinterest calls it: the passes begin with whole periods."""
    most_days: int = LIMITS.analytics_lookback.days
    """Days in one request."""

    @property
    def earliest(self) -> date:
        """The first day that Pinterest still has; for a report with history: that synchronous reports have."""
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
        """The first day that Pinterest has, in whichever kind of report."""
        return min(self.today - self.goes_back, self.earliest)

    @property
    def history(self) -> date | None:
        """The first day that is wanted of asynchronous reports, behind the synchronous ones."""
        if self.is_by_day:
            return None
        first = max(self.start or self.today, self.today - self.goes_back)
        return first if first < self.earliest else None

    def beside(self, state: Mapping[str, Any]) -> ReadRequest:
        """The same, without a first day of which the state says that Pinterest has refused it."""
        refused = state.get("refused_day")
        if refused is None or date.fromisoformat(refused) < self.earliest:
            return self
        return replace(self, edge=date.fromisoformat(refused) + ONE_DAY)
