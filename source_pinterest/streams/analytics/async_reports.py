"""Asynchronous reports: requested, polled, downloaded from another host, and parsed as they arrive.

The life of a report: POST returns a token; GET with the token returns IN_PROGRESS, then FINISHED with an
address. The address is valid for 5 minutes, the report for an hour. Tokens are part of the state
(`reports`), so an interrupted sync continues with the reports that it has requested.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import re
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from source_pinterest.api import limits
from source_pinterest.api.endpoints import category_of, path_of
from source_pinterest.api.levels import REPORTS
from source_pinterest.http.errors import (
    AccessDenied,
    NotFound,
    PinterestError,
    RequestRefused,
    TooLarge,
    Unavailable,
    WindowRefused,
)
from source_pinterest.http.transport import DownloadError
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.report_file import SeenRows, keyed_lists
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.sending import KnownRefusals, leaves_out_refused_parts
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.observed import Reach, Selection
from source_pinterest.sync.refused_choices import explain_refusal
from source_pinterest.sync.slices import Window
from source_pinterest.text import hide

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]

    from source_pinterest.config.custom_reports import CustomReport
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.read_request import ReadRequest
    from source_pinterest.sync.slices import Slice
    from source_pinterest.sync.state import AccountStates

logger = logging.getLogger("airbyte.source_pinterest")

FAILED_STATUSES = frozenset({"FAILED", "CANCELLED", "EXPIRED", "DOES_NOT_EXIST"})
"""The final statuses of a report without content."""

PENDING_STATUSES = frozenset({"IN_PROGRESS", ""})
"""The statuses of a report in preparation; "" stands for a missing one. A report with an unknown status is polled a
few times, since the status may be final."""

ADDRESS = re.compile(r"https://[^\s/]+/\S*")
LOCAL_ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/\S*")
"""The addresses that are allowed, too, if the API itself is on this machine."""


TOKEN = re.compile(r"[!-~]{1,2000}")
"""The form of a report's token, which has to fit into an address."""


STATUS = "GET /ad_accounts/{ad_account_id}/reports"

ACCOUNT_ID_COLUMNS = ("AD_ACCOUNT_ID", "ADVERTISER_ID")


class ReportFailed(Exception):
    """The report has a final status without content, which is the message."""


class RequestAgain(Exception):
    """The report is to be requested again at once: without a refused part that was found, or since it was blank."""


class CutContent(BrokenAnswer):
    """Valid content is shorter than Pinterest states."""


class Status(NamedTuple):
    """The status of a report, in capitals."""

    status: str
    address: str | None
    """Of its content, if it has one."""
    size: int = 0
    """Of its content, in bytes; 0 if Pinterest does not say it."""


class AsyncReport(Protocol):
    """A stream whose slices are asynchronous reports."""

    @property
    def name(self) -> str: ...
    @property
    def context(self) -> SyncContext: ...
    @property
    def states(self) -> AccountStates: ...
    @property
    def request(self) -> ReadRequest: ...
    @property
    def key(self) -> list[str]:
        """The primary key."""

    @property
    def asked_columns(self) -> set[str]:
        """The columns of the answered requests in this sync."""

    newest_first: bool
    """Whether slices, and the halves of one, are read backwards in time."""

    @property
    def needs_a_column(self) -> bool:
        """Whether a request needs at least one of its optional columns."""

    @property
    def reach(self) -> Reach: ...
    @property
    def report_level(self) -> str:
        """The level in the body of POST …/reports."""

    @property
    def custom_report(self) -> CustomReport | None:
        """The custom report, whose columns and breakdowns the user chose."""

    def report_body(self, stream_slice: Slice) -> dict[str, Any]:
        """The body of POST /ad_accounts/{ad_account_id}/reports."""

    def report_columns(self, stream_slice: Slice) -> list[str]:
        """The columns that a request can omit."""

    def report_batch(self, key: str, rows: list[Any], stream_slice: Slice) -> Batch:
        """The records in one list of a report. `key`: the key of the list in the content."""

    def report_delivered(self, stream_slice: Slice) -> None:
        """Moves the state after a slice, or after one of its parts."""

    def describe(self, stream_slice: Slice) -> str:
        """The description of a slice in an error."""

    def halves(self, stream_slice: Slice) -> list[Slice]:
        """Two slices that together cover the same days, for a report that cannot be downloaded. Empty if it cannot be
        halved."""

    def days_of(self, stream_slice: Slice) -> Window:
        """The days that the rows of a slice may have."""

    def report_start(self, stream_slice: Slice, first: date) -> date:
        """The first day of a slice that Pinterest has, given that it has the days from `first` on."""

    def verify_choices(self, selection: Selection) -> None:
        """Raises AccessDenied if Pinterest refuses all columns, or all breakdowns, of the user's choice."""


