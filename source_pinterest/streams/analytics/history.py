"""Reads days that are too old for synchronous reports, after the others and backwards in time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from source_pinterest.api import limits
from source_pinterest.api.columns import ID_COLUMNS, asynchronous_columns
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.async_reports import AsyncReports, rotated
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.observed import Reach, Selection
from source_pinterest.sync.slices import ONE_DAY, Slice, Window, halves
from source_pinterest.text import counted

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.streams.analytics.ads import AdsReport
    from source_pinterest.streams.analytics.base import AccountPass
    from source_pinterest.sync.context import SyncContext
    from source_pinterest.sync.read_request import ReadRequest
    from source_pinterest.sync.state import AccountStates

logger = logging.getLogger("airbyte.source_pinterest")


class History:
    """Reads the older days of one report from asynchronous reports of whole ad accounts (an `AsyncReport`)."""

    newest_first = True
    reach = Reach.ASYNCHRONOUS
    custom_report = None

    def __init__(self, stream: AdsReport) -> None:
        self._stream = stream
        self._reports = AsyncReports(self, stream.checkpoint)

    @property
    def name(self) -> str:
        return self._stream.name

    @property
    def context(self) -> SyncContext:
        return self._stream.context

    @property
    def states(self) -> AccountStates:
        return self._stream.states

    @property
    def request(self) -> ReadRequest:
        return self._stream.plan.request

    @property
    def key(self) -> list[str]:
        return self._stream.primary_key

    @property
    def asked_columns(self) -> set[str]:
        return self._stream.asked_columns

    @property
    def needs_a_column(self) -> bool:
        return self._stream.needs_a_column

    @property
    def report_level(self) -> str:
        return self._stream.report.api_level

    def read(
        self, passes: Sequence[AccountPass], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of the passes, each followed by a checkpoint. Leaves out accounts that have failed."""
        slices = [
            stream_slice
            for account_pass in passes
            if account_pass.base["ad_account_id"] not in failures.failed_accounts
            for stream_slice in self.slices(account_pass)
        ]
        if not slices:
            return
        logger.info(
            f"{self.name}: {slices[-1]['start_date']} to {slices[0]['end_date']}, which are older "
            f"than Pinterest's {self._stream.limits.analytics_lookback.days} days, in "
            f"{counted(len(slices), 'asynchronous report')}."
        )
        yield from self._reports.read(slices, states, failures)

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        """The records of one slice, for callers that drive the stream through the CDK."""
        return self._reports.records_of(stream_slice, failures)

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass: each has as many days as Pinterest and our limits of rows and cells allow."""
        base = account_pass.base
        window = self._older(account_pass)
        variants = self._stream.requests.async_variants()
        one_day = {**base, **variants[0], "end_date": base["start_date"]}
        rows_per_day = self._stream.requests.rows_per_id(one_day)
        columns = 1 + len(self.report_columns(one_day))
        rows = min(limits.ROWS_PER_REPORT, self._stream.limits.cells_per_report // columns)
        days = max(
            1,
            min(
                self._stream.limits.days_per_report,
                rows // (rows_per_day * max(1, len(account_pass))),
                limits.ROWS_PER_ID // rows_per_day,
            ),
        )
        end = window.end
        while end >= window.start:
            start = max(window.start, end - (days - 1) * ONE_DAY)
            days_of_it = {"start_date": str(start), "end_date": str(end)}
            for variant in variants:
                is_last = variant is variants[-1]
                yield {
                    **base,
                    **days_of_it,
                    **variant,
                    "ids": [],
                    "last": is_last,
                    "is_history": True,
                }
            end = start - ONE_DAY

    def _older(self, account_pass: AccountPass) -> Window:
        """The days of a pass, extended to the last one before the complete days, since synchronous reports may have
        had fewer days than planned."""
        window = Window.of(account_pass.base)
        since = self.states.of(account_pass.base["ad_account_id"]).get("since")
        if not since:
            return window
        return Window(window.start, max(window.end, date.fromisoformat(since) - ONE_DAY))

    # --- As an asynchronous report ---

    def describe(self, stream_slice: Slice) -> str:
        return self._stream.describe(stream_slice)

    def halves(self, stream_slice: Slice) -> list[Slice]:
        return halves({**stream_slice, "ids": []}, may_split_days=True)

    def days_of(self, stream_slice: Slice) -> Window:
        return Window.of(stream_slice)

    def report_start(self, stream_slice: Slice, first: date) -> date:
        return max(first, Window.of(stream_slice).start)

    def verify_choices(self, selection: Selection) -> None:
        """Accepts any selection: a built-in report goes on without what Pinterest refuses."""

    def report_body(self, stream_slice: Slice) -> dict[str, Any]:
        params = self._stream.request_params(stream_slice=stream_slice)
        named = {name: params[name] for name in REPORT_FIELDS if name in params}
        optional = stream_slice.get("columns")
        if optional is None:
            selection = self._reports.selection()
            optional = selection.kept(self.report_columns(stream_slice))
            types = selection.kept(named.get("targeting_types", ()))
            named |= {"targeting_types": types} if types else {}
        columns = rotated([self._stream.id_column, *optional], stream_slice)
        return {**named, "columns": columns, "level": self.report_level, "report_format": "JSON"}

    def report_columns(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        """The selected columns that asynchronous reports have, including those refused in synchronous ones."""
        known = set(asynchronous_columns())
        ids = {name: column for column, name in ID_COLUMNS.items()}
        asked = dict.fromkeys(ids.get(name, name) for name in self._stream.plan.columns)
        id_column = self._stream.id_column
        return [column for column in asked if column in known and column != id_column]

    def report_batch(self, key: str, rows: list[Any], stream_slice: Slice) -> Batch:  # noqa: ARG002
        """The records of these rows, as if they were a synchronous answer about all of their ids."""
        if not all(isinstance(row, dict) for row in rows):
            raise unusable(UnusableAnswer("an element of Pinterest's report is not a row"))
        id_column = self._stream.id_column
        ids = {str(normalize_id(row.get(id_column), id_column)) for row in rows}
        elements = self._stream.requests.as_synchronous(rows)
        return self._stream.batch(elements, {**stream_slice, "ids": list(ids)})

    def report_delivered(self, stream_slice: Slice) -> None:
        if stream_slice["last"]:
            account = stream_slice["ad_account_id"]
            state = self.states.of(account)
            self.states.replace(account, state.after_history(Window.of(stream_slice)))


REPORT_FIELDS = (
    *("start_date", "end_date", "granularity", "targeting_types"),
    *("click_window_days", "engagement_window_days", "view_window_days", "conversion_report_time"),
    "reporting_timezone",
)
