"""Metrics of campaigns, ad groups and ads: totals of the window, and by day."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api.columns import ID_COLUMNS
from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import Report
from source_pinterest.api.schemas import Schema, ads_report_schema
from source_pinterest.http.errors import AccessDenied, PinterestError
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import Batch, Row, values
from source_pinterest.streams.analytics.account_reader import AccountReader
from source_pinterest.streams.analytics.added_fields import AddedFields
from source_pinterest.streams.analytics.ads_requests import AdsRequests
from source_pinterest.streams.analytics.base import (
    AccountPass,
    AccountPlan,
    AnalyticsStream,
    ReadPlan,
)
from source_pinterest.streams.analytics.entity_names import ENTITIES
from source_pinterest.streams.analytics.finality import Finality, kinds_of
from source_pinterest.streams.analytics.history import History
from source_pinterest.streams.analytics.reconciliation import Reconciliation, warn_of_lacking
from source_pinterest.streams.analytics.targeting_requests import TargetingRequests
from source_pinterest.streams.lists.campaigns import AdsList, WholeAccount
from source_pinterest.sync.checkpoints import Checkpoint
from source_pinterest.sync.passes import Pass
from source_pinterest.sync.refused_choices import explain_refusal
from source_pinterest.sync.slices import Slice, Window, ascending, ids_after
from source_pinterest.sync.state import AccountState, fingerprint

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        AirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.streams.analytics.sending import Answer
    from source_pinterest.sync.ad_accounts import AdAccount
    from source_pinterest.sync.failures import Failures
    from source_pinterest.sync.observed import ArrayForm
    from source_pinterest.sync.read_request import ReadRequest


logger = logging.getLogger("airbyte.source_pinterest")

ID_IN_JSON = rb'"%b"\s*:\s*"?[A-Z]*(\d+)'


ID_NAMES = {name: column for column, name in ID_COLUMNS.items()}
"""By field: Pinterest's column."""


@lru_cache(maxsize=256)
def _request_columns(
    id_column: str, selected: tuple[str, ...], left_out: frozenset[str]
) -> tuple[str, ...]:
    """The columns of a request in Pinterest's names. Cached for all requests of a report."""
    asked = [ID_NAMES.get(name, name) for name in selected]
    known = set(api_facts()["columns"])
    columns = [
        column
        for column in (id_column, *(name for name in asked if name not in left_out))
        if column in known
    ]
    return tuple(dict.fromkeys(columns or ["SPEND_IN_MICRO_DOLLAR"]))


