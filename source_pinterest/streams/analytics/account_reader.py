"""Reads the passes of a stream with synchronous requests: several accounts at the same time, the answers of each in
order, each followed by a checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from source_pinterest.api import limits
from source_pinterest.http.errors import PinterestError
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.base import AccountPass, AccountPlan
from source_pinterest.streams.analytics.progress import Progress
from source_pinterest.streams.analytics.sending import Answer, Report, Sending
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.covered_ids import Created, digest, is_digest, late
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.passes import Pass, unavailable_days
from source_pinterest.sync.pool import Ticket
from source_pinterest.sync.prefetch import Lanes
from source_pinterest.sync.slices import ONE_DAY, Slice, Window
from source_pinterest.sync.state import AccountState, AccountStates
from source_pinterest.text import counted

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.api.limits import Limits
    from source_pinterest.streams.analytics.base import ReadPlan
    from source_pinterest.sync.read_request import ReadRequest

logger = logging.getLogger("airbyte.source_pinterest")


class SynchronousReport(Report, Protocol):
    """A report whose slices are synchronous requests."""

    @property
    def name(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def states(self) -> AccountStates: ...
    @property
    def plan(self) -> ReadPlan: ...
    def request_of(self, account: str) -> ReadRequest: ...
    @property
    def limits(self) -> Limits: ...

    @property
    def id_name(self) -> str:
        """The name of one entity of this report."""

    @property
    def has_a_list(self) -> bool:
        """Whether its ids come from a list, which may show some of them late."""

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass: at least one, and the last one has `last`."""

    def knows_slice_size(self) -> bool:
        """Whether the size of the slices after the one just taken is known."""

    def requests_of(self, account_pass: AccountPass) -> int:
        """The number of requests of a pass if nothing fails."""

    def rows_per_id(self, stream_slice: Slice) -> int:
        """The most rows that an id is expected to have."""

    def cells(self, stream_slice: Slice) -> int:
        """The most values that the answer to a slice is expected to have."""

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The bodies that answer a slice, each with the part of the slice that it answers. Called by several
        threads."""

    def answers_and_total(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The same as `answers`. Meanwhile, also fetches the total that `verify_pass` will need."""

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        """The records of one answer."""

    def is_deleted(self, part: Slice, error: PinterestError) -> bool:
        """Whether a refused id was deleted after it was listed, so that nothing of it is missing."""

    def verify_pass(self, last: Slice) -> Iterator[Batch]:
        """Checks a pass after its last slice, and yields rows that were missing."""

    def first_not_final(self, stream_slice: Slice) -> str | None:
        """The first day of the slice just read whose numbers are not final. None if all are, or it is unknown."""

    def annotate_state(self, state: AccountState, last: Slice, window: Window) -> AccountState:
        """The state after a pass with the report's own notes. `window`: the days of the pass that Pinterest has."""

    def checkpoint(self, states: ConnectorStateManager) -> Checkpoint: ...


class MissingIds(NamedTuple):
    """The ids of an account, divided into those that earlier syncs have missed and the others."""

    account_pass: AccountPass | None
    other_ids: list[str]
    are_too_many: bool = False
    """Whether so many ids are missing that the state was dropped, and the account is read from the beginning."""


