"""Streams that are read as asynchronous reports only, built in or defined by the user."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api.levels import REPORTS, Report
from source_pinterest.api.schemas import ESTIMATES, Schema, async_report_schema
from source_pinterest.config.config import WINDOWS
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.http.errors import AccessDenied
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.report_rows import report_rows
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.added_fields import AddedFields
from source_pinterest.streams.analytics.async_reports import AsyncReports, rotated
from source_pinterest.streams.analytics.base import (
    AccountPass,
    AccountPlan,
    AnalyticsStream,
    ReadPlan,
)
from source_pinterest.streams.analytics.entity_names import ENTITIES, EntityNames
from source_pinterest.streams.analytics.finality import Finality
from source_pinterest.streams.analytics.place_names import PlaceNames
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.observed import Reach, Selection
from source_pinterest.sync.read_request import ReadRequest
from source_pinterest.sync.slices import Slice, Window
from source_pinterest.sync.state import fingerprint
from source_pinterest.text import counted

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        AirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.streams.analytics.enrichment import Enrichment
    from source_pinterest.streams.lists.campaigns import AdsList, WholeAccount
    from source_pinterest.sync.context import SyncContext

logger = logging.getLogger("airbyte.source_pinterest")


@cache
def _definition(
    name: str, report: Report, targeting_types: tuple[str, ...], columns: tuple[str, ...]
) -> CustomReport:
    """A built-in report as the definition of a custom one. Cached, since its hundreds of columns are validated."""
    return CustomReport(
        name=name,
        level=report.level_name,
        granularity=report.granularity,
        targeting_types=targeting_types,
        columns=columns,
    )


class AsyncReportStream(AnalyticsStream):
    """A report of whole ad accounts (an `AsyncReport`).

    A leaf names its `report` and its `columns`, and the `targeting_types` if it has a breakdown. All else that a custom
    report may define, such as a first day, follows the general settings.
    """

    endpoint = REPORTS
    cursor_field = "date"
    newest_first = False

    report: ClassVar[Report]
    columns: ClassVar[Callable[[Report], Sequence[str]]]
    """A function that returns Pinterest's columns of the report, without the id of the key."""
    targeting_types: ClassVar[tuple[str, ...]] = ()

    names: ClassVar[type[PlaceNames] | None] = None
    """The enrichment that adds names of places. None if there are none."""

    custom_report: CustomReport | None = None

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._lists_with_names: dict[str, list[Future[Any]]] = {}

    @cached_property
    def definition(self) -> CustomReport:
        """The report as the definition of a custom one, by whose rules it is validated."""
        return _definition(
            self.name, self.report, self.targeting_types, tuple(type(self).columns(self.report))
        )

    @cached_property
    def reports(self) -> AsyncReports:
        return AsyncReports(self, self.checkpoint)

    @property
    def primary_key(self) -> list[str]:
        return self.report.primary_key

    @property
    def key(self) -> list[str]:
        return self.report.primary_key

    def get_json_schema(self) -> Schema:  # type: ignore[override]
        added = self.names.schemas if self.names else {}
        return async_report_schema(self.report, self.definition.fields, ESTIMATES, added)

    def offered(self, options: Container[str]) -> AirbyteStream:
        """The stream without descriptions of metrics, which would make the catalog too large for a message."""
        stream = super().offered(options)
        properties = {
            name: {part: value for part, value in schema.items() if part != "description"}
            if name.isupper()
            else schema
            for name, schema in stream.json_schema["properties"].items()
        }
        stream.json_schema = {**stream.json_schema, "properties": properties}
        return self.added_fields.offered(stream, options)

    @property
    def entities(self) -> type[AdsList | WholeAccount] | None:
        """The list that has the names of the entities. None if there is none."""
        return ENTITIES.get(self.report.level_name)

    @property
    def added_fields(self) -> AddedFields:
        return AddedFields(
            self.primary_key[0], self.entities, is_daily=self.report.granularity == "DAY"
        )

    def lists_of_ids(self) -> list[str]:
        """The list that has the names, if `entity_names` is on. The report itself needs no ids."""
        if not self.entities or self.custom_report or not self.context.config.entity_names:
            return []
        return self.entities(self.context).lists_of_ids()

    @property
    def start_date(self) -> date | None:
        """The first day of the first read, if the configuration has one."""
        return self.context.config.start_date

    # --- What is read ---

    def read_plan(self, selected: Mapping[str, Any], is_full_refresh: bool) -> ReadPlan:
        report, today, config = self.definition, self.context.today, self.context.config
        columns = [column for name, column in report.fields.items() if name in selected]
        days = report.default_days(config.backfill_days)
        own = [getattr(report, name) or 0 for name in WINDOWS]
        is_total = report.granularity == "TOTAL"
        request = ReadRequest(
            today=today,
            backfill_days=days,
            lookback_days=None if is_total else max(config.lookback_days, *own),
            fingerprint=self.fingerprint(),
            resumes_only=is_full_refresh,
            start=self.start_date or today - timedelta(days=days),
            first_available=self.context.observed.days.first(self.reach),
            is_by_day=True,
            granularity=report.granularity,
            max_days=report.max_days(self.limits),
        )
        offered = self.get_json_schema()["properties"]
        self.warn_of_absent_columns(selected, offered)
        types = ColumnTypes.of(offered, answer_warnings=self.answer_warnings)
        return ReadPlan(
            tuple(columns or report.columns), types, request, self.enrichments(selected)
        )

    def enrichments(self, selected: Mapping[str, Any]) -> tuple[Enrichment, ...]:
        """The enrichments of the rows. `selected`: the fields that the catalog selects; empty means all."""
        added = self.added_fields.enrichments(self.name, self.context, selected)
        if self.names and (set(self.names.schemas) & set(selected) or not selected):
            return (*added, self.names(self.name, self.context))
        return added

    @property
    def request(self) -> ReadRequest:
        return self.plan.request

    @property
    def reach(self) -> Reach:  # type: ignore[override]
        if self.definition.granularity == "HOUR":
            return Reach.HOURLY
        return Reach.PRODUCT_ITEM if self.definition.level == "product_item" else Reach.ASYNCHRONOUS

    @property
    def report_level(self) -> str:
        """The level in the body of POST …/reports."""
        return self.definition.api_level

    @property
    def needs_a_column(self) -> bool:  # type: ignore[override]
        return not self.definition.request_columns([])

    def report_columns(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        return [
            column
            for column in self.plan.columns
            if column not in self.definition.request_columns([])
        ]

    def verify_choices(self, selection: Selection) -> None:
        asked = {"columns": self.plan.columns, "targeting_types": self.definition.targeting_types}
        for field, names in asked.items():
            if names and not selection.kept(names):
                raise AccessDenied(self.all_refused_message(field, names))

    def all_refused_message(self, field: str, names: Sequence[str]) -> str:
        """The error that Pinterest refuses all columns, or all breakdowns, of the report."""
        shown = ", ".join(names[:3]) + ", …" * (len(names) > 3)
        return f"Pinterest does not grant this app any of the report's {field} ({shown}). Deselect the stream."

    def report_start(self, stream_slice: Slice, first: date) -> date:
        """Skips a period whose beginning Pinterest no longer has."""
        start = Window.of(stream_slice).start
        return (
            start
            if start >= first
            else replace(self.request.calendar, first=first).pass_start(start)
        )

    def fingerprint(self) -> str:
        asked = self.request_settings([])
        return fingerprint(**{name: asked[name] for name in asked if name != "columns"})

    def request_settings(self, columns: Sequence[str]) -> dict[str, Any]:
        """The body of the request, except its days."""
        report, config = self.definition, self.context.config
        lists = {
            f"{report.level}_statuses": list(report.statuses),
            "targeting_types": list(report.targeting_types),
        }
        return {
            "granularity": report.granularity,
            "level": report.api_level,
            "columns": report.request_columns(columns),
            **{name: values for name, values in lists.items() if values},
            **{name: self._own_or_default(name, getattr(config, name)) for name in ATTRIBUTION},
            **config.timezone_parameter,
        }

    def _own_or_default(self, name: str, of_all: Any) -> Any:
        own = getattr(self.definition, name)
        return of_all if own is None else own

    def request_of(self, account: str) -> ReadRequest:
        return self.plan.request.for_today(self.context.today_of(account))

    def plan_accounts(self, failures: Failures) -> list[AccountPlan]:
        self.context.verify_local_days()
        planned: list[AccountPass] = []
        for account in self.context.ad_accounts():
            passes = self.passes_of(account.id)
            base = {"ad_account_id": account.id, "currency": account.currency}
            if passes and account.refusal:
                window = Window(passes[0].window.start, passes[-1].window.end)
                what = self.describe({**base, **window.fields})
                failures.add(account.id, what, AccessDenied(account.refusal))
                continue
            if passes:
                self._request_name_lists(account.id)
            planned += [
                AccountPass(
                    {**base, **account_pass.window.fields, "since": str(account_pass.since)}, {}
                )
                for account_pass in passes
            ]
        windows = [Window.of(account_pass.base) for account_pass in planned]
        for enrichment in self.plan.enrichments:
            enrichment.begin(windows)
            if isinstance(enrichment, Finality):
                for account_id in self._requested_before():
                    enrichment.mark_uncertain(account_id)
        return [AccountPlan(lambda: planned)]

    def _requested_before(self) -> list[str]:
        """The ids of the ad accounts with reports that an interrupted sync has requested."""
        states = self.states.by_account
        return [account for account in states if states[account].get("reports")]

    def _request_name_lists(self, account: str) -> None:
        """Requests the lists that have names, so that they arrive while Pinterest prepares the reports."""
        for enrichment in self.plan.enrichments:
            if isinstance(enrichment, EntityNames) and self.entities:
                own = self.entities(self.context).ids_future(account)
                self._lists_with_names[account] = [own, *enrichment.needed(account)]

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass, each with as many whole periods as one request may have."""
        base = account_pass.base
        for window in self.request.calendar.windows(Window.of(base)):
            yield {
                **base,
                **window.fields,
                "until": base["end_date"],
                "targeting_types": list(self.definition.targeting_types),
            }

    def read_accounts(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        passes = [account_pass for plan in plans for account_pass in plan.passes()]
        slices = [
            stream_slice for account_pass in passes for stream_slice in self.slices(account_pass)
        ]
        if slices:
            accounts = len({stream_slice["ad_account_id"] for stream_slice in slices})
            logger.info(
                f"{self.name}: {min(stream_slice['start_date'] for stream_slice in slices)} to "
                f"{max(stream_slice['end_date'] for stream_slice in slices)}, "
                f"{counted(len(slices), 'asynchronous report')} of "
                f"{counted(accounts, 'ad account')}."
            )
        yield from self.reports.read(slices, states, failures)
        for enrichment in self.plan.enrichments if slices else ():
            enrichment.on_planned()

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        return self.reports.records_of(stream_slice, failures)

    # --- The reports ---

    def report_body(self, stream_slice: Slice) -> dict[str, Any]:
        body = {
            name: stream_slice[name] for name in ("start_date", "end_date")
        } | self.request_settings([])
        columns, types = stream_slice.get("columns"), stream_slice.get("targeting_types")
        if columns is None:
            selection = self.reports.selection()
            columns = selection.kept(self.report_columns(stream_slice))
            types = selection.kept(self.definition.targeting_types)
        columns = rotated(self.definition.request_columns(columns), stream_slice)
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
                key,
                elements,
                self.definition,
                self.plan.types,
                days,
                self.answer_warnings,
                stream_slice["ad_account_id"],
            )
        ]

    def shared_fields(self, stream_slice: Slice) -> Row:
        common = {name: stream_slice[name] for name in ("ad_account_id", "currency")}
        if self.definition.granularity == "TOTAL":
            common["date"] = stream_slice["end_date"]
            common["start_date"] = stream_slice["start_date"]
        wait(self._lists_with_names.pop(stream_slice["ad_account_id"], ()))
        for enrichment in self.plan.enrichments:
            common |= enrichment.account_fields(stream_slice["ad_account_id"])
        return common

    def report_delivered(self, stream_slice: Slice) -> None:
        account, window = stream_slice["ad_account_id"], Window.of(stream_slice)
        since, until = map(date.fromisoformat, (stream_slice["since"], stream_slice["until"]))
        first = self.context.observed.days.first(self.reach)
        since = self.report_start({**stream_slice, "start_date": str(since)}, first)
        request = self.request_of(account)
        state = self.states.of(account).after_days(request, window, since, until)
        if refused := self.context.observed.days.last_refused(self.reach):
            state = state.with_(refused_day=str(refused))
        self.states.replace(account, state)

    def days_of(self, stream_slice: Slice) -> Window:
        """The window, extended to the first day of its first week or month, which rows may have."""
        window = Window.of(stream_slice)
        return Window(self.request.calendar.period_start(window.start), window.end)

    def halves(self, stream_slice: Slice) -> list[Slice]:
        return [
            {**stream_slice, "start_date": str(half.start), "end_date": str(half.end)}
            for half in self.request.calendar.halves(Window.of(stream_slice))
        ]


class CustomReportStream(AsyncReportStream):
    """A report that the user has defined."""

    def __init__(self, report: CustomReport, context: SyncContext | None = None) -> None:
        self.definition = self.custom_report = report
        super().__init__(context)

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def report(self) -> Report:  # type: ignore[override]
        return self.definition.report

    def get_json_schema(self) -> Schema:  # type: ignore[override]
        return async_report_schema(self.report, self.definition.fields)

    def offered(self, options: Container[str]) -> AirbyteStream:
        """The stream with all descriptions, which the source leaves out if there are too many."""
        return AnalyticsStream.offered(self, options)

    def enrichments(self, selected: Mapping[str, Any]) -> tuple[Enrichment, ...]:  # noqa: ARG002
        """None: the user names all fields of a custom report."""
        return ()

    @property
    def start_date(self) -> date | None:
        return self.definition.start_date

    def all_refused_message(self, field: str, names: Sequence[str]) -> str:
        return (
            f"Pinterest refuses all that this report names in `{field}` ({', '.join(names[:3])}). "
            "Choose others in the configuration."
        )


ATTRIBUTION = (*WINDOWS, "conversion_report_time")
