"""Days that are older than synchronous reports go back: read behind the younger ones, back in time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from source_pinterest.api import lenient_json, limits
from source_pinterest.api.columns import ID_COLUMNS, asynchronous_columns
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.async_reports import AsynchronousStream, in_another_order
from source_pinterest.streams.analytics.base import AccountPass, AnalyticsStream
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.slices import ONE_DAY, Slice, Window
from source_pinterest.sync.state import after_history
from source_pinterest.text import counted

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

logger = logging.getLogger("airbyte.source_pinterest")


class HistoryStream(AnalyticsStream, AsynchronousStream):
    """A report whose older days come from asynchronous reports of whole ad accounts."""

    youngest_first = True

    id_column: str

    def history(
        self, parts: list[AccountPass], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | AirbyteMessage]:
        slices = [
            stream_slice
            for part in parts
            if part.base["ad_account_id"] not in failures.failed_accounts
            for stream_slice in self._history_slices(part)
        ]
        if not slices:
            return
        logger.info(
            f"{self.name}: {slices[-1]['start_date']} to {slices[0]['end_date']}, which are older "
            f"than Pinterest's {self.limits.analytics_lookback.days} days, in "
            f"{counted(len(slices), 'asynchronous report')}."
        )
        yield from self.reports(slices, states, failures)

    def _history_slices(self, part: AccountPass) -> Iterator[Slice]:
        """Each report has as many days as Pinterest allows, but not too many rows."""
        window = self._older(part)
        of_a_window = self.report_variants()
        one_day = {**part.base, **of_a_window[0], "end_date": part.base["start_date"]}
        rows_of_a_day = self.rows_of_an_id(one_day)
        days = max(
            1,
            min(
                self.limits.days_per_report,
                limits.ROWS_PER_REPORT // (rows_of_a_day * max(1, len(part))),
                limits.ROWS_PER_ID // rows_of_a_day,
            ),
        )
        end = window.end
        while end >= window.start:
            start = max(window.start, end - (days - 1) * ONE_DAY)
            days_of_it = self.days(Window(start, end))
            for fingerprint in of_a_window:
                is_last = fingerprint is of_a_window[-1]
                yield {**part.base, **days_of_it, **fingerprint, "ids": [], "last": is_last}
            end = start - ONE_DAY

    def _older(self, part: AccountPass) -> Window:
        """Up to the day before those that are complete: the synchronous reports may have had less."""
        window = Window.of(part.base)
        since = (self.entry(part.base["ad_account_id"]) or {}).get("since")
        if not since:
            return window
        return Window(window.start, max(window.end, date.fromisoformat(since) - ONE_DAY))

    def report_variants(self) -> list[Slice]:
        """What each window is asked for, in a report each, beside its days."""
        return [{}]

    def report_body(self, stream_slice: Slice) -> dict[str, Any]:
        params = self.request_params(stream_state=None, stream_slice=stream_slice)
        named = {name: params[name] for name in REPORT_FIELDS if name in params}
        optional = stream_slice.get("columns")
        if optional is None:
            selection = self.report_selection()
            optional = selection.kept(self.report_columns(stream_slice))
            types = selection.kept(named.get("targeting_types", ()))
            named |= {"targeting_types": types} if types else {}
        columns = in_another_order([self.id_column, *optional], stream_slice)
        return {**named, "columns": columns, "level": self.report_level, "report_format": "JSON"}

    def report_columns(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        """Of all selected columns those that asynchronous reports know: synchronous ones may refuse
        others."""
        known = set(asynchronous_columns())
        ids = {name: column for column, name in ID_COLUMNS.items()}
        asked = dict.fromkeys(ids.get(name, name) for name in self.columns)
        return [each for each in asked if each in known and each != self.id_column]

    def report_batch(self, key: str, rows: list[Any], stream_slice: Slice) -> Batch:  # noqa: ARG002
        """What a synchronous answer with these rows would become; no id is left out."""
        if not all(isinstance(row, dict) for row in rows):
            raise unusable(UnusableAnswer("an element of Pinterest's report is not a row"))
        ids = {str(normalize_id(row.get(self.id_column), self.id_column)) for row in rows}
        body = self.as_answered(rows)
        rows.clear()  # a list may be long, and its text is enough
        return self.batch(body, {**stream_slice, "ids": list(ids)})

    def as_answered(self, rows: list[dict[str, Any]]) -> Any:
        """Rows of a report as the body of a synchronous answer."""
        return lenient_json.dumps(rows)

    def report_read(self, stream_slice: Slice) -> None:
        if stream_slice["last"]:
            account = stream_slice["ad_account_id"]
            self.replace(account, after_history(self.entry(account), Window.of(stream_slice)))


REPORT_FIELDS = (
    *("start_date", "end_date", "granularity", "targeting_types"),
    *("click_window_days", "engagement_window_days", "view_window_days", "conversion_report_time"),
)
