"""The state of an analytics stream: how far each ad account (or user) has been read.

    {"549755885175": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-23",
                      "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "6872013617"}}}

- `since` to `date` (or `UPDATED_TIME`): complete. Missing until a first pass is done.
- `question`: a hash of what the numbers depend on. Another question voids `since` and `date`.
- `sweep`: the pass that is under way, or done (`"done": true`) in a sync that is not. Its ids are
  read in ascending order, as integers; all up to `after` are done. `not_final` is the first day on
  which Pinterest's numbers are not final. Behind it, older days are read from asynchronous reports,
  the youngest first: `since` says how far, here for this sync.
- `final`: by kind of metrics, the day up to which they were final when they were read.
- `reports`: the tokens of those in the making, by a hash of what they were asked for.
- `missing`: by id, the first day that is missing, since Pinterest refused the id, or since a list had it
  late. All else says nothing about these ids. `ids` tells which ids the entry is about (`covered_ids.py`).
- `unlisted`: the list of the ids had items without an id. Who goes on with this sweep looks for late ids.
- `refused_day`: a day that Pinterest refused as the first of its window.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from airbyte_cdk.models import FailureType  # type: ignore[attr-defined]
from airbyte_cdk.sources.streams import IncrementalMixin
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.api.limits import LIMITS
from source_pinterest.config.validation import MOST_LEVELS, levels
from source_pinterest.sync.covered_ids import is_digest
from source_pinterest.sync.slices import ONE_DAY, Window, earliest_day
from source_pinterest.text import cut, printable

AccountState = dict[str, Any]
"""The state of one ad account or user."""

END_OF_DAY = "T23:59:59Z"


def fingerprint(**depends_on: Any) -> str:
    """A short hash of what the numbers of a report depend on."""
    text = json.dumps(depends_on, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Pass:
    """One sweep over the ids of an account: those behind `after`, for the days of `window`."""

    window: Window
    after: Mapping[str, str]
    """By the kind of id (a report has one, `after`; the Pins have two, since video Pins have other
    metrics): the id up to which this pass is done."""
    is_history: bool = False
    """Whether its days are older than a synchronous report goes back."""


@dataclass(frozen=True)
class ReadRequest:
    """What a sync wants of every account."""

    today: date
    backfill_days: int
    lookback_days: int | None
    """None: the whole window on every sync, as the totals need it."""

    fingerprint: str
    resumes_only: bool = False
    """Full refresh: nothing of an earlier sync counts, but a sweep that was cut off is finished."""
    start: date | None = None
    """The first day of the first read, where it is not `backfill_days` that says it."""
    final: frozenset[str] = frozenset()
    """The kinds of metrics that are read, if it is known which days are final: those are not read
    again. Empty: it is not."""
    goes_back: timedelta = LIMITS.analytics_lookback
    """How far before today the report goes back; further than that with asynchronous reports."""
    edge: date | None = None
    """The first day that synchronous reports still have, where it is not that of the documentation."""

    @property
    def earliest(self) -> date:
        """The first day that synchronous reports still have."""
        return self.edge or earliest_day(self.today)

    @property
    def window(self) -> Window:
        """The days of a first read that synchronous reports have."""
        last = Window.before(self.today, self.backfill_days)
        return Window(max(self.start or last.start, self.earliest), last.end)

    @property
    def first(self) -> date:
        """The first day that is to be had."""
        return min(self.today - self.goes_back, self.earliest)

    @property
    def history(self) -> date | None:
        """The first day that is wanted of asynchronous reports."""
        first = max(self.start or self.today, self.today - self.goes_back)
        return first if first < self.earliest else None

    def beside(self, entry: AccountState) -> ReadRequest:
        """The same, without a first day of which the entry says that Pinterest has refused it."""
        refused = entry.get("refused_day")
        if refused is None or date.fromisoformat(refused) < self.earliest:
            return self
        return replace(self, edge=date.fromisoformat(refused) + ONE_DAY)


def passes(
    entry: AccountState | None, wanted: ReadRequest, cursor: str
) -> tuple[list[Pass], list[str]]:
    """The passes that bring an account up to date, and warnings for the user.

    At most three: a sweep that an earlier attempt did not finish is finished for its own days, then
    a pass to the newest day follows, unless that was the same, and then the days before all that.
    """
    planned: list[Pass] = []
    entry, warnings = usable(entry, wanted, ANOTHER_QUESTION)
    wanted = wanted.beside(entry)
    sweep = entry.get("sweep")
    if sweep and not sweep.get("done"):
        if unfinished := _unfinished(sweep, wanted):
            planned.append(unfinished)
            entry = after_pass(entry, wanted, cursor, unfinished.window)
        else:
            entry.pop("sweep")
    window, missing = _next_window(entry, wanted, cursor)
    warnings += missing
    if window:
        planned.append(Pass(window, {}))
        entry = after_pass(entry, wanted, cursor, window)
    if older := _older_days(entry, wanted):
        planned.append(Pass(older, {}, is_history=True))
    return planned, warnings


ANOTHER_QUESTION = (
    "the attribution windows, the report time, the targeting types or `only_active_pins` are not what "
    "they were, so the whole window is read again"
)


def usable(
    entry: AccountState | None, wanted: ReadRequest, another_question: str
) -> tuple[AccountState, list[str]]:
    """A copy of what still counts of an entry, and why the rest does not, for the user."""
    entry = dict(entry or {})
    if entry.get("question", wanted.fingerprint) != wanted.fingerprint:
        return {}, [another_question]
    if names_days_to_come(entry, wanted):
        return {}, [
            "its state names days that have not come yet, so a clock was wrong, and the whole "
            "window is read again"
        ]
    return entry, []


def _older_days(entry: AccountState, wanted: ReadRequest) -> Window | None:
    """What is wanted before the days that are complete."""
    if not wanted.history:
        return None
    sweep = entry.get("sweep", {})
    since = sweep.get("since", sweep.get("start")) if wanted.resumes_only else entry.get("since")
    last = date.fromisoformat(since or str(wanted.today - ONE_DAY)) - ONE_DAY
    return Window(wanted.history, last) if wanted.history <= last else None


def after_history(entry: AccountState | None, window: Window) -> AccountState:
    """The entry once these days, right before those that were complete, are delivered as well."""
    entry = dict(entry or {})
    since = str(window.start)
    if sweep := entry.get("sweep"):
        entry["sweep"] = {**sweep, "since": since}
    return {**entry, "since": since}


def final_through(entry: AccountState, kinds: frozenset[str]) -> date | None:
    """The day up to which all these kinds of metrics were final when they were read."""
    days = [entry.get("final", {}).get(kind) for kind in kinds]
    return date.fromisoformat(min(days)) if days and all(days) else None


def with_final(entry: AccountState, through: Mapping[str, date]) -> AccountState:
    """The entry once a pass has read these days, and all between them and the lookback, as final."""
    known = entry.get("final", {})
    final = {kind: max(str(day), known.get(kind, "")) for kind, day in through.items()}
    return {**entry, "final": {**known, **final}} if final else entry


def names_days_to_come(entry: AccountState, wanted: ReadRequest) -> bool:
    """Whether a wrong clock has written it.

    Today is no day to come: a sync just before midnight may follow one just after it. What lies
    more than a year ahead was put there by hand: a platform's tests ask for nothing that way.
    """
    sweep_end = entry.get("sweep", {}).get("end", "")
    cursor = str(entry.get("date") or entry.get("UPDATED_TIME") or "")[:10]
    a_year_ahead = str(wanted.today + timedelta(days=366))
    return sweep_end > str(wanted.today) or str(wanted.today) < cursor <= a_year_ahead


def _unfinished(sweep: Mapping[str, Any], wanted: ReadRequest) -> Pass | None:
    """The rest of a sweep, as far as Pinterest still has its days."""
    window = Window(date.fromisoformat(sweep["start"]), date.fromisoformat(sweep["end"]))
    first = wanted.earliest
    if window.start < first:
        if wanted.lookback_days is None or window.end < first or wanted.history:
            return None  # a total of fewer days would be another number: read anew
        window = Window(first, window.end)
    return Pass(window, {kind: sweep[kind] for kind in sweep if kind.startswith("after")})


def _next_window(
    entry: AccountState, wanted: ReadRequest, cursor: str
) -> tuple[Window | None, list[str]]:
    full, full_reach = wanted.window, wanted.earliest
    sweep = entry.get("sweep", {})
    swept_to_the_end = sweep.get("done") and date.fromisoformat(sweep["end"]) >= full.end
    if wanted.lookback_days is None or wanted.resumes_only:
        is_same = swept_to_the_end and date.fromisoformat(sweep["start"]) <= full.start
        return (None if is_same else full), []
    if cursor not in entry:
        return full, []
    since = date.fromisoformat(entry["since"])
    if swept_to_the_end and since <= full.start:
        return None, []
    next_day = date.fromisoformat(entry[cursor][:10]) + ONE_DAY
    start = next_day - timedelta(days=wanted.lookback_days)
    if final := final_through(entry, wanted.final):
        start = max(start, min(final + ONE_DAY, next_day))
    if next_day - ONE_DAY > wanted.today:
        return None, [
            f"its state says that it is read to {next_day - ONE_DAY}, so nothing is read; if that is "
            "wrong, reset the stream's state"
        ]
    warnings = gone(start, next_day, wanted.first if wanted.history else full_reach)
    start = max(start, full_reach)
    if full.start < since:  # a longer backfill than before
        start = min(start, full.start)
    return (Window(start, full.end) if start <= full.end else None), warnings


def gone(start: date, next_day: date, first: date) -> list[str]:
    """What to say of the days from `start` that lie before the first that Pinterest still has."""
    gone = []
    if next_day < first:
        gone.append(f"the days {next_day} to {first - ONE_DAY} were never read and stay missing")
    if start < min(first, next_day):
        last = min(first, next_day) - ONE_DAY
        gone.append(f"the days {start} to {last} stay as they were read")
    return [f"{fact}, since Pinterest goes back to {first} only" for fact in gone]


def after_slice(
    entry: AccountState | None, wanted: ReadRequest, window: Window, after: Mapping[str, str]
) -> AccountState:
    """The entry once a pass over the window has delivered all ids up to `after`."""
    entry = dict(entry or {})
    if entry.get("question") != wanted.fingerprint or names_days_to_come(entry, wanted):
        entry = {"question": wanted.fingerprint}
    before = entry.get("sweep", {})
    days = {"start": str(window.start), "end": str(window.end)}
    if before.get("done") or before.get("end") != days["end"]:
        before = {}
    return {**entry, "sweep": {**before, **days, **after}}


def not_final_from(entry: AccountState, day: str) -> AccountState:
    """The entry once its sweep has met numbers that are not final on this day."""
    sweep = entry["sweep"]
    return {**entry, "sweep": {**sweep, "not_final": min(day, sweep.get("not_final", day))}}


def after_pass(
    entry: AccountState, wanted: ReadRequest, cursor: str, window: Window
) -> AccountState:
    """The entry once a pass has delivered every id of its window.

    The cursor stays before the first day that is not final, for at most the lookback.
    """
    start, end = window.start, window.end
    if not_final := entry.get("sweep", {}).get("not_final"):
        held = date.fromisoformat(not_final) - ONE_DAY
        end = min(end, max(held, end - timedelta(days=wanted.lookback_days or 0)))
    if cursor in entry and wanted.lookback_days is not None:
        known = date.fromisoformat(entry[cursor][:10])
        end = max(end, known)
        if known + ONE_DAY >= start:  # without a gap between them
            start = min(start, date.fromisoformat(entry["since"]))
    return {
        **entry,
        "since": str(start),
        cursor: f"{end}{END_OF_DAY}" if cursor == "UPDATED_TIME" else str(end),
        "sweep": {"start": str(window.start), "end": str(window.end), "done": True},
    }


def with_missing(
    entry: AccountState, missed: Mapping[str, str], read: Iterable[str]
) -> AccountState:
    """The entry once some ids were read from their first missing day on, and others were refused.

    >>> entry = {"missing": {"7": "2026-11-01", "8": "2026-11-02"}}
    >>> with_missing(entry, {"8": "2026-11-09", "9": "2026-11-03"}, ["7"])
    {'missing': {'8': '2026-11-02', '9': '2026-11-03'}}
    """
    missing = {each: day for each, day in entry.get("missing", {}).items() if each not in set(read)}
    for each, day in missed.items():
        missing[each] = min(day, missing.get(each, day))
    rest = {name: value for name, value in entry.items() if name != "missing"}
    return {**rest, "missing": missing} if missing else rest


class AccountCursor(IncrementalMixin):
    """A cursor for each ad account (or user), beside the others.

    The state is never changed in place: a message that was given out keeps its value.
    """

    cursor_field: str = "date"
    _state: MutableMapping[str, Any] = {}

    @property
    def state(self) -> MutableMapping[str, Any]:
        return self._state

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        for account, entry in value.items():
            if not (ID.fullmatch(str(account)) and _is_entry(entry, self.cursor_field)):
                raise AirbyteTracedException(
                    message=(
                        f"The state of {self.name} ({cut(printable(account), 40)}) was not written by this "  # type: ignore[attr-defined]
                        "connector. Clear this stream's data (reset its state) and sync again."
                    ),
                    failure_type=FailureType.config_error,
                )
        self._state = dict(value)

    def entry(self, account: str) -> AccountState | None:
        return self._state.get(account)

    def replace(self, account: str, entry: AccountState) -> None:
        self._state = {**self._state, account: entry}

    def clear_sweeps(self) -> None:
        """The stream is complete: the next sync reads anew."""
        self._state = {
            account: {k: v for k, v in entry.items() if k not in ("sweep", "reports", "unlisted")}
            for account, entry in self._state.items()
        }


def _is_entry(entry: Any, cursor: str) -> bool:
    """Whether it can be read as the state of an account. What else stands in it, as of a newer version,
    is kept and says nothing."""
    if not isinstance(entry, Mapping) or levels(entry) > MOST_LEVELS:
        return False
    if ("since" in entry) != (cursor in entry):
        return False
    return all(is_right(entry[name]) for name, is_right in PARTS.items() if name in entry) and (
        cursor not in entry or CURSOR_VALUES[cursor](entry[cursor])
    )


def _is_sweep(sweep: Any) -> bool:
    if not isinstance(sweep, Mapping):
        return False
    days = [sweep.get("start"), sweep.get("end")]
    days += [sweep[name] for name in ("not_final", "since") if name in sweep]
    if not all(map(_is_day, days)) or not isinstance(sweep.get("done", False), bool):
        return False
    in_order = [sweep[name] for name in ("since", "start", "end") if name in sweep]
    after = [value for name, value in sweep.items() if name.startswith("after")]
    return in_order == sorted(in_order) and all(map(_is_id, after))


def _is_day(value: Any) -> bool:
    """Whether it is a day that others can be counted from."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        return 1970 <= date.fromisoformat(value).year < 9000
    except ValueError:
        return False


def _is_instant(value: Any) -> bool:
    """Whether it is a day, or one with a time behind it."""
    return isinstance(value, str) and value[10:11] in ("", "T") and _is_day(value[:10])


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(ID.fullmatch(value))


def _are_days(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_day, value.values()))


def _are_missing(value: Any) -> bool:
    return _are_days(value) and all(map(_is_id, value))


def _are_tokens(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values())


ID = re.compile(r"\d{1,100}", re.ASCII)
"""Pinterest's have up to 19 digits."""

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

PARTS: dict[str, Callable[[Any], bool]] = {
    "question": lambda value: isinstance(value, str),
    "since": _is_day,
    "sweep": _is_sweep,
    "final": _are_days,
    "reports": _are_tokens,
    "missing": _are_missing,
    "refused_day": _is_day,
    "ids": is_digest,
}
"""What an entry may hold beside its cursor, and what each of it has to be."""

CURSOR_VALUES: dict[str, Callable[[Any], bool]] = {"date": _is_day, "UPDATED_TIME": _is_instant}
"""By cursor field."""
