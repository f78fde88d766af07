"""Metrics of campaigns, ad groups and ads: totals of the window, and by day."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api.columns import ID_COLUMNS
from source_pinterest.api.endpoints import path_of
from source_pinterest.api.facts import api_facts
from source_pinterest.api.levels import Report
from source_pinterest.api.schemas import Schema, ads_report_schema
from source_pinterest.http.errors import AccessDenied, PinterestError, Unavailable
from source_pinterest.records.ads_analytics import ads_analytics
from source_pinterest.records.errors import BrokenAnswer, UnusableAnswer
from source_pinterest.records.row_parser import RowParser, Seen
from source_pinterest.records.rows import Batch, Row
from source_pinterest.streams.analytics.base import AccountPass
from source_pinterest.streams.analytics.entity_names import EntityNames, fields
from source_pinterest.streams.analytics.finality import FIELDS, Finality, kinds_of
from source_pinterest.streams.analytics.history import HistoryStream
from source_pinterest.streams.analytics.reconciliation import Tallies, figure
from source_pinterest.streams.lists.campaigns import AdGroups, Ads, AdsList, Campaigns, WholeAccount
from source_pinterest.streams.lists.product_groups import ProductGroupPromotions
from source_pinterest.sync.blame import explained
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.prefetch import prefetch
from source_pinterest.sync.slices import Slice, Window, batches, behind, halves, ids_within_cells
from source_pinterest.sync.state import Pass, fingerprint

if TYPE_CHECKING:
    from airbyte_cdk.models import (  # type: ignore[attr-defined]
        AirbyteMessage,
        AirbyteStream,
        ConfiguredAirbyteStream,
    )
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.ad_accounts import AdAccount


logger = logging.getLogger("airbyte.source_pinterest")


ID_IN_JSON = rb'"%b"\s*:\s*"?[A-Z]*(\d+)'


class AdsReport(HistoryStream):
    """What the reports of ad accounts share. A leaf names its endpoint and its report."""

    report: ClassVar[Report]

    names: EntityNames | None = None
    """None: `entity_names` is off."""

    finality: Finality | None = None
    """None: `metrics_final` is off."""

    @property
    def primary_key(self) -> list[str]:
        """Begins with the id."""
        return self.report.primary_key

    @property
    def is_daily(self) -> bool:  # type: ignore[override]
        return self.report.is_daily

    @property
    def entities(self) -> type[AdsList | WholeAccount]:
        """The list that has the ids of what its rows are about."""
        return ENTITIES[self.report.level_name]

    def get_json_schema(self) -> Schema:  # type: ignore[override]
        never_null = dict.fromkeys([*self.primary_key, "date", self.cursor_field])
        return ads_report_schema(self.report, tuple(never_null))

    @property
    def has_history(self) -> bool:  # type: ignore[override]
        return self.is_daily

    @property
    def report_level(self) -> str:  # type: ignore[override]
        return self.report.api_level

    @property
    def id_column(self) -> str:  # type: ignore[override]
        return self.report.level.id_column

    @property
    def ids_parameter(self) -> str | None:
        """None where the path names all that is asked for."""
        return None if self.entities is WholeAccount else f"{self.report.level_name}_ids"

    @property
    def has_a_list(self) -> bool:  # type: ignore[override]
        return self.ids_parameter is not None

    @property
    def id_name(self) -> str:  # type: ignore[override]
        return self.report.level.noun

    def endpoint_of(self, stream_slice: Slice) -> str:  # noqa: ARG002  it is the same for all of them
        kind = self.endpoint.rpartition("/")[2].replace("_", " ")
        return f"GET {kind} of {self.id_name}s"

    def explained(self, error: PinterestError, stream_slice: Slice) -> PinterestError:
        return explained(error, self.request_params(stream_slice=stream_slice), self.context.config)

    def attribution(self) -> dict[str, Any]:
        config = self.context.config
        return {
            "click_window_days": config.click_window_days,
            "engagement_window_days": config.engagement_window_days,
            "view_window_days": config.view_window_days,
            "conversion_report_time": config.conversion_report_time,
        }

    def fingerprint(self) -> str:
        return fingerprint(**self.attribution())

    @property
    def needs_a_column(self) -> bool:  # type: ignore[override]
        return self.id_column not in api_facts()["columns"]

    def optional_columns(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        return [each for each in self.request_columns() if each != self.id_column]

    def request_columns(self) -> list[str]:
        """The selected columns in Pinterest's names, and the id that the key needs, without those that
        Pinterest was found to refuse.

        A product group's id is in each row, and no column. A report has to ask for one at least.
        """
        ids = {name: column for column, name in ID_COLUMNS.items()}
        asked = self.selection({}).kept(ids.get(name, name) for name in self.columns)
        known = set(api_facts()["columns"])
        columns = [each for each in (self.id_column, *asked) if each in known]
        return list(dict.fromkeys(columns or ["SPEND_IN_MICRO_DOLLAR"]))

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
        }

    def _columns_of(self, stream_slice: Slice) -> list[str]:
        """Those of a search for what is refused, or all that may be asked for."""
        if "columns" not in stream_slice:
            return self.request_columns()
        id_column = [] if self.needs_a_column else [self.id_column]
        return [*id_column, *stream_slice["columns"]]

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:
        """Found in the text, since the answer may be large."""
        asked, found = set(stream_slice["ids"]), set()
        for match in re.finditer(ID_IN_JSON % self.id_column.encode(), body):
            found.add(match[1].decode())
            if len(found & asked) > 1:
                break
        return len(found & asked)

    def probe_ids(self, stream_slice: Slice) -> bool:
        entities = self.entities(self.context)
        return entities.understands_some(stream_slice["ad_account_id"], stream_slice["ids"])

    def offered(self, options: Container[str]) -> AirbyteStream:
        """Names stand behind the id, and whether a day is final behind its date."""
        stream = super().offered(options)
        behind_of: dict[str, dict[str, Any]] = {}
        if "entity_names" in options:
            behind_of[self.primary_key[0]] = fields(self.entities)
        if "metrics_final" in options and self.is_daily:
            behind_of["date"] = FIELDS
        properties: dict[str, Any] = {}
        for name, schema in stream.json_schema["properties"].items():
            properties |= {name: schema, **behind_of.get(name, {})}
        stream.json_schema = {**stream.json_schema, "properties": properties}
        return stream

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        config = self.context.config
        if config.entity_names:
            id_field = self.primary_key[0]
            self.names = EntityNames(self.name, id_field, self.entities, self.context, selected)
        if config.metrics_final and self.is_daily:
            self.finality = Finality(self.context, selected)
            self.wanted = replace(self.wanted, final=frozenset(kinds_of(self.columns)))

    def messages(
        self, configured: ConfiguredAirbyteStream, states: ConnectorStateManager
    ) -> Iterator[Batch | AirbyteMessage]:
        messages = super().messages(configured, states)
        config = self.context.config
        # not self.names.added: the stream is prepared by the first of its messages
        if config.entity_names:
            messages = (self.names.added(each) if self.names else each for each in messages)
        if config.metrics_final and self.is_daily:
            messages = (self.finality.added(each) if self.finality else each for each in messages)
        return messages

    def final_days(self, last: Slice) -> Mapping[str, date]:
        """Not of a pass that goes on with one that was cut off: part of it was read before."""
        return self.finality.through(Window.of(last)) if self.finality and "whole" in last else {}

    def plan(self, failures: Failures) -> list[AccountPass]:
        accounts = self.context.ad_accounts()
        passes = {account.id: self.account_passes(account.id) for account in accounts}
        to_read = [each for each in accounts if self.is_to_be_planned(each.id, passes[each.id])]
        if not self.context.config.ad_account_ids:
            for gone in self.state.keys() - passes.keys():
                logger.warning(
                    f"{self.name}: ad account {gone} was read before, and this login no longer sees "
                    "it: its rows stay as they are. Ask its owner for the Analyst role."
                )
        if self.finality:
            self.finality.find(each.window for planned in passes.values() for each in planned)
        entities = self.entities(self.context)

        def ids(account: AdAccount) -> list[str]:
            if account.refusal:
                raise AccessDenied(account.refusal)
            found = entities.ids(account.id)
            if self.names:
                self.names.find(account.id)
            return found

        parts = []
        for account, found in prefetch(ids).over(to_read):
            todo = passes[account.id]
            whole = [each.window for each in todo] or [self.wanted.window]
            window = Window(min(each.start for each in whole), whole[-1].end)
            slice_of_all = {"ad_account_id": account.id, **self.days(window)}
            try:
                ids_of_the_account = found.result()
            except PinterestError as error:
                failures.add(account.id, self.what(slice_of_all), error)
                continue
            if unreadable := entities.unreadable(account.id):
                self.note_unlisted(account.id, self.what(slice_of_all), unreadable, failures)
            base = {"ad_account_id": account.id, "currency": account.currency}
            missing = self.missing_part(
                account.id, base, ids_of_the_account, entities.created(account.id)
            )
            if missing.part:
                parts.append(missing.part)
            if missing.is_too_much:
                todo = self.account_passes(account.id)
            parts += [self._part(account, missing.other_ids, each) for each in todo]
        if self.names:
            self.names.say_what_is_missing()
        return parts

    def _part(self, account: AdAccount, ids: list[str], one_pass: Pass) -> AccountPass:
        base = {"ad_account_id": account.id, "currency": account.currency}
        return AccountPass(
            {**base, **self.days(one_pass.window)},
            {"after": behind(ids, one_pass.after.get("after"))},
            is_whole=not one_pass.after,
            is_history=one_pass.is_history,
        )

    def slices(self, part: AccountPass) -> Iterator[Slice]:
        if part.is_missing:
            yield from self.batches_of(part.base, part.ids["missing"])
            return
        ids = part.ids["after"]
        found = list(self.batches_of(part.base, ids)) if ids else []
        end = {"last": True, **({"whole": True} if part.is_whole else {})}
        if not found:
            yield {**part.base, "ids": [], **end}
        for number, stream_slice in enumerate(found, 1):
            yield {**stream_slice, **end} if number == len(found) else stream_slice

    def batches_of(self, base: Slice, ids: list[str]) -> Iterator[Slice]:
        for batch in self.id_batches(base, ids, self.rows_of_an_id(base)):
            yield {**base, "ids": batch, "after": {"after": batch[-1]}}

    def id_batches(self, base: Slice, ids: list[str], rows_of_an_id: int) -> Iterator[list[str]]:
        columns = len(self.request_columns())
        most = ids_within_cells(
            rows_of_an_id, columns, self.limits.ids_per_report, self.limits.cells_per_answer
        )
        left = self.limits.url_bytes - self.url_bytes({**base, "ids": []})
        is_repeated = self.ids_parameter in self.context.client.repeated_keys
        return batches(ids, most, left, self.ids_parameter or "", is_repeated)

    def cells(self, stream_slice: Slice) -> int:
        rows = len(stream_slice["ids"]) * self.rows_of_an_id(stream_slice)
        return rows * len(self.request_columns())

    breakdown_fields: ClassVar[tuple[str, ...]] = ()
    """Fields that stand beside the metrics of an answer."""

    @cached_property
    def row_parser(self) -> RowParser:
        """One for all answers of a sync, which it learns from."""
        names = self.names.fields if self.names else []
        finality = self.finality.fields if self.finality else []
        return RowParser(
            self.types,
            self.id_column,
            self.is_daily,
            self.columns,
            [*self.breakdown_fields, *names, *finality],
            is_nested=bool(self.breakdown_fields),
        )

    def parser(self, stream_slice: Slice) -> Callable[[bytes], Iterator[list[Any]]]:
        """What makes the records of a body, some at a time."""
        raise NotImplementedError

    def batches(self, body: bytes, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:  # noqa: ARG002
        """Large bodies are parsed as they are emitted, so a broken one is asked for again here."""
        common = self.common(stream_slice)
        parsed = self.parser(stream_slice)
        for tries_left in reversed(range(self.policy.tries)):
            try:
                for part in parsed(body):
                    yield Batch(common, part, more_follows=True)
            except UnusableAnswer as error:  # noqa: PERF203  the first whole answer ends it
                raise unusable(error) from None
            except BrokenAnswer:
                if not tries_left:
                    raise Unavailable(
                        f"Pinterest's answers are broken JSON, in {self.policy.tries} tries. "
                        "Run the sync again: it goes on where it stopped."
                    ) from None
                body = self.send({**stream_slice, "most_bytes": self.limits.answer_bytes})
            else:
                return

    def common(self, stream_slice: Slice) -> Row:
        return {
            "ad_account_id": stream_slice["ad_account_id"],
            "currency": stream_slice["currency"],
            **self.window_fields(stream_slice),
            **(self.names.of_account(stream_slice["ad_account_id"]) if self.names else {}),
        }


class AdsAnalytics(AdsReport):
    """Metrics as they are, without a breakdown."""

    def send(self, stream_slice: Slice) -> bytes:
        params = self.request_params(stream_slice=stream_slice)
        return self.context.client.get_array(
            self.path(stream_slice=stream_slice), params, self.category
        )

    def parser(self, stream_slice: Slice) -> Callable[[bytes], Iterator[list[Any]]]:
        """One that goes on behind a broken answer: what was emitted does not come again."""
        return partial(self._parts, stream_slice=stream_slice, seen={}, row_parser=self.row_parser)

    def _parts(
        self, body: bytes, stream_slice: Slice, seen: Seen, row_parser: RowParser | None = None
    ) -> Iterator[list[Any]]:
        return ads_analytics(
            body,
            self.id_column,
            set(stream_slice["ids"]),
            seen,
            self.types,
            self.is_daily,
            row_parser,
            Window.of(stream_slice).dates,
            self.answer_warnings,
            self.common(stream_slice),
        )

    def rows(self, body: bytes, stream_slice: Slice) -> list[Row]:
        return [row for part in self._parts(body, stream_slice, {}) for row in part]

    def decoded(self, content: bytes) -> bytes:
        return content


class ReconciledAnalytics(AdsAnalytics):
    """By day, and compared with the ad account's own total."""

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        self._tallies: dict[str, Tallies | None] = {}

    def batches(self, body: bytes, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        account = stream_slice["ad_account_id"]
        if stream_slice.get("is_missing"):
            yield from super().batches(body, stream_slice, failures)
            return
        if account not in self._tallies:
            is_wanted = self.context.config.reconcile
            self._tallies[account] = Tallies.of(stream_slice, self.types) if is_wanted else None
        tallies = self._tallies[account]
        if tallies:
            tallies.add(stream_slice, [])  # an answer without rows may be one that was cut
        for batch in super().batches(body, stream_slice, failures):
            if tallies:
                tallies.add(stream_slice, batch.rows)
            yield batch

    def checked(self, last: Slice) -> Iterator[Batch]:
        """Where the rows do not add up, every answer is asked for again in halves.

        What differs then is emitted again: the primary key merges it. What still does not add up is
        said in the log, with both figures.
        """
        account = last["ad_account_id"]
        last = self._sending.within_reach(last) or last
        tallies = self._tallies.pop(account, None)
        if not last.get("whole") or account in self._gaps:
            return
        if not last["ids"] and self.context.config.reconcile:
            self._check_that_nothing_is_there(last)
        if not tallies:
            return
        fingerprint = ("total", account, last["start_date"], tallies.through, tallies.column)
        try:
            total = self.context.get_or_fetch(
                fingerprint, lambda: self._account_total(tallies, last)
            )
            if not tallies.differs_from(total):
                return
            logger.warning(f"{self.what(last)}: the rows do not add up; they are read again.")
            again = Tallies(tallies.column, tallies.through)
            for answer in tallies.answers:
                batches = [
                    batch
                    for half in halves(answer.stream_slice, True) or [answer.stream_slice]
                    for part, body in self.answers(half)
                    if not isinstance(body, PinterestError)
                    for batch in AdsAnalytics.batches(self, body, part, Failures())
                ]
                found = again.tally(answer.stream_slice, [batch.rows for batch in batches])
                again.answers.append(found)
                if found != answer:
                    yield from batches
            total = self._account_total(tallies, last)
        except PinterestError as error:
            logger.warning(f"{self.what(last)}: could not be compared with the total: {error}")
            return
        if again.differs_from(total):
            logger.warning(
                f"{self.what(last)}: the rows through {again.through} have a sum of "
                f"{again.total:,.0f} {again.column}, and the ad account's own total is "
                f"{total:,.0f}, read twice. The documentation says what that may mean."
            )

    def _check_that_nothing_is_there(self, last: Slice) -> None:
        """An empty list may be one that was cut. Raises Unavailable where the ad account has a total."""
        tallies = Tallies.of(last, self.types)
        if not tallies:
            return
        account = last["ad_account_id"]
        fingerprint = ("total", account, last["start_date"], tallies.through, tallies.column)
        try:
            total = self.context.get_or_fetch(
                fingerprint, lambda: self._account_total(tallies, last)
            )
        except PinterestError as error:
            logger.warning(f"{self.what(last)}: could not be compared with the total: {error}")
            return
        if total:
            raise Unavailable(
                f"Pinterest lists no {self.id_name}, and the ad account's own total through "
                f"{tallies.through} is {total:,.0f} {tallies.column}. Run the sync again."
            )

    def _account_total(self, tallies: Tallies, last: Slice) -> float:
        body = self.context.client.get(
            path_of(AdAccountAnalyticsDaily.endpoint, last),
            {
                "start_date": last["start_date"],
                "end_date": tallies.through,
                "granularity": "TOTAL",
                "columns": [tallies.column],
                **self.attribution(),
            },
            self.category,
            is_rows,
        )
        return sum(figure(row.get(tallies.column)) for row in body)


def is_rows(body: Any) -> bool:
    return isinstance(body, list) and all(isinstance(row, dict) for row in body)


ENTITIES: dict[str, type[AdsList | WholeAccount]] = {
    each.level: each for each in (WholeAccount, Campaigns, AdGroups, Ads, ProductGroupPromotions)
}
"""By level: the list that has its ids."""


class CampaignAnalytics(AdsAnalytics):
    """The total of each campaign over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"
    report = Report("campaign", "TOTAL")


class AdGroupAnalytics(AdsAnalytics):
    """The total of each ad group over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups/analytics"
    report = Report("ad_group", "TOTAL")


class AdAnalytics(AdsAnalytics):
    """The total of each ad over the window."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads/analytics"
    report = Report("ad", "TOTAL")


class AdAccountAnalyticsDaily(AdsAnalytics):
    """Metrics of each ad account on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/analytics"
    report = Report("ad_account")


class CampaignAnalyticsDaily(ReconciledAnalytics):
    """Metrics of each campaign on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"
    report = Report("campaign")


class AdGroupAnalyticsDaily(ReconciledAnalytics):
    """Metrics of each ad group on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ad_groups/analytics"
    report = Report("ad_group")


class AdAnalyticsDaily(ReconciledAnalytics):
    """Metrics of each ad on each UTC day."""

    endpoint = "GET /ad_accounts/{ad_account_id}/ads/analytics"
    report = Report("ad")


class ProductGroupPromotionAnalyticsDaily(AdsAnalytics):
    """Metrics of each product group promotion on each UTC day: its ids are those of the promotions."""

    endpoint = "GET /ad_accounts/{ad_account_id}/product_groups/analytics"
    report = Report("product_group")