class AccountReader:
    """Reads one stream in one sync."""

    def __init__(self, report: SynchronousReport) -> None:
        self._report = report
        self.sending = Sending(report)
        self.gaps: set[str] = set()
        """The accounts whose rows need not add up to the total, because ids are missing or were read for other days."""
        self._digests: dict[str, str] = {}
        """By account: a digest of the ids of this sync."""
        self._missed_before: dict[str, dict[str, str]] = {}
        """By account: the ids that were refused since the state last moved, with their first missing day."""
        self._unlisted: set[str] = set()
        """The accounts whose list of ids has unreadable items."""
        self._bytes_per_cell = report.limits.bytes_per_cell
        """The highest average size of a value in a large answer so far."""

    # --- Planning ---

    def has_work(self, account: str, planned: list[Pass]) -> bool:
        """Whether an account has days to read, or ids that were missed."""
        state = self._report.states.of(account)
        return bool(planned or state.get("missing") or state.get("unlisted"))

    def note_unlisted(
        self, account: str, what: str, error: PinterestError, failures: Failures
    ) -> None:
        """Notes that the list of an account's ids has unreadable items."""
        failures.note(what, error)
        self._unlisted.add(account)
        self.gaps.add(account)

    def plan_missing(
        self, account: str, base: Slice, ids: list[str], created: Created
    ) -> MissingIds:
        """A pass over the ids that earlier syncs have missed, and the other ids.

        An id that a list shows late, and the state does not cover, is missing from the first day on.
        """
        report, states = self._report, self._report.states
        request = report.request_of(account)
        state = states.of(account).usable(request)[0]
        window = request.without_refused_day(state).window
        known: Mapping[str, str] = state.get("missing", {})
        missing = {entity_id: known[entity_id] for entity_id in ids if entity_id in known}
        late_ids = [
            entity_id
            for entity_id in self._late_ids(account, state, window, ids, created)
            if entity_id not in missing
        ]
        if late_ids:
            logger.info(
                f"{report.name}: {counted(len(late_ids), report.id_name)} of {account} may be new to the "
                "state, so the connector reads their whole window."
            )
        missing |= dict.fromkeys(late_ids, state.get("since", str(window.start)))
        if len(missing) > limits.MAX_REFUSED_IDS:
            logger.info(f"{report.name}: {len(missing):,} ids of {account}: all is read again.")
            states.replace(account, AccountState({"question": request.fingerprint}))
            return MissingIds(None, ids, are_too_many=True)
        if known or missing:
            no_longer_listed = set(known) - set(missing)
            states.replace(account, state.with_missing(missing, no_longer_listed))
        days = self._days_of_missing(account, request, window, missing)
        if not days:
            return MissingIds(None, ids)
        self.gaps.add(account)
        account_pass = AccountPass(
            {**base, **days.fields, "is_missing": True},
            {"missing": [entity_id for entity_id in ids if entity_id in missing]},
            is_missing=True,
        )
        return MissingIds(
            account_pass, [entity_id for entity_id in ids if entity_id not in missing]
        )

    def _late_ids(
        self, account: str, state: AccountState, window: Window, ids: list[str], created: Created
    ) -> list[str]:
        """The ids that a list shows late, so that the state may not cover them. Also makes the digest of the ids."""
        report = self._report
        request = report.request_of(account)
        lookback = timedelta(days=request.lookback_days or 0)
        before = window.end + ONE_DAY - lookback
        if report.has_a_list:
            self._digests[account] = digest(ids, created, before)
        cursor = state.get(request.cursor, "")[:10]
        may_be_late = report.is_daily or state.get("unlisted")
        if not may_be_late or not is_digest(state.get("ids")) or not (cursor or state.get("sweep")):
            return []
        start = date.fromisoformat(cursor) + ONE_DAY - lookback if cursor else before
        return late(state["ids"], ids, created, start)

    def _days_of_missing(
        self, account: str, request: ReadRequest, window: Window, missing: Mapping[str, str]
    ) -> Window | None:
        """The days to read of missing ids: from the first missing one on, or all if the report is a total or this is a
        full refresh. None if there is none. Warns of days that are no longer available."""
        if not missing:
            return None
        report = self._report
        first = date.fromisoformat(min(missing.values()))
        is_whole = not report.is_daily or request.resumes_only
        start = window.start if is_whole else max(first, request.earliest)
        if start > window.end:
            return None
        if not is_whole and (lost := unavailable_days(first, start, start)):
            logger.warning(f"{report.name}, {account}: of {len(missing):,} ids {lost[0]}.")
        return Window(start, window.end)

    # --- Reading ---

    def read(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of several accounts at the same time, those of each in order; and each checkpoint after the
        records that it covers."""
        report = self._report
        progress = Progress(report.name)
        planned: list[AccountPass] = []
        left = len(plans)
        lanes: Lanes[Slice, Any] = Lanes(
            self._begin,
            report.limits.requests_ahead,
            report.knows_slice_size,
            report.limits.requests_at_once,
        )

        def begin(plan: AccountPlan) -> None:
            nonlocal left
            passes = plan.passes()
            left -= 1
            planned.extend(passes)
            progress.ids += sum(map(len, passes))
            if not left and planned:
                logger.info(self._preflight(planned))
                progress.expected = sum(len(p) * report.rows_per_id(p.base) for p in planned)
            lanes.add(self._slices(passes))

        for plan in plans:
            lanes.call_after(plan.needed, partial(begin, plan))
        for stream_slice, answered in lanes.as_completed():
            yield from progress.initial_estimate()
            yield from self._emit(stream_slice, answered, states, failures, progress)
            del answered  # it may be large, and the next one may take long

    def _begin(self, stream_slice: Slice) -> Ticket[Any]:
        report, pool = self._report, self._report.context.pool
        cells, bytes_per_cell = report.cells(stream_slice), report.limits.bytes_per_cell
        ticket = pool.submit(
            partial(report.answers_and_total, stream_slice),
            report.category,
            stream_slice[report.account_field],
            cells * self._bytes_per_cell // bytes_per_cell,
        )
        room = ticket.room

        def weigh(answered: Future[Any]) -> None:
            if not answered.cancelled() and not answered.exception():
                size = _bytes_of(answered.result())
                if size is not None:
                    pool.reweigh(room, size // bytes_per_cell)
                    self._learn(cells, size)

        ticket.add_done_callback(weigh)
        return ticket

    def _learn(self, cells: int, size: int) -> None:
        """Weighs the next requests by the size of this answer, if its values are at least half as large again as
        expected."""
        if size <= limits.LARGE_ANSWER_BYTES or not cells:
            return
        had, usual = size // cells, self._report.limits.bytes_per_cell
        if had > max(self._bytes_per_cell, 3 * usual // 2):
            self._bytes_per_cell = min(limits.MAX_BYTES_PER_CELL, had)

    def _emit(
        self,
        stream_slice: Slice,
        answered: Ticket[Any],
        states: ConnectorStateManager,
        failures: Failures,
        progress: Progress,
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        report = self._report
        account = stream_slice[report.account_field]
        if account in failures.failed_accounts and not report.continues_after_failure:
            return
        missed: dict[str, str] = {}
        try:
            done: list[str] = []
            answers = answered.result()
            for part, body in answers:
                if not isinstance(answers, list) and self._has_advanced_to(
                    part, stream_slice, done, missed
                ):
                    yield report.checkpoint(states)
                done += part["ids"]
                if isinstance(body, PinterestError):
                    self._note_missed(part, body, missed, failures)
                    continue
                for batch in report.batches(body, part):
                    progress.rows += len(batch.rows)
                    yield batch
            yield from progress.updated_estimate(stream_slice)
        except PinterestError as error:
            failures.add(account, report.describe(stream_slice), error)
        if account not in failures.failed_accounts and stream_slice.get("last"):
            try:
                yield from report.verify_pass(stream_slice)
            except PinterestError as error:
                failures.add(account, report.describe(stream_slice), error)
        if account not in failures.failed_accounts and self._advance(stream_slice, missed):
            yield report.checkpoint(states)

    def records_of(self, stream_slice: Slice) -> Iterator[Batch]:
        """The records of one slice, for callers that drive the stream through the CDK."""
        for part, body in self._report.answers(stream_slice):
            if isinstance(body, PinterestError):
                raise body
            yield from self._report.batches(body, part)

    def _slices(self, passes: Sequence[AccountPass]) -> Iterator[Slice]:
        for account_pass in passes:
            yield from self._report.slices(account_pass)

    def _note_missed(
        self, part: Slice, error: PinterestError, missed: dict[str, str], failures: Failures
    ) -> None:
        """Notes refused ids as missing, so that the next syncs request them again. A deleted id stays missing in the
        state until no list has it any more."""
        report = self._report
        account = part[report.account_field]
        if report.is_deleted(part, error):
            missed.update(dict.fromkeys(part["ids"], part["start_date"]))
            return
        self.gaps.add(account)
        who = "user" if report.account_field == "user_id" else "ad account"
        part = self.sending.available_part(part) or part
        for entity_id in part["ids"]:
            failures.note(f"{report.id_name}s of {who} {account}", error, element=entity_id)
            missed[entity_id] = min(part["start_date"], missed.get(entity_id, part["start_date"]))

    def _preflight(self, passes: Sequence[AccountPass]) -> str:
        """The plan of the stream as a log line: days, ids, requests, and the least time that they take."""
        report = self._report
        a_minute = report.limits.requests_per_minute[report.category]
        requests = sum(map(report.requests_of, passes))
        minutes = (requests - 1) // a_minute
        accounts = len({account_pass.base[report.account_field] for account_pass in passes})
        what = counted(sum(map(len, passes)), report.id_name)
        if report.account_field != "user_id" and report.id_name != "ad account":
            what += f" of {counted(accounts, 'ad account')}"
        wait = f", at least {counted(minutes, 'minute')}" if minutes > 0 else ""
        return (
            f"{report.name}: {min(account_pass.base['start_date'] for account_pass in passes)} to "
            f"{max(account_pass.base['end_date'] for account_pass in passes)}, {what}, "
            f"{counted(requests, 'request')}{wait} (Pinterest allows {a_minute:,} a minute)."
        )

    def _has_advanced_to(
        self, part: Slice, stream_slice: Slice, done: list[str], missed: dict[str, str]
    ) -> bool:
        """Moves the state to the ids of a slice before `part`, since the parts of such a slice are requested one after
        the other, which may take long. Returns whether it has moved. `done`: these ids. Once they are covered, they
        and `missed` are emptied."""
        if not done or part["ids"][0] == done[-1] or "after" not in stream_slice:
            return False
        (kind,) = stream_slice["after"]
        before = {**stream_slice, "ids": list(done), "after": {kind: done[-1]}, "last": False}
        has_advanced = self._advance(before, missed)
        done.clear()
        missed.clear()
        return has_advanced

    def _advance(self, stream_slice: Slice, missed: Mapping[str, str]) -> bool:
        """Moves the state after a slice whose rows were emitted. Returns False if the state stays the same."""
        report, states = self._report, self._report.states
        account = stream_slice[report.account_field]
        request = report.request_of(account)
        refused = self._missed_before.setdefault(account, {})
        for entity_id, day in missed.items():
            refused[entity_id] = min(day, refused.get(entity_id, day))
        if "after" in stream_slice and stream_slice.get("is_missing"):
            read = set(stream_slice["ids"]) - set(refused)
            former = states.of(account) or AccountState({"question": request.fingerprint})
            states.replace(account, former.with_missing(self._missed_before.pop(account), read))
            return True
        window = Window.of(self.sending.available_part(stream_slice) or stream_slice)
        is_last = stream_slice.get("last", False)
        if "after" not in stream_slice and not is_last:
            return False
        state = states.of(account).after_slice(request, window, stream_slice.get("after", {}))
        if not_final := report.first_not_final(stream_slice):
            state = state.not_final_from(not_final)
        if is_last:
            state = state.after_pass(request, window)
            state = report.annotate_state(state, stream_slice, window)
        state = state.with_missing(self._missed_before.pop(account), ())
        if is_last:
            state = state.without("unlisted")
            if account in self._unlisted:
                state = state.with_(unlisted=True)
        if account in self._digests:
            state = state.with_(ids=self._digests[account])
        if refused_day := report.context.observed.days.last_refused(report.reach):
            state = state.with_(refused_day=str(refused_day))
        states.replace(account, state)
        return True


def _bytes_of(answers: Any) -> int | None:
    """The size of answers that are held in memory. None if it is unknown."""
    if not isinstance(answers, list) or not all(isinstance(body, bytes) for _, body in answers):
        return None
    return sum(len(body) for _, body in answers)
