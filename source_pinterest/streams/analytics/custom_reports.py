"""What the user has described in `custom_reports`: a stream for each, from asynchronous reports."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from source_pinterest.api.levels import REPORTS
from source_pinterest.api.schemas import Schema, custom_report_schema
from source_pinterest.config.config import WINDOWS
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.http.errors import AccessDenied
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.report_rows import report_rows
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.async_reports import AsynchronousStream, in_another_order
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.heartbeat import states_until
from source_pinterest.sync.observed import Reach
from source_pinterest.sync.report_periods import Calendar, advance, passes
from source_pinterest.sync.slices import Slice, Window
from source_pinterest.sync.state import ReadRequest, fingerprint
from source_pinterest.text import counted
from source_pinterest.threads import submit

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.context import SyncContext

logger = logging.getLogger("airbyte.source_pinterest")


class CustomReportStream(AsynchronousStream):
    """A report that the user has described."""

    endpoint = REPORTS
    cursor_field = "date"

    def __init__(self, report: CustomReport, context: SyncContext | None = None) -> None:
        self.report = self.custom_report = report
        super().__init__(context)

    @property
    def name(self) -> str:
        return self.report.name

    @property
    def primary_key(self) -> list[str]:
        return self.report.primary_key

    def get_json_schema(self) -> Schema:  # type: ignore[override]
        return custom_report_schema(self.report.report, self.report.fields)

    # --- What is read ---

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        """Fixes what this sync asks for: columns (all, where none is selected) and days."""
        report, today = self.report, self.context.today
        offered = self.get_json_schema()["properties"]
        columns = [column for name, column in report.fields.items() if name in selected]
        self.columns = columns or list(report.columns)
        self.types = ColumnTypes.of(offered, answer_warnings=self.answer_warnings)
        first = self.context.observed.days.first(self.report_reach)
        self.calendar = Calendar(
            report.granularity, first, today - timedelta(days=1), report.most_days(self.limits)
        )
        config = self.context.config
        days = report.days_by_default(config.backfill_days)
        own = [getattr(report, name) or 0 for name in WINDOWS]
        is_total = report.granularity == "TOTAL"
        self.wanted = ReadRequest(
            today=today,
            backfill_days=days,
            lookback_days=None if is_total else max(config.lookback_days, *own),
            fingerprint=self.fingerprint(),
            resumes_only=is_full_refresh,
            start=report.start_date or today - timedelta(days=days),
        )

    @property
    def report_reach(self) -> Reach:  # type: ignore[override]
        if self.report.granularity == "HOUR":
            return Reach.HOURLY
        return Reach.PRODUCT_ITEM if self.report.level == "product_item" else Reach.ASYNCHRONOUS

    @property
    def report_level(self) -> str:  # type: ignore[override]
        return self.report.api_level

    @property
    def needs_a_column(self) -> bool:  # type: ignore[override]
        return not self.report.request_columns([])

    def report_columns(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        return [each for each in self.columns if each not in self.report.request_columns([])]

    def within_report_reach(self, stream_slice: Slice) -> Slice | None:
        selection = self.report_selection()
        asked = {"columns": self.columns, "targeting_types": self.report.targeting_types}
        for field, names in asked.items():
            if names and not selection.kept(names):
                raise AccessDenied(
                    f"Pinterest refuses all that this report names in `{field}` ({', '.join(names[:3])}). "
                    "Choose others in the configuration."
                )
        return super().within_report_reach(stream_slice)

    def report_start(self, stream_slice: Slice, first: date) -> date:
        """A period of which Pinterest no longer has the beginning is not read."""
        start = Window.of(stream_slice).start
        return start if start >= first else replace(self.calendar, first=first).start(start)

    def fingerprint(self) -> str:
        """What the numbers depend on, as a hash; not the columns."""
        asked = self.asked()
        return fingerprint(**{name: asked[name] for name in asked if name != "columns"})

    def asked(self) -> dict[str, Any]:
        """What the report asks for, but for its days."""
        report, config = self.report, self.context.config
        lists = {
            f"{report.level}_statuses": list(report.statuses),
            "targeting_types": list(report.targeting_types),
        }
        return {
            "granularity": report.granularity,
            "level": report.api_level,
            "columns": report.request_columns(self.columns),
            **{name: values for name, values in lists.items() if values},
            **{name: self._own(name, getattr(config, name)) for name in ATTRIBUTION},
        }

    def _own(self, name: str, of_all: Any) -> Any:
        own = getattr(self.report, name)
        return of_all if own is None else own

    def plan(self, failures: Failures) -> list[Slice]:
        """The slices of all ad accounts, each account's in ascending order."""
        slices: list[Slice] = []
        for account in self.context.ad_accounts():
            planned, warnings = passes(self.entry(account.id), self.wanted, self.calendar)
            for warning in warnings:
                logger.warning(f"{self.name}, {account.id}: {warning}.")
            found = [
                {
                    "ad_account_id": account.id,
                    "currency": account.currency,
                    "start_date": str(window.start),
                    "end_date": str(window.end),
                    "since": str(each.since),
                    "until": str(each.window.end),
                    "targeting_types": list(self.report.targeting_types),
                }
                for each in planned
                for window in self.calendar.windows(each.window)
            ]
            if found and account.refusal:
                whole = {**found[0], "end_date": found[-1]["end_date"]}
                failures.add(account.id, self.what(whole), AccessDenied(account.refusal))
                continue
            slices += found
        return slices

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
        slices = planning.result()
        if slices:
            accounts = len({each["ad_account_id"] for each in slices})
            logger.info(
                f"{self.name}: {min(each['start_date'] for each in slices)} to "
                f"{max(each['end_date'] for each in slices)}, "
                f"{counted(len(slices), 'asynchronous report')} of "
                f"{counted(accounts, 'ad account')}."
            )
        yield from self.reports(slices, states, failures)
        failures.raise_if_any(self.name)
        self.clear_sweeps()
        yield self.state_message(states, self.state)

    # --- The reports ---

    def report_body(self, stream_slice: Slice) -> dict[str, Any]:
        body = {name: stream_slice[name] for name in ("start_date", "end_date")} | self.asked()
        columns, types = stream_slice.get("columns"), stream_slice.get("targeting_types")
        if columns is None:
            selection = self.report_selection()
            columns = selection.kept(self.report_columns(stream_slice))
            types = selection.kept(self.report.targeting_types)
        columns = in_another_order(self.report.request_columns(columns), stream_slice)
        return {
            **body,
            "columns": columns,
            **({"targeting_types": types} if types else {}),
            "report_format": "JSON",
        }

    def report_batch(self, key: str, rows: list[Any], stream_slice: Slice) -> Batch:
        return self.batch({key: rows}, stream_slice)

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        days = Window.of(stream_slice).dates
        return [
            row
            for key, elements in body.items()
            for row in report_rows(
                key, elements, self.report, self.types, days, self.answer_warnings
            )
        ]

    def common(self, stream_slice: Slice) -> Row:
        common = {name: stream_slice[name] for name in ("ad_account_id", "currency")}
        if self.report.granularity == "TOTAL":
            common["date"] = stream_slice["end_date"]
            common["start_date"] = stream_slice["start_date"]
        return common

    def report_read(self, stream_slice: Slice) -> None:
        account, window = stream_slice["ad_account_id"], Window.of(stream_slice)
        since, until = map(date.fromisoformat, (stream_slice["since"], stream_slice["until"]))
        first = self.context.observed.days.first(self.report_reach)
        since = self.report_start({**stream_slice, "start_date": str(since)}, first)
        entry = advance(self.entry(account), self.wanted, window, since, until)
        if refused := self.context.observed.days.refused(self.report_reach):
            entry = {**entry, "refused_day": str(refused)}
        self.replace(account, entry)

    def days_of(self, stream_slice: Slice) -> Window:
        """A row of the first week or month is of the day that this begins with."""
        window = Window.of(stream_slice)
        return Window(self.calendar.period_start(window.start), window.end)

    def halves(self, stream_slice: Slice) -> list[Slice]:
        return [
            {**stream_slice, "start_date": str(half.start), "end_date": str(half.end)}
            for half in self.calendar.halves(Window.of(stream_slice))
        ]


ATTRIBUTION = (*WINDOWS, "conversion_report_time")
