"""The state of an analytics stream: how far each ad account (or user) has been read.

    {"version": 1,
     "549755885175": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-23",
                      "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "6872013617"}}}

- `version`: of this format (`versioned`, `unversioned`). Streams do not see it, nor that a state of many accounts has what
  they have in common once (`compact_state.py`).
- `since` to `date` (or `UPDATED_TIME`): complete. Missing until a first pass is done.
- `question`: the fingerprint, a hash of the settings that the numbers depend on. If it changes, `since` and
  `date` are void.
- `sweep`: the pass in progress, or done (`"done": true`) in a sync that is not. Its ids are read in
  ascending order, as integers; all up to `after` are done. `not_final` is the first day on which
  Pinterest's numbers are not final. After the sweep, older days are read from asynchronous reports, the
  latest first: `since` says how far, here for this sync. A custom report reads its days in order, all ids
  together: a `sweep` in progress began with the day `since`, and `start` is the first day still to be read.
- `final`: by kind of metrics, the last day that was final when it was read.
- `reports`: the tokens of asynchronous reports in preparation, by a hash of their bodies.
- `missing`: by id, the first day that is missing, because Pinterest refused the id, or a list showed it
  late. Everything else does not apply to these ids. `ids`: a digest of the ids that the entry covers
  (`covered_ids.py`).
- `differs`: by column and day, how much more the ad account's own total is than the sum of the rows, read
  twice (`streams/analytics/reconciliation.py`): at most the latest 31 days.
- `unlisted`: the list of the ids had items without an id, so that a resumed sweep looks for late ids.
- `refused_day`: a day that Pinterest refused as the first of its window.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from airbyte_cdk.models import FailureType  # type: ignore[attr-defined]
from airbyte_cdk.utils import AirbyteTracedException

from source_pinterest.config.validation import MAX_NESTING, nesting_depth
from source_pinterest.sync.compact_state import compact, expand
from source_pinterest.sync.covered_ids import is_digest
from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import ONE_DAY, Window
from source_pinterest.text import cut, printable

END_OF_DAY = "T23:59:59Z"

VERSION = 1
"""Of the format of all streams' states. A state without a version has this one."""

MAX_DIFFERENCES = 31
"""Days that an entry keeps a difference of, so that 1,000 entries fit into one message. Our choice."""

ANOTHER_FINGERPRINT = (
    "the attribution windows, the report time, the targeting types or `only_active_pins` are not what "
    "they were, so the whole window is read again"
)

ANOTHER_REPORT = (
    "the report is not what it was (its level, granularity, breakdowns, statuses or attribution), so "
    "all its days are read again"
)


