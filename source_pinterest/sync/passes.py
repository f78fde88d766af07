"""Plans the passes that bring an ad account (or user) up to date. Built-in and custom reports have the same rules.

Pure functions; no I/O and no CDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import ONE_DAY, Window
from source_pinterest.sync.state import AccountState


@dataclass(frozen=True)
class Pass:
    """One reading of the days of `window`: id by id, or day by day."""

    window: Window
    after: Mapping[str, str] = field(default_factory=dict)
    """By kind of id, the last id that earlier attempts have read. Reports have one kind, `after`; those of Pins
    have two, since video Pins have other metrics."""
    is_history: bool = False
    """Whether its days are too old for synchronous reports."""
    since: date | None = None
    """Only of a pass by day: its first day, which is before `window` if earlier attempts have read some days."""


def plan_passes(state: AccountState | None, request: ReadRequest) -> tuple[list[Pass], list[str]]:
    """The passes that bring an account up to date, and warnings for the user.

    There are at most three passes: the rest of an unfinished sweep; a pass to the latest day, unless the sweep
    has the same days; and the history before both.
    """
    planned: list[Pass] = []
    state, warnings = (state or AccountState()).usable(request)
    request = request.without_refused_day(state)
    if state.is_cut_off:
        if unfinished := _unfinished(state, request):
            planned.append(unfinished)
            begin = unfinished.since or unfinished.window.start
            state = state.after_pass(request, Window(begin, unfinished.window.end))
        else:
            state = state.without("sweep")
    window, missing = _next_window(state, request)
    warnings += missing
    if window:
        planned.append(Pass(window, since=window.start if request.is_by_day else None))
        state = state.after_pass(request, window)
    if older := _older_days(state, request):
        planned.append(Pass(older, is_history=True))
    return planned, warnings


def _unfinished(state: AccountState, request: ReadRequest) -> Pass | None:
    """The rest of an unfinished sweep. None if it has to be read from the beginning, or Pinterest no longer has
    its days."""
    sweep = state["sweep"]
    window = Window(date.fromisoformat(sweep["start"]), date.fromisoformat(sweep["end"]))
    if request.is_by_day:
        if request.lookback_days is None or "since" not in sweep:
            return None
        start = request.calendar.pass_start(window.start)
        since = date.fromisoformat(sweep["since"])
        return Pass(Window(start, window.end), since=since) if start <= window.end else None
    first = request.earliest
    if window.start < first:
        if request.lookback_days is None or window.end < first or request.history_start:
            return None  # a total of fewer days would be another number, so it is read from the beginning
        window = Window(first, window.end)
    return Pass(window, {kind: sweep[kind] for kind in sweep if kind.startswith("after")})


def _next_window(state: AccountState, request: ReadRequest) -> tuple[Window | None, list[str]]:
    """The days to read up to the latest one, None if there are none; and warnings about days that are missing."""
    requested = request.window
    whole = requested if requested.start <= requested.end else None
    sweep = state.get("sweep", {})
    swept_to_the_end = sweep.get("done") and date.fromisoformat(sweep["end"]) >= requested.end
    if request.lookback_days is None or request.resumes_only:
        is_same = swept_to_the_end and date.fromisoformat(sweep["start"]) <= requested.start
        return (None if is_same else whole), []
    if request.cursor not in state:
        return whole, []
    since = date.fromisoformat(state["since"])
    if swept_to_the_end and (request.is_by_day or since <= requested.start):
        return None, []
    next_day = date.fromisoformat(state[request.cursor][:10]) + ONE_DAY
    if next_day - ONE_DAY > request.today:
        return None, [
            f"its state says that it was read up to {next_day - ONE_DAY}, so there is nothing to "
            "read; if that is wrong, reset the stream's state"
        ]
    start = next_day - timedelta(days=request.lookback_days)
    if final := state.final_through(request.final_kinds):
        start = max(start, min(final + ONE_DAY, next_day))
    if request.is_by_day:  # days before the first one that was read are not needed
        start = max(start, since)
    warnings = unavailable_days(
        start, next_day, request.earliest_in_history if request.history_start else request.earliest
    )
    if requested.start < since:  # a longer backfill than before
        start = min(start, requested.start)
    start = request.calendar.pass_start(start)
    return (Window(start, requested.end) if start <= requested.end else None), warnings


def _older_days(state: AccountState, request: ReadRequest) -> Window | None:
    """The requested days of the history that were not read yet. None if there are none."""
    if not request.history_start:
        return None
    sweep = state.get("sweep", {})
    since = sweep.get("since", sweep.get("start")) if request.resumes_only else state.get("since")
    last = date.fromisoformat(since or str(request.today - ONE_DAY)) - ONE_DAY
    return Window(request.history_start, last) if request.history_start <= last else None


def unavailable_days(start: date, next_day: date, first: date) -> list[str]:
    """Warnings about days that Pinterest, which goes back to `first`, no longer has. Those from `start` to the day
    before `next_day` were read before, and those from `next_day` on were not."""
    facts = []
    if next_day < first:
        facts.append(f"the days {next_day} to {first - ONE_DAY} were never read and stay missing")
    if start < min(first, next_day):
        last = min(first, next_day) - ONE_DAY
        facts.append(f"the days {start} to {last} stay as they were read")
    return [f"{fact}, because Pinterest goes back only to {first}" for fact in facts]
