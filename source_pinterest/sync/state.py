"""The state of an analytics stream: how far each ad account (or user) has been read.

    {"version": 1,
     "549755885175": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-23",
                      "sweep": {"start": "2026-08-26", "end": "2026-11-23", "after": "6872013617"}}}

- `version`: of this format (`versioned`, `unversioned`). Streams see neither it nor the compact form of a state of
  many accounts (`compact_state.py`).
- `since` to `date` (or `UPDATED_TIME`): the complete days. Missing until a first pass is done.
- `question`: the fingerprint, a hash of the settings that the numbers depend on. If it changes, `since` and
  `date` no longer count.
- `sweep`: the pass in progress; with `"done": true`, a pass that is done in a sync that is not. Its ids are read in
  ascending order, as integers; all up to `after` are done. `not_final` is the first day on which Pinterest's
  numbers are not final. After the sweep, the history is read from asynchronous reports, the latest days first:
  `since`, within `sweep`, is the first day that this sync has read. A custom report reads its days in order, each
  with all ids: its sweep began with the day `since`, and `start` is the next day to read.
- `final`: by kind of metrics, the last day that was final when it was read.
- `reports`: the tokens of asynchronous reports in preparation, by a hash of their bodies.
- `missing`: by id, the first missing day, because Pinterest refused the id, or a list showed it late. Everything
  else does not apply to these ids. `ids`: a digest of the ids that the entry covers (`covered_ids.py`).
- `differs`: by column and day, how much more the ad account's own total is than the sum of the rows, even after they
  were read again (`streams/analytics/reconciliation.py`). It has the latest 31 days.
- `unlisted`: the list of ids had items without an id, so a resumed sweep looks for late ids.
- `refused_day`: a day that Pinterest has refused as the first of a window.
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
from source_pinterest.sync.slices import ID, ONE_DAY, Window
from source_pinterest.text import cut, printable

END_OF_DAY = "T23:59:59Z"

VERSION = 1
"""The version of the format of saved states. A state without a version has this one."""

MAX_DIFFERENCES = 31
"""The most days whose differences an entry keeps, so that 1,000 entries fit into one message. Our choice."""

FINGERPRINT_CHANGED = (
    "the attribution windows, the report time, the targeting types or `only_active_pins` "
    "have changed, so the whole window is read again"
)

REPORT_CHANGED = (
    "the report has changed (its level, granularity, breakdowns, statuses or "
    "attribution), so all its days are read again"
)


def fingerprint(**depends_on: Any) -> str:
    """A short hash of the settings that a report's numbers depend on."""
    text = json.dumps(depends_on, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class AccountState(Mapping[str, Any]):
    """The state of one ad account or user. Immutable: each step of a sync returns a new one.

    The methods `after_…` are named after what was delivered: `after_slice` some ids, `after_days` some days,
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

    # --- Whether it still counts ---

    @property
    def is_cut_off(self) -> bool:
        """Whether an earlier attempt has left a sweep unfinished."""
        sweep = self.get("sweep")
        return bool(sweep and not sweep.get("done"))

    def usable(self, request: ReadRequest) -> tuple[AccountState, list[str]]:
        """The state, if it still counts; otherwise an empty one, and the reason as a warning."""
        if self.get("question", request.fingerprint) != request.fingerprint:
            return AccountState(), [REPORT_CHANGED if request.is_by_day else FINGERPRINT_CHANGED]
        if self.names_days_to_come(request):
            return AccountState(), [
                "its state names days in the future, so a clock was wrong, and the whole window is "
                "read again"
            ]
        return self, []

    def names_days_to_come(self, request: ReadRequest) -> bool:
        """Whether the state has future days, because a clock was wrong.

        Today does not count as a future day, because a sync just before midnight may follow one just after it.
        Nor does a day more than a year ahead: a user, or a platform's test, has set it so that nothing is read.
        """
        sweep_end = self.get("sweep", {}).get("end", "")
        cursor = str(self.get("date") or self.get("UPDATED_TIME") or "")[:10]
        a_year_ahead = str(request.today + timedelta(days=366))
        return sweep_end > str(request.today) or str(request.today) < cursor <= a_year_ahead

    def final_through(self, kinds: frozenset[str]) -> date | None:
        """The last day on which all these kinds of metrics were final when they were read."""
        days = [self.get("final", {}).get(kind) for kind in kinds]
        return date.fromisoformat(min(days)) if days and all(days) else None

    def _is_void(self, request: ReadRequest) -> bool:
        """Whether the state no longer counts, so that everything is read again."""
        return self.get("question") != request.fingerprint or self.names_days_to_come(request)

    # --- What was delivered ---

    def after_slice(
        self, request: ReadRequest, window: Window, after: Mapping[str, str]
    ) -> AccountState:
        """The state after a pass over the window has delivered all ids up to `after`, by kind of id."""
        state = AccountState({"question": request.fingerprint}) if self._is_void(request) else self
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
        if self._is_void(request):
            kept = {"reports": self["reports"]} if "reports" in self else {}
            state = AccountState({"question": request.fingerprint, **kept})
        if window.end >= until:
            return state.without("sweep").after_pass(request, Window(since, until))
        start = str(window.end + ONE_DAY)
        return state.with_(sweep={"since": str(since), "start": start, "end": str(until)})

    def after_pass(self, request: ReadRequest, window: Window) -> AccountState:
        """The state after a pass has delivered every id of its window.

        The cursor stays before the first day that is not final, but by no more than the lookback.
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

    # --- Notes beside the progress ---

    def not_final_from(self, day: str) -> AccountState:
        """The state after its sweep has read a day whose numbers are not final (ISO 8601)."""
        sweep = self["sweep"]
        return self.with_(sweep={**sweep, "not_final": min(day, sweep.get("not_final", day))})

    def with_final(self, through: Mapping[str, date]) -> AccountState:
        """The state after a pass in which, by kind of metrics, all days up to `through` were final."""
        known = self.get("final", {})
        final = {kind: max(str(day), known.get(kind, "")) for kind, day in through.items()}
        return self.with_(final={**known, **final}) if final else self

    def with_missing(self, missed: Mapping[str, str], read: Iterable[str]) -> AccountState:
        """The state after the ids of `read` were read from their first missing day on, and those of `missed`, with
        their first missing day, were refused.

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
        """The state after a pass with the differences between the ad account's own total and the rows, by day.

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
    """The state of a stream: that of each ad account (or user).

    A returned value is never changed in place, since a message may hold it.
    """

    def __init__(self, stream: str, cursor_field: str) -> None:
        self._stream = stream
        self._cursor_field = cursor_field
        self._states: dict[str, AccountState] = {}

    def load(self, value: Mapping[str, Any]) -> None:
        """Raises a config error if this connector cannot have written it."""
        for account, state in value.items():
            if not (ID.fullmatch(str(account)) and _is_state(state, self._cursor_field)):
                raise foreign_state_error(self._stream, account)
        self._states = {account: AccountState(state) for account, state in value.items()}

    def as_json(self) -> dict[str, Any]:
        """The value in a STATE message."""
        return as_json(self._states)

    @property
    def by_account(self) -> Mapping[str, AccountState]:
        """The present states. This mapping never changes."""
        return self._states

    def accounts(self) -> set[str]:
        return set(self._states)

    def of(self, account: str) -> AccountState:
        """The state of an account; empty if nothing of it was read."""
        return self._states.get(account) or AccountState()

    def replace(self, account: str, state: AccountState) -> None:
        self._states = {**self._states, account: state}

    def clear_sweeps(self, *more: str) -> None:
        """Removes the sweeps of a complete stream, so that the next sync starts from the beginning. `more` names
        further parts to remove."""
        parts = ("sweep", "reports", "unlisted", *more)
        self._states = {account: state.without(*parts) for account, state in self._states.items()}


def versioned(state: Mapping[str, Any]) -> dict[str, Any]:
    """A stream's state, by account, in the saved format."""
    return {"version": VERSION, **compact(state)}


def unversioned(saved: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """A stream's state, by account, from the saved format. Raises a config error if this release does not read it.

    >>> unversioned(versioned({"7": {}}), "ad_analytics_daily")
    {'7': {}}
    """
    state = dict(saved)
    version = state.pop("version", VERSION)
    if type(version) is not int or version < 1:
        raise foreign_state_error(stream, "version")
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
        raise foreign_state_error(stream, str(error)) from None


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


def foreign_state_error(stream: str, account: object) -> AirbyteTracedException:
    """The config error for the state of an account, or another part, that this connector cannot have written."""
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
    """Whether a value is the state of an account. Unknown parts, such as those of a newer release, are kept and
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
    """Whether a value is a day in ISO 8601, of the years 1970 to 8999."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        return 1970 <= date.fromisoformat(value).year < 9000
    except ValueError:
        return False


def _is_instant(value: Any) -> bool:
    """Whether a value is a day, with or without a time."""
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
"""By part of a state, its validator. `CURSOR_VALUES` has those of the cursor."""

CURSOR_VALUES: dict[str, Callable[[Any], bool]] = {"date": _is_day, "UPDATED_TIME": _is_instant}
"""Validators by cursor field."""