def fingerprint(**depends_on: Any) -> str:
    """A short hash of the settings that a report's numbers depend on."""
    text = json.dumps(depends_on, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class AccountState(Mapping[str, Any]):
    """The state of one ad account or user. It never changes: each step of a sync makes another one.

    Each step is named after what was delivered: `after_slice` some ids, `after_days` some days,
    `after_pass` a whole window, `after_history` the days right before the complete ones.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Mapping[str, Any] | None = None) -> None:
        self._parts: dict[str, Any] = dict(parts or {})

    def __getitem__(self, name: str) -> Any:
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return f"AccountState({self._parts!r})"

    def as_json(self) -> dict[str, Any]:
        """The value in a STATE message."""
        return dict(self._parts)

    def with_(self, **parts: Any) -> AccountState:
        return AccountState({**self._parts, **parts})

    def without(self, *names: str) -> AccountState:
        return AccountState({name: self._parts[name] for name in self if name not in names})

    # --- What counts of it ---

    @property
    def is_cut_off(self) -> bool:
        """Whether a sweep of an earlier attempt is unfinished."""
        sweep = self.get("sweep")
        return bool(sweep and not sweep.get("done"))

    def usable(self, request: ReadRequest) -> tuple[AccountState, list[str]]:
        """The part of the state that still counts, and warnings about the rest."""
        if self.get("question", request.fingerprint) != request.fingerprint:
            return AccountState(), [ANOTHER_REPORT if request.is_by_day else ANOTHER_FINGERPRINT]
        if self.names_days_to_come(request):
            return AccountState(), [
                "its state names days that have not come yet, so a clock was wrong, and the whole "
                "window is read again"
            ]
        return self, []

    def names_days_to_come(self, request: ReadRequest) -> bool:
        """Whether the state was written with a wrong clock.

        Today does not count as a future day, because a sync just before midnight may follow one just after
        it. A day more than a year ahead was put there by hand, as platforms' tests do to read nothing.
        """
        sweep_end = self.get("sweep", {}).get("end", "")
        cursor = str(self.get("date") or self.get("UPDATED_TIME") or "")[:10]
        a_year_ahead = str(request.today + timedelta(days=366))
        return sweep_end > str(request.today) or str(request.today) < cursor <= a_year_ahead

    def final_through(self, kinds: frozenset[str]) -> date | None:
        """The last day on which all these kinds of metrics were final when they were read."""
        days = [self.get("final", {}).get(kind) for kind in kinds]
        return date.fromisoformat(min(days)) if days and all(days) else None

    def _begun_anew(self, request: ReadRequest) -> bool:
        return self.get("question") != request.fingerprint or self.names_days_to_come(request)

    # --- What was delivered ---

    def after_slice(
        self, request: ReadRequest, window: Window, after: Mapping[str, str]
    ) -> AccountState:
        """The state after a pass over the window has delivered all ids up to `after`."""
        state = (
            AccountState({"question": request.fingerprint}) if self._begun_anew(request) else self
        )
        before = state.get("sweep", {})
        days = {"start": str(window.start), "end": str(window.end)}
        if before.get("done") or before.get("end") != days["end"]:
            before = {}
        return state.with_(sweep={**before, **days, **after})

    def after_days(
        self, request: ReadRequest, window: Window, since: date, until: date
    ) -> AccountState:
        """The state after a pass by day has delivered the days from `since` to `until`."""
        state = self
        if self._begun_anew(request):
            kept = {"reports": self["reports"]} if "reports" in self else {}
            state = AccountState({"question": request.fingerprint, **kept})
        if window.end >= until:
            return state.without("sweep").after_pass(request, Window(since, until))
        start = str(window.end + ONE_DAY)
        return state.with_(sweep={"since": str(since), "start": start, "end": str(until)})

    def after_pass(self, request: ReadRequest, window: Window) -> AccountState:
        """The state after a pass has delivered every id of its window.

        The cursor stays before the first day that is not final, but for at most the lookback.
        """
        cursor, lookback = request.cursor, request.lookback_days
        start, end = window.start, window.end
        if not_final := self.get("sweep", {}).get("not_final"):
            held = date.fromisoformat(not_final) - ONE_DAY
            end = min(end, max(held, end - timedelta(days=lookback or 0)))
        if cursor in self and lookback is not None:
            known = date.fromisoformat(self[cursor][:10])
            end = max(end, known)
            if known + ONE_DAY >= start:  # without a gap
                start = min(start, date.fromisoformat(self["since"]))
        return self.with_(
            **{
                "since": str(start),
                cursor: f"{end}{END_OF_DAY}" if cursor == "UPDATED_TIME" else str(end),
                "sweep": {"start": str(window.start), "end": str(window.end), "done": True},
            }
        )

    def after_history(self, window: Window) -> AccountState:
        """The state after the days right before the complete ones were delivered."""
        since = str(window.start)
        sweep = {"sweep": {**self["sweep"], "since": since}} if self.get("sweep") else {}
        return self.with_(**sweep, since=since)

    # --- What is noted beside it ---

    def not_final_from(self, day: str) -> AccountState:
        """The state after its sweep has read numbers of this day that are not final."""
        sweep = self["sweep"]
        return self.with_(sweep={**sweep, "not_final": min(day, sweep.get("not_final", day))})

    def with_final(self, through: Mapping[str, date]) -> AccountState:
        """The state after a pass has read everything up to these days as final."""
        known = self.get("final", {})
        final = {kind: max(str(day), known.get(kind, "")) for kind, day in through.items()}
        return self.with_(final={**known, **final}) if final else self

    def with_missing(self, missed: Mapping[str, str], read: Iterable[str]) -> AccountState:
        """The state after some ids were read from their first missing day on, and others were refused.

        >>> state = AccountState({"missing": {"7": "2026-11-01", "8": "2026-11-02"}})
        >>> state.with_missing({"8": "2026-11-09", "9": "2026-11-03"}, ["7"])
        AccountState({'missing': {'8': '2026-11-02', '9': '2026-11-03'}})
        """
        done = set(read)
        missing = {
            missing_id: day
            for missing_id, day in self.get("missing", {}).items()
            if missing_id not in done
        }
        for missing_id, day in missed.items():
            missing[missing_id] = min(day, missing.get(missing_id, day))
        rest = self.without("missing")
        return rest.with_(missing=missing) if missing else rest

    def with_differences(self, column: str, by_day: Mapping[str, float]) -> AccountState:
        """The state after a pass whose sums differ from the ad account's own total on these days.

        >>> AccountState().with_differences("SPEND_IN_DOLLAR", {"2026-11-02": 7.0, "2026-11-01": 0.126})
        AccountState({'differs': {'SPEND_IN_DOLLAR': {'2026-11-01': 0.13, '2026-11-02': 7}}})
        """
        latest = sorted(by_day)[-MAX_DIFFERENCES:]
        figures = {day: round(by_day[day], 2) for day in latest}
        kept = {day: int(value) if value == int(value) else value for day, value in figures.items()}
        rest = self.without("differs")
        return rest.with_(differs={column: kept}) if kept else rest

    def with_reports(self, request: ReadRequest, tokens: Mapping[str, str]) -> AccountState:
        """The state with the tokens of asynchronous reports in preparation."""
        is_another = self.get("question") != request.fingerprint
        state = AccountState({"question": request.fingerprint}) if is_another else self
        state = state.without("reports")
        return state.with_(reports=dict(tokens)) if tokens else state


class AccountStates:
    """The state of a stream: one for each ad account (or user), beside the others.

    A value that was given out is never changed in place: a message keeps it.
    """

    def __init__(self, stream: str, cursor_field: str) -> None:
        self._stream = stream
        self._cursor_field = cursor_field
        self._of: dict[str, AccountState] = {}

    def load(self, value: Mapping[str, Any]) -> None:
        """Raises a config error if this connector cannot have written it."""
        for account, state in value.items():
            if not (ID.fullmatch(str(account)) and _is_state(state, self._cursor_field)):
                raise not_ours(self._stream, account)
        self._of = {account: AccountState(state) for account, state in value.items()}

    def as_json(self) -> dict[str, Any]:
        """The value in a STATE message."""
        return as_json(self._of)

    @property
    def by_account(self) -> Mapping[str, AccountState]:
        """The present states, which no later step changes. `as_json` makes a value of a message of them."""
        return self._of

    def accounts(self) -> set[str]:
        return set(self._of)

    def of(self, account: str) -> AccountState:
        """The state of an account; empty if nothing of it was read."""
        return self._of.get(account) or AccountState()

    def replace(self, account: str, state: AccountState) -> None:
        self._of = {**self._of, account: state}

    def clear_sweeps(self, *more: str) -> None:
        """Ends the sweeps of a complete stream, so that the next sync starts from the beginning. `more`:
        further parts to remove."""
        parts = ("sweep", "reports", "unlisted", *more)
        self._of = {account: state.without(*parts) for account, state in self._of.items()}


def versioned(state: Mapping[str, Any]) -> dict[str, Any]:
    """A stream's state, by account, as it is saved."""
    return {"version": VERSION, **compact(state)}


def unversioned(saved: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """A saved state as the stream takes it. Raises a config error if its format is a later one.

    >>> unversioned(versioned({"7": {}}), "ad_analytics_daily")
    {'7': {}}
    """
    state = dict(saved)
    version = state.pop("version", VERSION)
    if type(version) is not int or version < 1:
        raise not_ours(stream, "version")
    if version > VERSION:
        raise AirbyteTracedException(
            message=(
                f"The state of {stream} has version {version}, and this release of the connector reads "
                f"version {VERSION}. Use the release that wrote it or a later one, or clear this stream's "
                "data (reset its state) and sync again."
            ),
            failure_type=FailureType.config_error,
        )
    try:
        return expand(state)
    except ValueError as error:
        raise not_ours(stream, str(error)) from None


def as_json(states: Mapping[str, AccountState]) -> dict[str, Any]:
    """States by account as the value in a STATE message."""
    return {account: state.as_json() for account, state in states.items()}


OFFICIAL_KEYS = frozenset(
    {
        *("states", "state", "use_global_cursor", "parent_state", "lookback_window"),
        *("DATE", "date", "updated_time"),
    }
)
"""Keys of the states of Airbyte's own Pinterest connector, old and new, checked 2026-11-28."""


def not_ours(stream: str, account: object) -> AirbyteTracedException:
    """The error about an account's state that this connector cannot have written."""
    whose = (
        " It looks like one of Airbyte's own Pinterest connector."
        if account in OFFICIAL_KEYS
        else ""
    )
    return AirbyteTracedException(
        message=(
            f"The state of {stream} ({cut(printable(str(account)), 40)}) was not written by this "
            f"connector. Clear this stream's data (reset its state) and sync again.{whose}"
        ),
        failure_type=FailureType.config_error,
    )


def _is_state(state: Any, cursor: str) -> bool:
    """Whether it is the state of an account. Unknown parts, such as those of a newer version, are kept and
    ignored."""
    if not isinstance(state, Mapping) or nesting_depth(state) > MAX_NESTING:
        return False
    if ("since" in state) != (cursor in state):
        return False
    return all(is_right(state[name]) for name, is_right in PARTS.items() if name in state) and (
        cursor not in state or CURSOR_VALUES[cursor](state[cursor])
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
    """Whether it is a day within the range of dates."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        return 1970 <= date.fromisoformat(value).year < 9000
    except ValueError:
        return False


def _is_instant(value: Any) -> bool:
    """Whether it is a day, with or without a time."""
    return isinstance(value, str) and value[10:11] in ("", "T") and _is_day(value[:10])


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(ID.fullmatch(value))


def _are_days(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_day, value.values()))


def _are_missing(value: Any) -> bool:
    return _are_days(value) and all(map(_is_id, value))


def _are_differences(value: Any) -> bool:
    if not isinstance(value, Mapping) or not all(map(_are_figures, value.values())):
        return False
    return all(_is_day(day) for by_day in value.values() for day in by_day)


def _are_figures(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        type(figure) in (int, float) and math.isfinite(figure) for figure in value.values()
    )


def _are_tokens(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(token, str) for token in value.values())


ID = re.compile(r"\d{1,100}", re.ASCII)
"""Ids; Ids; Pinterest's have up to 19 digits."""

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

PARTS: dict[str, Callable[[Any], bool]] = {
    "question": lambda value: isinstance(value, str),
    "since": _is_day,
    "sweep": _is_sweep,
    "final": _are_days,
    "reports": _are_tokens,
    "missing": _are_missing,
    "refused_day": _is_day,
    "differs": _are_differences,
    "ids": is_digest,
}
"""The parts of a state beside its cursor, with their validators."""

CURSOR_VALUES: dict[str, Callable[[Any], bool]] = {"date": _is_day, "UPDATED_TIME": _is_instant}
"""Validators by cursor field."""
