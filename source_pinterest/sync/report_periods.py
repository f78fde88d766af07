"""Which days a custom report asks for, and how far its state is behind each answer.

The state is that of `state.py`, but that days are read in ascending order and all ids together:

    {"549755885175": {"question": "5f2a9c01", "since": "2025-01-01", "date": "2026-11-22",
                      "sweep": {"since": "2026-10-24", "start": "2026-11-20", "end": "2026-11-23"}}}

A `sweep` that is under way began with the day `since`; `start` is the first day that is still to be
read. Pure functions; no I/O and no CDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from source_pinterest.api.periods import period_start
from source_pinterest.sync.slices import ONE_DAY, Window
from source_pinterest.sync.state import (
    AccountState,
    ReadRequest,
    after_pass,
    gone,
    names_days_to_come,
    usable,
)

CURSOR = "date"


@dataclass(frozen=True)
class Calendar:
    """How the days of a report are divided."""

    granularity: str
    first: date
    """The first day that Pinterest still has."""
    last: date
    """The last day that is over."""
    most_days: int
    """In one request."""

    def period_start(self, day: date) -> date:
        return period_start(self.granularity, day)

    def next_period_start(self, day: date) -> date:
        """The day that the next period after this day's begins with."""
        longest = {"WEEK": 7, "MONTH": 31}.get(self.granularity, 1)
        return self.period_start(self.period_start(day) + timedelta(days=longest))

    def start(self, day: date) -> date:
        """Where a pass begins that is to cover this day: with a whole period, where Pinterest has it."""
        day = max(day, self.first)
        period_start = self.period_start(day)
        return period_start if period_start >= self.first else self.next_period_start(day)

    def windows(self, window: Window) -> Iterator[Window]:
        """What requests ask for: as many whole periods as one may have."""
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
        """Two windows of whole periods that cover the same together; none where that cannot be."""
        middle = self.period_start(window.start + timedelta(days=(window.days + 1) // 2))
        if middle <= window.start:
            middle = self.next_period_start(window.start)
        if self.granularity == "TOTAL" or middle > window.end:
            return []
        return [Window(window.start, middle - ONE_DAY), Window(middle, window.end)]


@dataclass(frozen=True)
class Pass:
    """The days of an ad account that are still to be read, of a pass that began with `since`."""

    window: Window
    since: date


def passes(
    entry: AccountState | None, wanted: ReadRequest, calendar: Calendar
) -> tuple[list[Pass], list[str]]:
    """The passes that bring an ad account up to date, and warnings for the user.

    `wanted.start` is the first day that the user wants.
    """
    planned: list[Pass] = []
    entry, warnings = usable(entry, wanted, ANOTHER_REPORT)
    if entry.get("refused_day") == str(calendar.first):
        calendar = replace(calendar, first=calendar.first + ONE_DAY)
    sweep = entry.get("sweep")
    if sweep and not sweep.get("done"):
        unfinished = _unfinished(entry, wanted, calendar)
        if unfinished:
            planned.append(unfinished)
            end = unfinished.window.end
            entry = after_pass(entry, wanted, CURSOR, Window(unfinished.since, end))
        else:
            entry.pop("sweep")
    window, missing = _next_window(entry, wanted, calendar)
    if window:
        planned.append(Pass(window, window.start))
    return planned, [*warnings, *missing]


ANOTHER_REPORT = (
    "the report is not what it was (its level, granularity, breakdowns, statuses or attribution), so "
    "all its days are read again"
)


def _unfinished(entry: AccountState, wanted: ReadRequest, calendar: Calendar) -> Pass | None:
    """The rest of a sweep, as far as Pinterest still has its days."""
    sweep = entry["sweep"]
    if wanted.lookback_days is None or "since" not in sweep:
        return None
    start = calendar.start(date.fromisoformat(sweep["start"]))
    end = date.fromisoformat(sweep["end"])
    return Pass(Window(start, end), date.fromisoformat(sweep["since"])) if start <= end else None


def _next_window(
    entry: AccountState, wanted: ReadRequest, calendar: Calendar
) -> tuple[Window | None, list[str]]:
    first_wanted = calendar.start(wanted.start or calendar.first)
    full = Window(first_wanted, calendar.last)
    sweep = entry.get("sweep", {})
    if sweep.get("done") and date.fromisoformat(sweep["end"]) >= full.end:
        is_same = date.fromisoformat(sweep["start"]) <= full.start
        if is_same or (not wanted.resumes_only and wanted.lookback_days is not None):
            return None, []
    if wanted.lookback_days is None or wanted.resumes_only or CURSOR not in entry:
        return (full if full.start <= full.end else None), []
    since = date.fromisoformat(entry["since"])
    next_day = date.fromisoformat(entry[CURSOR]) + ONE_DAY
    if next_day - ONE_DAY > wanted.today:
        return None, [
            f"its state says that it is read to {next_day - ONE_DAY}, so nothing is read; if that is "
            "wrong, reset the stream's state"
        ]
    start = max(next_day - timedelta(days=wanted.lookback_days), since)
    warnings = gone(start, next_day, calendar.first)
    if full.start < since:  # an earlier first day than before
        start = full.start
    start = calendar.start(start)
    return (Window(start, full.end) if start <= full.end else None), warnings


def advance(
    entry: AccountState | None, wanted: ReadRequest, window: Window, since: date, end: date
) -> AccountState:
    """The entry once these days of a pass, which began with `since` and goes to `end`, are read."""
    entry = dict(entry or {})
    if entry.get("question") != wanted.fingerprint or names_days_to_come(entry, wanted):
        kept = {"reports": entry["reports"]} if "reports" in entry else {}
        entry = {"question": wanted.fingerprint, **kept}
    if window.end >= end:
        entry.pop("sweep", None)
        return after_pass(entry, wanted, CURSOR, Window(since, end))
    sweep = {"since": str(since), "start": str(window.end + ONE_DAY), "end": str(end)}
    return {**entry, "sweep": sweep}
