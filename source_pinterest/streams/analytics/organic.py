"""Metrics of the user's Pins and of the account itself, by day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.organic_analytics import (
    NOT_FINAL,
    daily_metrics,
    days_in,
    decode,
    is_daily_metrics,
    row_parser,
)
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Batch, Row, values
from source_pinterest.records.unrequested import warn_of_absent_metrics
from source_pinterest.streams.analytics.account_reader import AccountReader
from source_pinterest.streams.analytics.base import (
    AccountPass,
    AccountPlan,
    AnalyticsStream,
    ReadPlan,
)
from source_pinterest.streams.analytics.pin_requests import PinAppTypeRequests, PinRequests
from source_pinterest.streams.analytics.sending import Answer
from source_pinterest.streams.analytics.user_requests import (
    BreakdownRequests,
    UserAccountRequests,
    UserRequests,
)
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.observed import ArrayForm
from source_pinterest.sync.passes import Pass
from source_pinterest.sync.slices import Slice, Window
from source_pinterest.sync.state import AccountState

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.http.errors import PinterestError
    from source_pinterest.sync.context import SyncContext

logger = logging.getLogger("airbyte.source_pinterest")


class OrganicAnalytics(AnalyticsStream):
    """A report of the user or of the user's Pins. A leaf names its endpoint, its key and its `requests_type`, which
    slices, sends and parses it."""

    account_field = "user_id"

    requests_type: ClassVar[type[UserRequests]]

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._first_not_final: str | None = None
        self._absent: dict[str, set[str]] = {}
        """By Pin, or "" for the user: the days that Pinterest's answers lack."""

    @cached_property
    def requests(self) -> UserRequests:
        return self.requests_type(self)

    @cached_property
    def reader(self) -> AccountReader:
        return AccountReader(self)

    def fingerprint(self) -> str:
        return self.requests.fingerprint() or super().fingerprint()

    def read_plan(self, selected: Mapping[str, Any], is_full_refresh: bool) -> ReadPlan:
        columns = self.selected_columns(selected)
        request = self.read_request(is_full_refresh, has_history=False)
        offered = self.get_json_schema()["properties"]
        return ReadPlan(columns, ColumnTypes.of(offered, columns, self.answer_warnings), request)

    def plan_accounts(self, failures: Failures) -> list[AccountPlan]:
        passes = self.requests.plan(failures)
        return [AccountPlan(lambda: passes)]

    def passes_of_the_user(self) -> Iterator[tuple[str, Pass]]:
        """The passes over the user, each with the user's id."""
        user_id = self.context.user()["id"]
        for account_pass in self.passes_of(user_id):
            yield user_id, account_pass

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        return self.requests.slices(account_pass)

    # --- Reading ---

    def read_accounts(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        yield from self.reader.read(plans, states, failures)
        warn_of_absent_metrics(self.asked_columns, self.plan.types, self.answer_warnings)

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:  # noqa: ARG002
        return self.reader.records_of(stream_slice)

    def requests_of(self, account_pass: AccountPass) -> int:
        return self.requests.requests_of(account_pass)

    def rows_per_id(self, stream_slice: Slice) -> int:
        return Window.of(stream_slice).days * self.requests.rows_per_day

    def cells(self, stream_slice: Slice) -> int:
        """The most values that the answer to a slice is expected to have."""
        rows = len(stream_slice["ids"]) * self.rows_per_id(stream_slice)
        return rows * len(self.plan.columns)

    def knows_slice_size(self) -> bool:
        return self.requests.knows_slice_size()

    def report_kind(self, stream_slice: Slice) -> str:
        return self.requests.report_kind(stream_slice)

    def array_form(self) -> ArrayForm:
        return self.requests.array_form()

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The bodies that answer a slice, each with the part of the slice that it answers. Called by several
        threads."""
        return self.requests.answers(stream_slice)

    def answers_and_total(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        return self.answers(stream_slice)

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:
        return self.requests.answered_ids(body, stream_slice)

    def send(self, stream_slice: Slice) -> Any:
        """The body of one request, or of a few. Called by several threads."""
        return self.requests.send(stream_slice)

    def read_body(
        self,
        path: str,
        params: Mapping[str, Any],
        stream_slice: Slice,
        is_expected: Callable[[Any], bool] = is_daily_metrics,
        decode: Callable[[bytes], Any] | None = decode,
    ) -> Any:
        """The body of one request for the days of a slice."""
        return self.context.client.get(
            path,
            {
                "metric_types": self.metrics(stream_slice),
                **params,
                **self.owner_params,
                "start_date": stream_slice["start_date"],
                "end_date": stream_slice["end_date"],
            },
            self.category,
            is_expected,
            decode=decode,
        )

    def metrics(self, stream_slice: Slice) -> list[str]:
        """The metrics of the slice, if it belongs to a search for refused ones; otherwise the selected metrics that the
        endpoint has and Pinterest does not refuse. At least one."""
        if "columns" in stream_slice:
            return list(stream_slice["columns"])
        known, columns = self.requests.known_metrics(stream_slice), self.plan.columns
        selected = [name for name in known if name in columns] or ["IMPRESSION"]
        return self.selection(stream_slice).kept(selected) or selected[:1]

    def optional_columns(self, stream_slice: Slice) -> list[str]:
        return self.metrics(stream_slice)

    def is_deleted(self, part: Slice, error: PinterestError) -> bool:
        return self.requests.is_deleted(part, error)

    def verify_pass(self, last: Slice) -> Iterator[Batch]:
        if absent := self._absent:
            pins = ", ".join([pin for pin in absent if pin][:3])
            logger.warning(
                f"{self.describe(last)}: Pinterest's answers lack {sum(map(len, absent.values()))} days, "
                f"the first is {min(map(min, absent.values()))}{pins and f' (Pins {pins})'}. "
                "The next syncs ask for them again."
            )
        self._absent = {}
        self.requests.verify()
        return iter(())

    def first_not_final(self, stream_slice: Slice) -> str | None:  # noqa: ARG002
        return self._first_not_final

    def annotate_state(self, state: AccountState, last: Slice, window: Window) -> AccountState:
        return self.requests.annotate_state(state, last, window)

    # --- Records ---

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        """The records of one answer."""
        return self.requests.batches(body, stream_slice)

    def shared_fields(self, stream_slice: Slice) -> Row:
        return {name: stream_slice[name] for name in self.requests.fields}

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The records of the days in an answer. Notes missing days, and the first one that is missing or not final."""
        self.asked_columns.update(self.metrics(stream_slice))
        requested = Window.of(stream_slice).dates
        common = self.shared_fields(stream_slice)
        rows = daily_metrics(body, self.plan.types, requested, self.row_parser, common)
        answered = days_in(body, requested)
        first = min(answered, default="") if self.requests.may_begin_late else ""
        if absent := [day for day in requested - answered if day > first]:
            self._absent.setdefault(stream_slice.get("pin_id", ""), set()).update(absent)
            self._first_not_final = min(*absent, self._first_not_final or absent[0])
        if not NOT_FINAL.isdisjoint(values(rows, "data_status")):
            for row in rows:
                if row["data_status"] in NOT_FINAL:
                    self._first_not_final = min(row["date"], self._first_not_final or row["date"])
        return rows

    @cached_property
    def row_parser(self) -> RowParser:
        """The parser for all answers of a sync. It learns types from the answers."""
        return row_parser(self.plan.types, self.plan.columns)


class UserAccountAnalytics(OrganicAnalytics):
    """Metrics of the user's account on each UTC day."""

    endpoint = "GET /user_account/analytics"
    primary_key = ["user_id", "date"]
    requests_type = UserAccountRequests


class UserAccountBreakdownAnalytics(OrganicAnalytics):
    """Metrics of the user's account on each UTC day by app type, claimed content, source, Pin format and content type.
    Each breakdown divides the same numbers."""

    endpoint = "GET /user_account/analytics"
    primary_key = ["user_id", "breakdown", "breakdown_value", "date"]
    continues_after_failure = True
    requests_type = BreakdownRequests


class PinAnalytics(OrganicAnalytics):
    """Metrics of each Pin of the user's own on each UTC day."""

    endpoint = "GET /pins/analytics"
    alternative = "GET /pins/{pin_id}/analytics"
    requires = ("GET /user_account",)  # its state is keyed by the user's id
    primary_key = ["pin_id", "date"]
    continues_after_failure = True
    id_name = "Pin"
    requests_type = PinRequests


class PinAppTypeAnalytics(OrganicAnalytics):
    """Metrics of each Pin of the user's own on each UTC day by app type: mobile, tablet and web."""

    endpoint = "GET /pins/analytics"
    alternative = "GET /pins/{pin_id}/analytics"
    requires = ("GET /user_account",)  # its state is keyed by the user's id
    primary_key = ["pin_id", "app_type", "date"]
    continues_after_failure = True
    id_name = "Pin"
    requests_type = PinAppTypeRequests
