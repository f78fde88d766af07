"""How every analytics report is read: planned per account, fetched ahead, emitted in order."""

from __future__ import annotations

import concurrent.futures
import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.cursors import (
    END_OF_DAY,
    AccountCursor,
    Pass,
    Wanted,
    finished,
    known_final,
    not_final_from,
    passes,
    question,
    swept,
)
from source_pinterest.fit import Fit
from source_pinterest.http import limits
from source_pinterest.http.client import query
from source_pinterest.http.errors import PinterestError, RequestRefused, Unavailable
from source_pinterest.http.read_ahead import ReadAhead, in_thread
from source_pinterest.records import Batch, Row
from source_pinterest.slices import ONE_DAY, Window, earliest_day
from source_pinterest.streams.halving import Halving
from source_pinterest.streams.pinterest_stream import Failures, PinterestStream
from source_pinterest.streams.progress import Progress

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.slices import Slice
    from source_pinterest.streams.asynchronous import AsynchronousStream

logger = logging.getLogger("airbyte.source_pinterest")


@dataclass(frozen=True)
class Part:
    """One pass over one account."""

    base: Slice
    """What all its slices have in common: the account and the days."""

    ids: Mapping[str, list[str]]
    """Those that are still to be read, ascending, by kind (see Pass.after)."""

    is_whole: bool = True
    """Whether the pass begins at its beginning, and does not go on with one that was cut off."""

    is_history: bool = False
    """Whether its days are older than a synchronous report goes back."""

    def __len__(self) -> int:
        return sum(map(len, self.ids.values()))