class AsyncReports:
    """Reads slices as asynchronous reports: a few are in preparation at the same time, and emitted in order."""

    def __init__(
        self,
        report: AsyncReport,
        checkpoint: Callable[[ConnectorStateManager], Checkpoint],
    ) -> None:
        """`checkpoint` returns a checkpoint with the present state of the stream."""
        self.report = report
        self._checkpoint = checkpoint
        self._context = report.context
        self._policy = report.context.client.policy
        self._days_without_a_report = 0
        """The failed reports in a row that could not be halved."""
        self._is_finished_at_once = False

    def selection(self) -> Selection:
        """The columns and breakdowns that Pinterest refuses in reports of this level."""
        return self._context.observed.selection(
            f"asynchronous reports of level {self.report.report_level}"
        )

    def available_part(self, stream_slice: Slice) -> Slice | None:
        """The slice without days that Pinterest no longer has. None if no day is left, or Pinterest refuses all of its
        breakdowns."""
        selection = self.selection()
        self.report.verify_choices(selection)
        types = stream_slice.get("targeting_types", ())
        if types and not selection.kept(types):
            return None
        start = self.report.report_start(
            stream_slice, self._context.observed.days.first(self.report.reach)
        )
        if str(start) > stream_slice["end_date"]:
            return None
        return {**stream_slice, "start_date": str(start)}

    def read(
        self, slices: Iterable[Slice], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of the slices in order, and a checkpoint after each. After a failed slice, the state of its ad
        account no longer moves. If the reason may be temporary, the account's next slice is still read."""
        todo = deque(slices)
        failed_in_a_row: Counter[str] = Counter()
        while todo:
            for ahead in itertools.islice(todo, limits.REPORTS_AT_ONCE):
                try:
                    within = self.available_part(ahead)
                    if (
                        within
                        and ahead["ad_account_id"] not in failed_in_a_row
                        and self._ensure_requested(within)
                    ):
                        yield self._checkpoint(states)
                except (PinterestError, RequestAgain):  # noqa: PERF203
                    break  # requested again when its turn comes
            stream_slice = todo.popleft()
            account = stream_slice["ad_account_id"]
            try:
                self._days_without_a_report = 0
                delivered = SeenRows(self.report.key)
                yield from self._read(stream_slice, states, delivered, failures)
                failed_in_a_row.pop(account, None)
            except PinterestError as error:
                failures.add(account, self.report.describe(stream_slice), error)
                failed_in_a_row[account] += 1
                if not isinstance(error, Unavailable) or failed_in_a_row[account] > 1:
                    todo = deque(
                        stream_slice
                        for stream_slice in todo
                        if stream_slice["ad_account_id"] != account
                    )

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        """The records of one slice, for callers that drive the stream through the CDK."""
        for item in self.read([stream_slice], ConnectorStateManager(), failures):
            if isinstance(item, Batch):
                yield item

    def _read(
        self,
        stream_slice: Slice,
        states: ConnectorStateManager,
        delivered: SeenRows,
        failures: Failures,
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of a slice, with as many attempts as they need, and a checkpoint after them. `delivered`: the
        rows of the slice, or of the slice that it is a part of, that were emitted before."""
        whole, account = stream_slice, stream_slice["ad_account_id"]
        attempts, before = _Attempts(), delivered.copy()
        while True:
            within = self.available_part(whole)
            if within is None:
                break
            stream_slice = within
            if attempts.rotation:
                # Pinterest keeps reports by their body: the same columns in another order are another report
                stream_slice = {**within, "rotation": attempts.rotation}
            try:
                yield from self._attempt(stream_slice, states, delivered, attempts)
                break
            except RequestAgain:
                continue
            except _AttemptFailed as error:
                failure = error
            if failure.is_cut:
                delivered.may_lack_rows = True
            if failure.needs_another_report:
                self._forget_token(stream_slice)
                attempts.rotation += 1
            attempts.failed += 1
            if attempts.failed >= failure.max_attempts:
                self._forget_token(stream_slice)
                seen = before if delivered.may_lack_rows else delivered
                yield from self._halves(whole, states, seen, failures, failure, attempts)
                return
            logger.info(
                f"{self.report.describe(stream_slice)}: the report is requested again: {failure.problem}."
            )
            self._context.client.wait(self._policy.first_pause * 2 ** (attempts.failed - 1))
        self._forget_token(stream_slice)
        self._days_without_a_report = 0
        if account not in failures.failed_accounts:
            self.report.report_delivered(within or stream_slice)
        yield self._checkpoint(states)

    def _attempt(
        self,
        stream_slice: Slice,
        states: ConnectorStateManager,
        delivered: SeenRows,
        attempts: _Attempts,
    ) -> Iterator[Batch | Checkpoint]:
        """The records of one report. Raises _AttemptFailed if another attempt, or smaller reports, may deliver it, and
        RequestAgain if it is to be requested again at once."""
        max_attempts, content = self._policy.report_tries, _Content()
        try:
            yield from self._records(stream_slice, states, delivered, content)
        except ReportFailed as status:
            problem = f"Pinterest has ended it as {status}"
            raise _AttemptFailed(problem, max_attempts, needs_another_report=True) from None
        except TooLarge as error:
            raise _AttemptFailed(str(error), 0) from None
        except BrokenAnswer as error:
            if not content.is_blank:
                attempts.broken += 1
                problem = str(error) or "its content is not whole"
                # the first time, the download may have broken
                is_broken = attempts.broken > 1
                is_cut = isinstance(error, CutContent)
                raise _AttemptFailed(
                    problem, max_attempts, needs_another_report=is_broken, is_cut=is_cut
                ) from None
            attempts.blank += 1
            if attempts.blank == 1:
                raise RequestAgain from None
            self._warn_of_empty(stream_slice)
        except UnusableAnswer as error:
            raise unusable(error) from None
        except DownloadError as error:
            # the report still exists and need not be requested again, unless it is too large
            trouble = error.trouble
            problem = f"its content could not be fetched ({error}). {trouble.advice}".rstrip(" .")
            raise _AttemptFailed(
                problem,
                0 if trouble.is_large else trouble.tries or self._policy.tries,
                is_fetched=trouble.is_large or not content.is_blank,
            ) from None

    def _records(
        self,
        stream_slice: Slice,
        states: ConnectorStateManager,
        delivered: SeenRows,
        content: _Content,
    ) -> Iterator[Batch | Checkpoint]:
        """Requests and downloads one report, and yields its records."""
        finished = yield from self._poll_until_finished(stream_slice, states)
        if finished.address is None:
            self._warn_of_empty(stream_slice)
            return
        columns = self.report.report_columns(stream_slice)
        self.report.asked_columns.update(self.selection().kept(columns))
        found = keyed_lists(content.watch(self._context.client.download(finished.address)))
        for key, rows in delivered.new(found):
            if rows:
                yield self._batch(key, rows, stream_slice, delivered)
        self._verify_size(content.size, finished, stream_slice)

    def _verify_size(self, size: int, finished: Status, stream_slice: Slice) -> None:
        """Raises CutContent if valid content is shorter than Pinterest states. If it has the same size twice, the stated
        one is of something else."""
        observed = self._context.observed
        if size >= finished.size or not observed.has_sizes_in_bytes:
            return
        if size != sum(map(len, self._context.client.download(str(finished.address)))):
            raise CutContent(f"its content has {size:,} bytes instead of {finished.size:,}")
        observed.has_sizes_in_bytes = False
        logger.warning(
            f"{self.report.describe(stream_slice)}: the content has {size:,} bytes, twice, and Pinterest states "
            f"{finished.size:,}: the connector takes the content as whole, and no longer compares sizes. If rows are "
            "missing in asynchronous reports of this sync, report it."
        )

    def _warn_of_empty(self, stream_slice: Slice) -> None:
        """Warns of a report without any content: an empty report normally has `{}`."""
        logger.warning(
            f"{self.report.describe(stream_slice)}: the report has no content, asked for twice: no rows."
        )

    def _halves(
        self,
        whole: Slice,
        states: ConnectorStateManager,
        delivered: SeenRows,
        failures: Failures,
        failure: _AttemptFailed,
        attempts: _Attempts,
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of two smaller reports instead of one that has failed. Raises Unavailable if it cannot be
        halved, or both halves fail."""
        parts = []
        if failure.is_fetched:
            parts = self.report.halves(self.available_part(whole) or whole)
        account = whole["ad_account_id"]
        if not parts:
            self._days_without_a_report += 1
            raise Unavailable(
                f"Pinterest did not deliver an asynchronous report after {attempts.failed} attempts: {failure.problem}. "
                f"{self._policy.advice}"
            )
        failed: list[tuple[Slice, Unavailable]] = []
        for part in reversed(parts) if self.report.newest_first else parts:
            try:
                yield from self._read(part, states, delivered.copy(), failures)
            except Unavailable as error:  # noqa: PERF203  the other half may be delivered
                failed.append((part, error))
                failures.failed_accounts.add(account)  # its state must not move any more
                if self._days_without_a_report >= limits.DAYS_WITHOUT_A_REPORT:
                    raise  # the failures are not due to the days
        if len(failed) == len(parts):
            raise failed[0][1]
        for part, missing in failed:
            failures.add(account, self.report.describe(part), missing)

    def _batch(self, key: str, rows: list[Any], stream_slice: Slice, delivered: SeenRows) -> Batch:
        """The records in a list of a report. Raises UnusableAnswer for rows of another ad account or day."""
        account, days = stream_slice["ad_account_id"], self.report.days_of(stream_slice).dates
        for row in rows:
            _check_account(row, account)
        batch = self.report.report_batch(key, rows, stream_slice)
        if not all(row.get("date", stream_slice["start_date"]) in days for row in batch.rows):
            raise UnusableAnswer("a row of Pinterest's report has a day that was not requested")
        delivered.add(key, batch)
        return batch

    def _poll_until_finished(
        self, stream_slice: Slice, states: ConnectorStateManager
    ) -> Generator[Checkpoint, None, Status]:
        """Requests the report, polls until it is finished, and returns its status. Without an address, it has no
        content, and so no rows."""
        client = self._context.client
        is_new = self._ensure_requested(stream_slice)
        pause = self._policy.first_poll
        began = client.now()
        hide(self._tokens(stream_slice["ad_account_id"])[self._report_key(stream_slice)])
        if is_new:
            yield self._checkpoint(states)
            if not self._is_finished_at_once:
                client.wait(pause)
        polls: Counter[str] = Counter()
        while True:
            found = self._status(stream_slice)
            status = found.status
            polls[status] += 1
            if status in FAILED_STATUSES:
                raise ReportFailed(status)
            if status == "FINISHED":
                if found.address or polls[status] > 1:
                    return found
            elif (
                status not in PENDING_STATUSES
                and polls[status] > self._policy.polls_of_an_unknown_status
            ):
                raise ReportFailed(status)
            if client.now() - began > self._policy.longest_report:
                minutes = self._policy.longest_report / 60
                raise Unavailable(
                    f"Pinterest has not finished an asynchronous report in {minutes:.0f} minutes. "
                    "Run the sync again: it continues with the same report."
                )
            client.wait(pause)
            pause = min(self._policy.longest_poll, 1.5 * pause)

    # --- What is asked of Pinterest ---

    def _ensure_requested(self, stream_slice: Slice) -> bool:
        """Requests the report, unless Pinterest is preparing it already. Returns whether it was requested."""
        account, name = stream_slice["ad_account_id"], self._report_key(stream_slice)
        if name in self._tokens(account):
            return False
        days, start = self._context.observed.days, Window.of(stream_slice).start
        selection = self.selection()
        search = _ReportSearch(self, account)
        when_asked = KnownRefusals.now(search, selection)  # before the request is built
        body = self.report.report_body(stream_slice)
        try:
            accepted = self.request_report(account, body)
        except WindowRefused as error:
            if days.drop(self.report.reach, start, error):
                raise RequestAgain from None
            raise
        except (RequestRefused, AccessDenied) as error:
            asked = {**stream_slice, "targeting_types": body.get("targeting_types", [])}
            if leaves_out_refused_parts(search, selection, when_asked, asked, error):
                raise RequestAgain from None
            if isinstance(error, RequestRefused) and self._drops_first_day(stream_slice, error):
                raise RequestAgain from None
            raise explain_refusal(
                error, body, self._context.config, self.report.custom_report
            ) from None
        days.confirm(self.report.reach, start)
        if selection.left_out == when_asked.left_out:
            types = stream_slice.get("targeting_types", ())
            selection.confirm(selection.kept([*self.report.report_columns(stream_slice), *types]))
        self._store_tokens(account, {**self._tokens(account), name: accepted["token"]})
        self._is_finished_at_once = str(accepted.get("report_status")).upper() == "FINISHED"
        return True

    def request_report(self, account: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Requests a report. Returns Pinterest's answer, which has its token."""
        path, category = path_of(REPORTS, {"ad_account_id": account}), category_of(REPORTS)
        accepted: dict[str, Any] = self._context.client.post(
            path, body, category, _is_accepted_report
        )
        return accepted

    def _drops_first_day(self, stream_slice: Slice, error: RequestRefused) -> bool:
        """Drops the first day if the refusal, which does not mention the window, is due to it. Returns whether to
        request the report again."""
        days, reach = self._context.observed.days, self.report.reach
        start = Window.of(stream_slice).start
        account = stream_slice["ad_account_id"]

        def is_accepted(day: date) -> bool:
            try:
                asked = {**stream_slice, "start_date": str(day)}
                self.request_report(account, self.report.report_body(asked))
            except RequestRefused:
                return False
            return True

        if not days.may_cause_refusal(reach, start) or str(start) == stream_slice["end_date"]:
            return False
        return days.drop_if_cause(reach, start, error, is_accepted) is not False

    def _status(self, stream_slice: Slice) -> Status:
        account = stream_slice["ad_account_id"]
        token = self._tokens(account)[self._report_key(stream_slice)]
        path, category = path_of(STATUS, {"ad_account_id": account}), category_of(STATUS)
        try:
            found = self._context.client.get(
                path, {"token": token}, category, _is_status, may_state_error=True
            )
        except (NotFound, RequestRefused):  # for an expired token
            return Status("DOES_NOT_EXIST", None)
        address = found.get("url")
        if address and not self._is_allowed(address):
            raise Unavailable(
                f"the content of a report is at an address that is not https. {self._policy.advice} If "
                "this persists, report it."
            )
        if address:  # a secret, which libraries repeat in warnings about wrong headers
            hide(address.partition("?")[2] or address)
        size = found.get("size")
        is_size = isinstance(size, int) and not isinstance(size, bool)
        return Status((found["report_status"] or "").upper(), address, size if is_size else 0)

    def _is_allowed(self, address: str) -> bool:
        is_here = LOCAL_ADDRESS.fullmatch(f"{self._context.client.base_url}/")
        return bool(ADDRESS.fullmatch(address) or (is_here and LOCAL_ADDRESS.fullmatch(address)))

    # --- The state ---

    def _report_key(self, stream_slice: Slice) -> str:
        """The key of a report in the state of its ad account: a hash of its body."""
        text = json.dumps(self.report.report_body(stream_slice), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _tokens(self, account: str) -> Mapping[str, str]:
        tokens: Mapping[str, str] = self.report.states.of(account).get("reports", {})
        return tokens

    def _forget_token(self, stream_slice: Slice) -> None:
        account, name = stream_slice["ad_account_id"], self._report_key(stream_slice)
        self._store_tokens(account, {k: v for k, v in self._tokens(account).items() if k != name})

    def _store_tokens(self, account: str, tokens: Mapping[str, str]) -> None:
        states = self.report.states
        states.replace(account, states.of(account).with_reports(self.report.request, tokens))


def rotated(columns: list[str], stream_slice: Slice) -> list[str]:
    """The columns, rotated by the `rotation` of the slice: another order makes Pinterest prepare another report."""
    turn = stream_slice.get("rotation", 0) % max(1, len(columns))
    return [*columns[turn:], *columns[:turn]]


class _ReportSearch:
    """Requests reports without downloading them, in the search for refused columns and breakdowns."""

    breakdown_form = None

    def __init__(self, reports: AsyncReports, account: str) -> None:
        self._reports = reports
        self._account = account
        self.needs_a_column = reports.report.needs_a_column

    def optional_columns(self, stream_slice: Slice) -> list[str]:
        return self._reports.report.report_columns(stream_slice)

    def send(self, stream_slice: Slice) -> Any:
        return self._reports.request_report(
            self._account, self._reports.report.report_body(stream_slice)
        )


class _AttemptFailed(Exception):
    """An attempt to read a report has failed."""

    def __init__(
        self,
        problem: str,
        max_attempts: int,
        *,
        needs_another_report: bool = False,
        is_fetched: bool = True,
        is_cut: bool = False,
    ) -> None:
        """`max_attempts`: the failed attempts after which smaller reports are read instead. `needs_another_report`:
        whether this report can never be read. `is_fetched`: whether its content began to arrive, if it had some.
        `is_cut`: whether rows were emitted of lists that may lack some."""
        super().__init__(problem)
        self.problem = problem
        self.max_attempts = max_attempts
        self.needs_another_report = needs_another_report
        self.is_fetched = is_fetched
        self.is_cut = is_cut


@dataclass
class _Attempts:
    """The attempts to read the report of one slice."""

    failed: int = 0
    blank: int = 0
    """Reports whose content was blank."""
    broken: int = 0
    """Reports whose content was not whole."""
    rotation: int = 0
    """The number of reports that could not be read; see `rotated`."""


class _Content:
    """Notes the bytes of content, and whether it has anything but blanks."""

    is_blank = True
    size = 0

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.size += len(chunk)
            if self.is_blank and chunk.strip():
                self.is_blank = False
            yield chunk


def _check_account(row: Any, account: str) -> None:
    """Raises UnusableAnswer if a row belongs to another ad account."""
    for column in ACCOUNT_ID_COLUMNS:
        if (
            isinstance(row, dict)
            and row.get(column) is not None
            and normalize_id(row[column]) != account
        ):
            raise UnusableAnswer("a row of Pinterest's report belongs to another ad account")


def _is_accepted_report(body: Any) -> bool:
    token = body.get("token") if isinstance(body, dict) else None
    return isinstance(token, str) and bool(TOKEN.fullmatch(token))


def _is_status(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and "report_status" in body
        and isinstance(body["report_status"], (str, type(None)))
        and isinstance(body.get("url"), (str, type(None)))
    )
