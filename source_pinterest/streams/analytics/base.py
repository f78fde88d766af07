"""How every analytics report is read: planned per account, fetched ahead, emitted in order."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from source_pinterest.api import limits
from source_pinterest.http.client import query
from source_pinterest.http.errors import PinterestError
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.progress import Progress
from source_pinterest.streams.analytics.sending import Answer, Sending
from source_pinterest.streams.base import PinterestStream
from source_pinterest.sync.covered_ids import Created, digest, is_digest, late
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.heartbeat import states_until
from source_pinterest.sync.observed import ArrayForm, Reach, Selection
from source_pinterest.sync.prefetch import Prefetcher
from source_pinterest.sync.slices import ONE_DAY, Window
from source_pinterest.sync.state import (
    END_OF_DAY,
    AccountCursor,
    Pass,
    ReadRequest,
    after_pass,
    after_slice,
    fingerprint,
    gone,
    not_final_from,
    passes,
    usable,
    with_final,
    with_missing,
)
from source_pinterest.text import counted
from source_pinterest.threads import submit

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")


@dataclass(frozen=True)
class AccountPass:
    """One pass over one account."""

    base: Slice
    """What all its slices have in common: the account and the days."""

    ids: Mapping[str, list[str]]
    """Those that are still to be read, ascending, by kind (see Pass.after)."""

    is_whole: bool = True
    """Whether the pass begins at its beginning, and does not go on with one that was cut off."""

    is_history: bool = False
    """Whether its days are older than a synchronous report goes back."""

    is_missing: bool = False
    """Whether its ids are those that an earlier sync has missed: no part of a sweep."""

    def __len__(self) -> int:
        return sum(map(len, self.ids.values()))


class Missing(NamedTuple):
    """What earlier syncs have missed of an account."""

    part: AccountPass | None
    other_ids: list[str]
    is_too_much: bool = False
    """Whether the state had to go, so that the account is read anew."""


class AnalyticsStream(AccountCursor, PinterestStream):
    """Metrics of an ad account or a user, with a state for each."""

    is_resumable = True

    account_field: ClassVar[str] = "ad_account_id"
    """The field of a slice that the state is kept by."""

    is_daily: ClassVar[bool] = True
    """A row for each day, or the total of the window."""

    columns: tuple[str, ...]
    """The columns of the schema that the configured catalog selects; all when it names none."""

    types: ColumnTypes
    """Makes the values of rows what the schema says."""

    wanted: ReadRequest

    reach: Reach = Reach.SYNCHRONOUS

    has_a_list: bool = True
    """Whether its ids are those of a list, which may show some of them late."""

    needs_a_column: ClassVar[bool] = True
    """Whether a request without any of its optional columns is none."""

    id_name: ClassVar[str] = "user"
    """What the ids of this report identify, in the singular."""

    # --- What a family of reports says of itself ---

    def fingerprint(self) -> str:
        """What the numbers depend on, as a hash; not the columns."""
        return fingerprint()

    @abstractmethod
    def plan(self, failures: Failures) -> list[AccountPass]:
        """What is to be read of all accounts, each account's in the order of its passes."""

    @abstractmethod
    def slices(self, part: AccountPass) -> Iterator[Slice]:
        """The slices of a part; the last one says so, and there is at least one."""

    def requests_of(self, part: AccountPass) -> int:
        """How many requests a part takes when nothing fails."""
        return sum(1 for each in self.slices(part) if each["ids"])

    def rows_of_an_id(self, stream_slice: Slice) -> int:
        """How many rows an id is expected to have, at most."""
        return Window.of(stream_slice).days if self.is_daily else 1

    @abstractmethod
    def send(self, stream_slice: Slice) -> Any:
        """The body of one request. Called by several threads."""

    @abstractmethod
    def cells(self, stream_slice: Slice) -> int:
        """How many values the answer is expected to hold."""

    @abstractmethod
    def endpoint_of(self, stream_slice: Slice) -> str:
        """What the requests of this kind of report are sent to, as a warning names it."""

    @abstractmethod
    def optional_columns(self, stream_slice: Slice) -> list[str]:
        """The columns (or metrics) of a request that it may do without."""

    def array_form(self) -> ArrayForm:
        """How several ids are sent."""
        return self.context.observed.ids

    def selection(self, stream_slice: Slice) -> Selection:
        """What Pinterest was found to refuse in this kind of report."""
        return self.context.observed.selection(self.endpoint_of(stream_slice))

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:  # noqa: ARG002
        """How many of the ids that were asked for an answer is about; more than one is enough."""
        return len(stream_slice["ids"])

    def probe_ids(self, stream_slice: Slice) -> bool:  # noqa: ARG002  where answers show it
        """Whether Pinterest understands several ids, asked with one request."""
        return False

    def explained(self, error: PinterestError, stream_slice: Slice) -> PinterestError:  # noqa: ARG002
        """A refusal, as the user's to cure where the configuration has asked for it."""
        return error

    def is_one_by_one(self, body: Any) -> bool:  # noqa: ARG002
        """Whether an answer about several ids was put together from answers about one each."""
        return False

    def clear_sweeps(self) -> None:
        """A total is read whole by the next sync, of whichever ids there are then."""
        super().clear_sweeps()
        if not self.is_daily:
            self._state = {
                account: {name: value for name, value in entry.items() if name != "ids"}
                for account, entry in self._state.items()
            }

    def read_since(self, stream_slice: Slice) -> str | None:  # noqa: ARG002
        """The first day that a pass has read, where the answers lack days before it."""
        return None

    def checked(self, last: Slice) -> Iterator[Batch]:  # noqa: ARG002  a report may have no check
        """Looks at a pass that has come to its last slice; what it finds missing is emitted."""
        return iter(())

    has_history: ClassVar[bool] = False
    """Whether days before those that synchronous reports have can be read as well."""

    def history(
        self,
        parts: list[AccountPass],  # noqa: ARG002  there are none without `has_history`
        states: ConnectorStateManager,  # noqa: ARG002
        failures: Failures,  # noqa: ARG002
    ) -> Iterator[Batch | AirbyteMessage]:
        """The records of these days, and each STATE behind them."""
        return iter(())

    def first_not_final(self, stream_slice: Slice) -> str | None:  # noqa: ARG002
        """The first day of the slice just read whose numbers are not final, where that is known."""
        return None

    def final_days(self, last: Slice) -> Mapping[str, date]:  # noqa: ARG002
        """By kind of metrics: the day up to which those of a pass were final when it began."""
        return {}

    def what(self, stream_slice: Slice) -> str:
        """The slice, as an error names it."""
        who = "user" if self.account_field == "user_id" else "ad account"
        days = f"{stream_slice['start_date']} to {stream_slice['end_date']}"
        return f"{self.name} of {who} {stream_slice[self.account_field]}, {days}"

    # --- Reading ---

    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | AirbyteMessage]:
        self.prepare(
            configured.stream.json_schema.get("properties") or {},
            is_full_refresh=configured.sync_mode.value == "full_refresh",
        )
        failures = Failures()
        planning = submit(lambda: self.plan(failures))
        yield from states_until(
            planning,
            lambda: self.state_message(states, self.state),
            self.limits.seconds_between_states,
        )
        planned = planning.result()
        parts = [part for part in planned if not part.is_history]
        progress = Progress(self.name, sum(map(len, parts)))
        if parts:
            logger.info(self._preflight(parts))
            yield progress.estimate(sum(len(p) * self.rows_of_an_id(p.base) for p in parts))
        ahead = Prefetcher(
            self.answers, self.cells, self.limits.requests_ahead, self.limits.cells_ahead
        )
        for stream_slice, future in ahead.over(s for part in parts for s in self.slices(part)):
            account = stream_slice[self.account_field]
            if account in failures.failed_accounts and not self.goes_on_after_failure:
                continue
            yield from states_until(
                future,
                lambda: self.state_message(states, self.state),
                self.limits.seconds_between_states,
            )
            missed: dict[str, str] = {}
            try:
                for part, body in future.result():
                    if isinstance(body, PinterestError):
                        self._note_missed(part, body, missed, failures)
                        continue
                    for batch in self.batches(body, part, failures):
                        progress.rows += len(batch.rows)
                        yield batch
                yield from progress.after(stream_slice)
            except PinterestError as error:
                failures.add(account, self.what(stream_slice), error)
            if account not in failures.failed_accounts and stream_slice.get("last"):
                try:
                    yield from self.checked(stream_slice)
                except PinterestError as error:
                    failures.add(account, self.what(stream_slice), error)
            if account not in failures.failed_accounts and self._advance(stream_slice, missed):
                yield self.state_message(states, self.state)
        yield from self.history([part for part in planned if part.is_history], states, failures)
        failures.raise_if_any(self.name)
        self.clear_sweeps()
        yield self.state_message(states, self.state)

    goes_on_after_failure: ClassVar[bool] = False
    """Whether a slice that failed says nothing about the account's other slices."""

    def read_records(  # type: ignore[override]
        self, *_: Any, stream_slice: Slice, **__: Any
    ) -> Iterator[Row]:
        for part, body in self.answers(stream_slice):
            for batch in self.batches(body, part, Failures()):
                yield from batch.records()

    def batches(
        self,
        body: Any,
        stream_slice: Slice,
        failures: Failures,  # noqa: ARG002  a family may have answers that are failures
    ) -> Iterator[Batch]:
        """The records of one answer."""
        yield self.batch(body, stream_slice)

    def answers(self, stream_slice: Slice) -> list[Answer]:
        """The bodies of a slice, with what each of them answers. Called by several threads."""
        return self._sending.answers(stream_slice)

    def _note_missed(
        self, part: Slice, error: PinterestError, missed: dict[str, str], failures: Failures
    ) -> None:
        """An id that Pinterest refuses is missing, and asked for again by the next syncs."""
        account = part[self.account_field]
        self._gaps.add(account)
        who = "user" if self.account_field == "user_id" else "ad account"
        part = self._sending.within_reach(part) or part
        for each in part["ids"]:
            failures.note(f"{self.id_name}s of {who} {account}", error, element=each)
            missed[each] = min(part["start_date"], missed.get(each, part["start_date"]))

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        """Fixes what this sync asks for: columns (all, where none is selected) and days."""
        offered = self.get_json_schema()["properties"]
        self.columns = tuple(name for name in offered if name in selected or not selected)
        if not_offered := [name for name in selected if name.isupper() and name not in offered]:
            more = f" and {len(not_offered) - 3} more" if len(not_offered) > 3 else ""
            logger.warning(
                f"{self.name}: this report has no {', '.join(not_offered[:3])}{more}, although the catalog "
                "selects it. It stays empty. Refresh the source's schema to take it out."
            )
        config = self.context.config
        self.wanted = ReadRequest(
            today=self.context.today,
            backfill_days=config.backfill_days,
            lookback_days=config.lookback_days if self.is_daily else None,
            fingerprint=self.fingerprint(),
            resumes_only=is_full_refresh,
            start=config.start_date if self.is_daily else None,
            goes_back=limits.REPORT_LOOKBACK
            if self.has_history
            else self.limits.analytics_lookback,
            edge=self.context.observed.days.first(self.reach),
        )
        self.types = ColumnTypes.of(offered, self.columns, self.answer_warnings)
        self._sending = Sending(self)
        self._digests: dict[str, str] = {}
        """By account: which ids this sync asks for."""
        self._missed_before: dict[str, dict[str, str]] = {}
        """By account: what was refused of slices behind which the state has not moved yet."""
        self._unlisted: set[str] = set()
        """The accounts whose list of ids lacks some."""
        self._gaps: set[str] = set()
        """The accounts whose rows need not add up: some ids are missing, or read for other days."""

    def _preflight(self, parts: list[AccountPass]) -> str:
        """What is going to be read, and how long it takes at least, in one line."""
        a_minute = self.limits.requests_per_minute[self.category]
        requests = sum(map(self.requests_of, parts))
        minutes = (requests - 1) // a_minute
        accounts = len({part.base[self.account_field] for part in parts})
        what = counted(sum(map(len, parts)), self.id_name)
        if self.account_field != "user_id" and self.id_name != "ad account":
            what += f" of {counted(accounts, 'ad account')}"
        wait = f", at least {counted(minutes, 'minute')}" if minutes > 0 else ""
        return (
            f"{self.name}: {min(part.base['start_date'] for part in parts)} to "
            f"{max(part.base['end_date'] for part in parts)}, {what}, "
            f"{counted(requests, 'request')}{wait} (Pinterest allows {a_minute:,} a minute)."
        )

    def account_passes(self, account: str) -> list[Pass]:
        """What is to be read of an account. Says in the log what can no longer be had."""
        planned, warnings = passes(self.entry(account), self.wanted, self.cursor_field)
        for warning in warnings:
            logger.warning(f"{self.name}, {account}: {warning}.")
        return planned

    def days(self, window: Window) -> Slice:
        """The part of a slice that names its days."""
        return {"start_date": str(window.start), "end_date": str(window.end)}

    def window_fields(self, stream_slice: Slice) -> Row:
        """What each row of a total says about its window."""
        if self.is_daily:
            return {}
        end = stream_slice["end_date"]
        fields = {"date": end, "start_date": stream_slice["start_date"]}
        if self.cursor_field == "UPDATED_TIME":
            fields["UPDATED_TIME"] = f"{end}{END_OF_DAY}"
        return fields

    def is_to_be_planned(self, account: str, planned: list[Pass]) -> bool:
        """Whether there is something to be read of an account: of days, or of ids that were missed."""
        entry = self.entry(account) or {}
        return bool(planned or entry.get("missing") or entry.get("unlisted"))

    def note_unlisted(
        self, account: str, what: str, error: PinterestError, failures: Failures
    ) -> None:
        """The list of an account's ids lacks some."""
        failures.note(what, error)
        self._unlisted.add(account)
        self._gaps.add(account)

    def missing_part(self, account: str, base: Slice, ids: list[str], created: Created) -> Missing:
        """What earlier syncs have missed of an account, as a part of its own; and the other ids.

        An id that the state does not cover, since a list has it late, is missing from the first day on.
        """
        entry = usable(self.entry(account), self.wanted, "")[0]
        window = self.wanted.beside(entry).window
        cursor = entry.get(self.cursor_field, "")[:10]
        lookback = timedelta(days=self.wanted.lookback_days or 0)
        before = window.end + ONE_DAY - lookback
        if self.has_a_list:
            self._digests[account] = digest(ids, created, before)
        missing = {each: entry["missing"][each] for each in ids if each in entry.get("missing", ())}
        may_be_late = self.is_daily or entry.get("unlisted")
        if may_be_late and is_digest(entry.get("ids")) and (cursor or entry.get("sweep")):
            start = date.fromisoformat(cursor) + ONE_DAY - lookback if cursor else before
            new = [each for each in late(entry["ids"], ids, created, start) if each not in missing]
            if new:
                logger.info(
                    f"{self.name}: {counted(len(new), self.id_name)} of {account} may be new to the "
                    "state, so the whole window of these is read."
                )
            missing |= dict.fromkeys(new, entry.get("since", str(window.start)))
        if entry.get("missing") or missing:
            if len(missing) > limits.MOST_REFUSED_IDS:
                logger.info(f"{self.name}: {len(missing):,} ids of {account}: all is read again.")
                self.replace(account, {"question": self.wanted.fingerprint})
                return Missing(None, ids, is_too_much=True)
            no_longer_listed = set(entry.get("missing", ())) - set(missing)
            self.replace(account, with_missing(entry, missing, no_longer_listed))
        if not missing:
            return Missing(None, ids)
        first = date.fromisoformat(min(missing.values()))
        is_whole = not self.is_daily or self.wanted.resumes_only
        begins = window.start if is_whole else max(first, self.wanted.earliest)
        if begins > window.end:
            return Missing(None, ids)
        if not is_whole and (lost := gone(first, begins, begins)):
            logger.warning(f"{self.name}, {account}: of {len(missing):,} ids {lost[0]}.")
        self._gaps.add(account)
        part = AccountPass(
            {**base, **self.days(Window(begins, window.end)), "is_missing": True},
            {"missing": [each for each in ids if each in missing]},
            is_missing=True,
        )
        return Missing(part, [each for each in ids if each not in missing])

    def _advance(self, stream_slice: Slice, missed: Mapping[str, str]) -> bool:
        """Moves the state behind a slice whose rows were emitted. False: nothing to say yet."""
        account = stream_slice[self.account_field]
        refused = self._missed_before.setdefault(account, {})
        for each, day in missed.items():
            refused[each] = min(day, refused.get(each, day))
        if "after" in stream_slice and stream_slice.get("is_missing"):
            read = set(stream_slice["ids"]) - set(refused)
            former = self.entry(account) or {"question": self.wanted.fingerprint}
            self.replace(account, with_missing(former, self._missed_before.pop(account), read))
            return True
        window = Window.of(self._sending.within_reach(stream_slice) or stream_slice)
        is_last = stream_slice.get("last", False)
        if "after" not in stream_slice and not is_last:
            return False
        entry = after_slice(self.entry(account), self.wanted, window, stream_slice.get("after", {}))
        if not_final := self.first_not_final(stream_slice):
            entry = not_final_from(entry, not_final)
        if is_last:
            entry = after_pass(entry, self.wanted, self.cursor_field, window)
            entry = with_final(entry, self.final_days(stream_slice))
            since = self.read_since({**stream_slice, **self.days(window)})
            if since and entry["since"] == str(window.start):
                entry = {**entry, "since": since}
        entry = with_missing(entry, self._missed_before.pop(account), ())
        if is_last:
            entry = {name: value for name, value in entry.items() if name != "unlisted"}
            entry |= {"unlisted": True} if account in self._unlisted else {}
        if account in self._digests:
            entry = {**entry, "ids": self._digests[account]}
        if refused_day := self.context.observed.days.refused(self.reach):
            entry = {**entry, "refused_day": str(refused_day)}
        self.replace(account, entry)
        return True

    def url_bytes(self, stream_slice: Slice) -> int:
        """How long the URL of a slice is."""
        path = self.path(stream_slice=stream_slice)
        params = query(
            self.request_params(stream_state=None, stream_slice=stream_slice),
            self.context.client.repeated_keys,
        )
        return len(f"{self.url_base}{path}?{params}")