class AnalyticsStream(AccountCursor, PinterestStream):
    """Metrics of an ad account or a user, with a state for each."""

    is_resumable = True

    account_field: ClassVar[str] = "ad_account_id"
    """The field of a slice that the state is kept by."""

    is_daily: ClassVar[bool] = True
    """A row for each day, or the total of the window."""

    columns: tuple[str, ...]
    """The columns of the schema that the configured catalog selects; all when it names none."""

    types: Fit
    """Makes the values of rows what the schema says."""

    wanted: Wanted

    id_name: ClassVar[str] = "user"
    """What the ids of this report identify, in the singular."""

    # --- What a family of reports says of itself ---

    def question(self) -> str:
        """What the numbers depend on, as a hash; not the columns."""
        return question()

    @abstractmethod
    def plan(self, failures: Failures) -> list[Part]:
        """What is to be read of all accounts, each account's in the order of its passes."""

    @abstractmethod
    def slices(self, part: Part) -> Iterator[Slice]:
        """The slices of a part; the last one says so, and there is at least one."""

    def requests_of(self, part: Part) -> int:
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

    def checked(self, last: Slice) -> Iterator[Batch]:  # noqa: ARG002  a report may have no check
        """Looks at a pass that has come to its last slice; what it finds missing is emitted."""
        return iter(())

    has_history: ClassVar[bool] = False
    """Whether days before those that synchronous reports have can be read as well."""

    def history(
        self,
        parts: list[Part],  # noqa: ARG002  there are none without `has_history`
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
        planning = in_thread(lambda: self.plan(failures))
        yield from states_until(planning, self, states)
        planned = planning.result()
        parts = [part for part in planned if not part.is_history]
        progress = Progress(self.name, sum(map(len, parts)))
        if parts:
            logger.info(self._preflight(parts))
            yield progress.estimate(sum(len(p) * self.rows_of_an_id(p.base) for p in parts))
        ahead = ReadAhead(self.answers, self.cells, limits.REQUESTS_AHEAD, limits.CELLS_AHEAD)
        for stream_slice, future in ahead.over(s for part in parts for s in self.slices(part)):
            account = stream_slice[self.account_field]
            if account in failures.of and not self.goes_on_after_failure:
                continue
            yield from states_until(future, self, states)
            try:
                for part, body in future.result():
                    for batch in self.batches(body, part, failures):
                        progress.rows += len(batch.rows)
                        yield batch
                yield from progress.after(stream_slice)
            except PinterestError as error:
                failures.add(account, self.what(stream_slice), error)
            if account not in failures.of and stream_slice.get("last"):
                yield from self.checked(stream_slice)
            if account not in failures.of and self._advance(stream_slice):
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

    def answers(self, stream_slice: Slice) -> list[tuple[Slice, Any]]:
        """The bodies of a slice, with what each of them answers.

        When midnight UTC passes in mid-sync, the first of 90 days is no longer to be had.
        """
        try:
            return list(self._halving.answers(stream_slice))
        except RequestRefused as error:
            window = Window.of(stream_slice)
            if window.start != earliest_day(self.reading.today):
                raise
            if not self.is_daily:
                raise out_of_reach(error) from None
            rest = {**stream_slice, "start_date": str(window.start + ONE_DAY)}
            found = list(self._halving.answers(rest))
            logger.warning(
                f"{self.what(stream_slice)}: Pinterest no longer has {window.start}, since midnight "
                f"(UTC) has passed in mid-sync. The other days are read ({error})"
            )
            return found

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        """Fixes what this sync asks for: columns (all, where none is selected) and days."""
        offered = self.get_json_schema()["properties"]
        self.columns = tuple(name for name in offered if name in selected or not selected)
        config = self.reading.config
        self.wanted = Wanted(
            today=self.reading.today,
            backfill_days=config.backfill_days,
            lookback_days=config.lookback_days if self.is_daily else None,
            question=self.question(),
            resumes_only=is_full_refresh,
            start=config.start_date if self.is_daily else None,
            goes_back=limits.REPORT_LOOKBACK if self.has_history else limits.ANALYTICS_LOOKBACK,
        )
        self.types = Fit.of(offered, self.columns, self.misfits)
        self._halving = Halving(self.send, may_split_days=self.is_daily)

    def _preflight(self, parts: list[Part]) -> str:
        """What is going to be read, and how long it takes at least, in one line."""
        a_minute = limits.REQUESTS_PER_MINUTE[self.category]
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

    def _advance(self, stream_slice: Slice) -> bool:
        """Moves the state behind a slice whose rows were emitted. False: nothing to say yet."""
        account = stream_slice[self.account_field]
        window = Window.of(stream_slice)
        is_last = stream_slice.get("last", False)
        if "after" not in stream_slice and not is_last:
            return False
        entry = swept(self.entry(account), self.wanted, window, stream_slice.get("after", {}))
        if day := self.first_not_final(stream_slice):
            entry = not_final_from(entry, day)
        if is_last:
            entry = finished(entry, self.wanted, self.cursor_field, window)
            entry = known_final(entry, self.final_days(stream_slice))
        self.replace(account, entry)
        return True

    def url_bytes(self, stream_slice: Slice) -> int:
        """How long the URL of a slice is."""
        path = self.path(stream_slice=stream_slice)
        params = query(self.request_params(stream_state=None, stream_slice=stream_slice))
        return len(f"{self.url_base}{path}?{params}")


def out_of_reach(error: RequestRefused) -> Unavailable:
    """The refusal of a total that begins on the earliest day that there was when the sync began."""
    return Unavailable(
        f"{error} If midnight (UTC) has passed since the sync began, its first day is "
        "out of Pinterest's reach now: run the sync again, for totals to yesterday."
    )


def counted(number: int, noun: str) -> str:
    """
    >>> counted(1, "ad"), counted(5_000, "ad")
    ('1 ad', '5,000 ads')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def states_until(
    future: concurrent.futures.Future[Any],
    stream: AnalyticsStream | AsynchronousStream,
    states: ConnectorStateManager,
) -> Iterator[AirbyteMessage]:
    """Waits. The state is repeated when it takes longer than a platform should go without a message."""
    while not _is_done(future):
        yield stream.state_message(states, stream.state)


def _is_done(future: concurrent.futures.Future[Any]) -> bool:
    try:
        future.exception(timeout=limits.SECONDS_BETWEEN_STATES)
    except concurrent.futures.TimeoutError:
        return future.done()
    return True