class AdsReport(AnalyticsStream):
    """A report of ad accounts and their entities. A leaf names its endpoint and its `report`.

    The work is done by its parts: slicing, sending and parsing (`requests`), reading passes (`reader`), reading older
    days (`history`), and comparing with the account's own total (`reconciliation`).
    """

    report: ClassVar[Report]

    reconciles: ClassVar[bool] = False
    """Whether the rows are compared with the ad account's own total."""

    @property
    def primary_key(self) -> list[str]:
        """The key of a row; the id comes first."""
        return self.report.primary_key

    @property
    def is_daily(self) -> bool:  # type: ignore[override]
        return self.report.is_daily

    @property
    def entities(self) -> type[AdsList | WholeAccount]:
        return ENTITIES[self.report.level_name]

    def get_json_schema(self) -> Schema:  # type: ignore[override]
        never_null = dict.fromkeys([*self.primary_key, "date", self.cursor_field])
        return ads_report_schema(self.report, tuple(never_null))

    @cached_property
    def requests(self) -> AdsRequests:
        return TargetingRequests(self) if self.report.breakdown else AdsRequests(self)

    @cached_property
    def reader(self) -> AccountReader:
        return AccountReader(self)

    @cached_property
    def history(self) -> History:
        return History(self)

    @cached_property
    def _ids_with_totals(self) -> dict[str, set[str]]:
        """By account: the ids of the rows of a total."""
        return defaultdict(set)

    @cached_property
    def reconciliation(self) -> Reconciliation | None:
        return Reconciliation(self) if self.reconciles and self.context.config.reconcile else None

    # --- The subject of the report ---

    def lists_of_ids(self) -> list[str]:
        return self.entities(self.context).lists_of_ids()

    @property
    def id_column(self) -> str:
        return self.report.level.id_column

    @property
    def ids_parameter(self) -> str | None:
        """The parameter that names the entities. None if the path names the ad account as a whole."""
        return None if self.entities is WholeAccount else f"{self.report.level_name}_ids"

    @property
    def has_a_list(self) -> bool:  # type: ignore[override]
        return self.ids_parameter is not None

    @property
    def id_name(self) -> str:  # type: ignore[override]
        return self.report.level.noun

    @property
    def needs_a_column(self) -> bool:  # type: ignore[override]
        return self.id_column not in api_facts()["columns"]

    def report_kind(self, stream_slice: Slice) -> str:  # noqa: ARG002  it is the same for all of them
        kind = self.endpoint.rpartition("/")[2].replace("_", " ")
        return f"GET {kind} of {self.id_name}s"

    def attribution(self) -> dict[str, Any]:
        """The parameters that decide which conversions count, and on which day."""
        config = self.context.config
        return {
            "click_window_days": config.click_window_days,
            "engagement_window_days": config.engagement_window_days,
            "view_window_days": config.view_window_days,
            "conversion_report_time": config.conversion_report_time,
            **config.timezone_parameter,
        }

    def fingerprint(self) -> str:
        return fingerprint(**self.attribution(), **self.requests.fingerprint_parts())

    def request_of(self, account: str) -> ReadRequest:
        return self.plan.request.for_today(self.context.today_of(account))

    # --- Fields and columns ---

    @property
    def added_fields(self) -> AddedFields:
        return AddedFields(self.primary_key[0], self.entities, self.is_daily)

    def offered(self, options: Container[str]) -> AirbyteStream:
        """The stream with the fields of the options: names after the id, finality after the date."""
        return self.added_fields.offered(super().offered(options), options)

    def read_plan(self, selected: Mapping[str, Any], is_full_refresh: bool) -> ReadPlan:
        columns = self.selected_columns(selected)
        enrichments = self.added_fields.enrichments(self.name, self.context, selected)
        has_finality = any(isinstance(enrichment, Finality) for enrichment in enrichments)
        final_kinds = frozenset(kinds_of(columns) if has_finality else ())
        request = self.read_request(
            is_full_refresh, has_history=self.is_daily, final_kinds=final_kinds
        )
        offered = self.get_json_schema()["properties"]
        types = ColumnTypes.of(offered, columns, self.answer_warnings)
        return ReadPlan(columns, types, request, enrichments)

    def optional_columns(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        """The columns that a request may leave out."""
        return [column for column in self.request_columns() if column != self.id_column]

    def request_columns(self) -> list[str]:
        """The selected columns in Pinterest's names, with the id of the key and without refused ones. At least one.

        A product group's id is in each row without being a column.
        """
        left_out = self.selection({}).left_out
        return list(_request_columns(self.id_column, self.plan.columns, left_out))

    def request_params(  # type: ignore[override]
        self, *, stream_slice: Slice, **_: Any
    ) -> dict[str, Any]:
        return {
            **({self.ids_parameter: stream_slice["ids"]} if self.ids_parameter else {}),
            "start_date": stream_slice["start_date"],
            "end_date": stream_slice["end_date"],
            "granularity": self.report.granularity,
            "columns": self._columns_of(stream_slice),
            **self.attribution(),
            **self.requests.params(stream_slice),
        }

    def _columns_of(self, stream_slice: Slice) -> list[str]:
        """The columns of the slice, if it belongs to a search for refused ones; otherwise those of the report."""
        if "columns" not in stream_slice:
            return self.request_columns()
        id_column = [] if self.needs_a_column else [self.id_column]
        return [*id_column, *stream_slice["columns"]]

    # --- Planning ---

    def plan_accounts(self, failures: Failures) -> list[AccountPlan]:
        self.context.verify_local_days()
        accounts = self.context.ad_accounts()
        passes = {account.id: self.passes_of(account.id) for account in accounts}
        to_read = [
            account for account in accounts if self.reader.has_work(account.id, passes[account.id])
        ]
        if not self.context.config.ad_account_ids:
            for unseen in self.states.accounts() - passes.keys():
                logger.warning(
                    f"{self.name}: ad account {unseen} was read before, and this login no longer sees "
                    "it: its rows stay as they are. Ask its owner for the Analyst role."
                )
        enrichments = self.plan.enrichments
        for enrichment in enrichments:
            enrichment.begin(
                account_pass.window for planned in passes.values() for account_pass in planned
            )
        entities = self.entities(self.context)
        left = {account.id for account in to_read}

        def planned(account: AdAccount, listed: Future[list[str]] | None) -> list[AccountPass]:
            found = self._planned(account, listed, passes[account.id], failures)
            left.discard(account.id)
            if not left:
                for enrichment in enrichments:
                    enrichment.on_planned()
            return found

        plans = []
        for account in to_read:
            listed = None if account.refusal else entities.ids_future(account.id)
            needed = [listed] if listed else []
            for enrichment in enrichments:
                needed += enrichment.needed(account.id) if listed else []
            plans.append(AccountPlan(partial(planned, account, listed), needed))
        if not plans:
            for enrichment in enrichments:
                enrichment.on_planned()
        return plans

    def _planned(
        self,
        account: AdAccount,
        listed: Future[list[str]] | None,
        todo: list[Pass],
        failures: Failures,
    ) -> list[AccountPass]:
        """The passes over an ad account. `listed`: the future of its ids, which is done; None if the account cannot be
        read."""
        entities = self.entities(self.context)
        whole = [account_pass.window for account_pass in todo] or [
            self.request_of(account.id).window
        ]
        window = Window(min(account_pass.start for account_pass in whole), whole[-1].end)
        what = self.describe({"ad_account_id": account.id, **window.fields})
        try:
            if listed is None:
                raise AccessDenied(account.refusal)
            ids = ascending(listed.result())
            for enrichment in self.plan.enrichments:
                enrichment.load(account.id)
        except PinterestError as error:
            failures.add(account.id, what, error)
            return []
        if unreadable := entities.unreadable(account.id):
            self.reader.note_unlisted(account.id, what, unreadable, failures)
        base = {"ad_account_id": account.id, "currency": account.currency}
        missing = self.reader.plan_missing(account.id, base, ids, entities.created(account.id))
        if missing.are_too_many:
            todo = self.passes_of(account.id)
        return [
            *([missing.account_pass] if missing.account_pass else []),
            *(_account_pass(base, missing.other_ids, account_pass) for account_pass in todo),
        ]

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        if account_pass.is_history:
            yield from self.history.slices(account_pass)
        else:
            yield from self.requests.slices(account_pass)

    # --- Reading ---

    def read_accounts(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        """The records of the windows; then those of older days, backwards in time."""
        older: list[list[AccountPass]] = [[] for _ in plans]

        def of_the_window(plan: AccountPlan, history: list[AccountPass]) -> list[AccountPass]:
            passes = plan.passes()
            history += [account_pass for account_pass in passes if account_pass.is_history]
            return [account_pass for account_pass in passes if not account_pass.is_history]

        plans = [
            plan._replace(passes=partial(of_the_window, plan, history))
            for plan, history in zip(plans, older, strict=True)
        ]
        yield from self.reader.read(plans, states, failures)
        history = [account_pass for of_account in older for account_pass in of_account]
        yield from self.history.read(history, states, failures)

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        if stream_slice.get("is_history"):
            return self.history.records_of(stream_slice, failures)
        return self.reader.records_of(stream_slice)

    def clear_sweeps(self) -> None:
        """Also removes the digest of ids of a total, since the next sync reads it whole, with the ids of that time."""
        self.states.clear_sweeps(*(() if self.is_daily else ("ids",)))

    def rows_per_id(self, stream_slice: Slice) -> int:
        return self.requests.rows_per_id(stream_slice)

    def cells(self, stream_slice: Slice) -> int:
        rows = len(stream_slice["ids"]) * self.rows_per_id(stream_slice)
        return rows * len(self.request_columns())

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        return self.requests.answers(stream_slice)

    def answers_and_total(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        read = partial(self.answers, stream_slice)
        return self.reconciliation.with_total(stream_slice, read) if self.reconciliation else read()

    @property
    def breakdown_form(self) -> ArrayForm | None:
        return self.requests.breakdown_form

    def send(self, stream_slice: Slice) -> bytes:
        return self.requests.send(stream_slice)

    def batches(self, body: bytes, stream_slice: Slice) -> Iterator[Batch]:
        self.asked_columns.update(self.request_columns())
        found = self.requests.batches(body, stream_slice)
        if self.reconciliation and not stream_slice.get("is_missing"):
            return self.reconciliation.count(found, stream_slice)
        if self._is_compared_with_days:
            return self._noting_ids(found, stream_slice["ad_account_id"])
        return found

    def verify_pass(self, last: Slice) -> Iterator[Batch]:
        if self._is_compared_with_days:
            self._compare_with_days(last)
        return self.reconciliation.verify(last) if self.reconciliation else iter(())

    @property
    def _is_compared_with_days(self) -> bool:
        return not self.is_daily and not self.report.breakdown and self.context.config.reconcile

    def _noting_ids(self, batches: Iterator[Batch], account: str) -> Iterator[Batch]:
        for batch in batches:
            self._ids_with_totals[account].update(values(batch.rows, self.primary_key[0]))
            yield batch

    def _compare_with_days(self, last: Slice) -> None:
        """Warns if a whole pass over an ad account lacks entities that have numbers by day in this sync."""
        account = last["ad_account_id"]
        ids = self._ids_with_totals.pop(account, set())
        if last.get("whole") and account not in self.reader.gaps:
            level, start = self.report.level_name, last["start_date"]
            what = self.describe(last)
            warn_of_lacking(self.context.activity.note_totals(account, level, start, ids, what))

    def annotate_state(self, state: AccountState, last: Slice, window: Window) -> AccountState:  # noqa: ARG002
        """The state after a pass, with the notes of the parts. Enrichments note only whole passes, since a resumed one
        lacks the rows that were read before."""
        if self.reconciliation:
            state = self.reconciliation.annotate_state(state, last["ad_account_id"])
        if "whole" in last:
            for enrichment in self.plan.enrichments:
                state = enrichment.annotate_state(state, Window.of(last))
        return state

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:
        """The number of requested ids in an answer, counted to two at most. Searches the text, since the answer may be
        large."""
        asked, found = set(stream_slice["ids"]), set()
        for match in re.finditer(ID_IN_JSON % self.id_column.encode(), body):
            found.add(match[1].decode())
            if len(found & asked) > 1:
                break
        return len(found & asked)

    def probe_ids(self, stream_slice: Slice) -> bool:
        entities = self.entities(self.context)
        return entities.probe_ids(stream_slice["ad_account_id"], stream_slice["ids"])

    def explain_refusal(self, error: PinterestError, stream_slice: Slice) -> PinterestError:
        params = self.request_params(stream_slice=stream_slice)
        return explain_refusal(error, params, self.context.config)

    # --- Records ---

    def shared_fields(self, stream_slice: Slice) -> Row:
        account = stream_slice["ad_account_id"]
        common = {"ad_account_id": account, "currency": stream_slice["currency"]}
        common |= self.window_fields(stream_slice)
        for enrichment in self.plan.enrichments:
            common |= enrichment.account_fields(account)
        return common

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        return self.requests.rows(body, stream_slice)

    def decoded(self, content: bytes) -> bytes:
        return content


def _account_pass(base: Slice, ids: list[str], one_pass: Pass) -> AccountPass:
    return AccountPass(
        {**base, **one_pass.window.fields},
        {"after": ids_after(ids, one_pass.after.get("after"))},
        is_whole=not one_pass.after,
        is_history=one_pass.is_history,
    )


class CampaignAnalytics(AdsReport):
    """The total of each campaign over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"
    report = Report("campaign", "TOTAL")


class AdGroupAnalytics(AdsReport):
    """The total of each ad group over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups/analytics"
    report = Report("ad_group", "TOTAL")


class AdAnalytics(AdsReport):
    """The total of each ad over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads/analytics"
    report = Report("ad", "TOTAL")


class AdAccountAnalyticsDaily(AdsReport):
    """Metrics of each ad account on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/analytics"
    report = Report("ad_account")


class CampaignAnalyticsDaily(AdsReport):
    """Metrics of each campaign on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"
    report = Report("campaign")
    reconciles = True


class AdGroupAnalyticsDaily(AdsReport):
    """Metrics of each ad group on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups/analytics"
    report = Report("ad_group")
    reconciles = True


class AdAnalyticsDaily(AdsReport):
    """Metrics of each ad on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads/analytics"
    report = Report("ad")
    reconciles = True


class ProductGroupPromotionAnalyticsDaily(AdsReport):
    """Metrics of each product group promotion on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/product_groups/analytics"
    report = Report("product_group")
