"""Metrics of campaigns, ad groups and ads: totals of the window, and by day."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest import records
from source_pinterest.config import api_facts
from source_pinterest.cursors import Pass, question
from source_pinterest.http import limits
from source_pinterest.http.errors import AccessDenied, PinterestError, Unavailable
from source_pinterest.http.read_ahead import ReadAhead
from source_pinterest.records import Batch, Row, Seen
from source_pinterest.slices import Slice, Window, batches, behind, halves, ids_within_cells
from source_pinterest.streams.ads import AdGroups, Ads, AdsList, Campaigns
from source_pinterest.streams.analytics import AnalyticsStream, Part
from source_pinterest.streams.pinterest_stream import Failures, unusable
from source_pinterest.streams.reconciliation import Tallies, figure

if TYPE_CHECKING:
    from source_pinterest.reading import AdAccount


logger = logging.getLogger("airbyte.source_pinterest")


class AdsReport(AnalyticsStream):
    """What the reports of ad accounts share. A leaf names its key and its `entities`."""

    category = "ads_analytics"
    entities: ClassVar[type[AdsList]]
    endpoint: ClassVar[str]

    @property
    def id_column(self) -> str:
        return f"{self.entities.level.upper()}_ID"

    @property
    def ids_parameter(self) -> str:
        return f"{self.entities.level}_ids"

    @property
    def id_name(self) -> str:  # type: ignore[override]
        return self.entities.level.replace("_", " ")

    def path(self, *, stream_slice: Slice, **_: Any) -> str:  # type: ignore[override]
        account = stream_slice["ad_account_id"]
        return f"/ad_accounts/{account}/{self.entities.level}s/{self.endpoint}"

    def attribution(self) -> dict[str, Any]:
        config = self.reading.config
        return {
            "click_window_days": config.click_window_days,
            "engagement_window_days": config.engagement_window_days,
            "view_window_days": config.view_window_days,
            "conversion_report_time": config.conversion_report_time,
        }

    def question(self) -> str:
        return question(**self.attribution())

    def request_columns(self) -> list[str]:
        """The selected columns in Pinterest's names, and the id that the key needs."""
        ids = {name: column for column, name in records.ID_COLUMNS.items()}
        asked = [ids.get(name, name) for name in self.columns]
        known = set(api_facts()["columns"])
        return list(dict.fromkeys([self.id_column, *(each for each in asked if each in known)]))

    def request_params(  # type: ignore[override]
        self, *, stream_slice: Slice, **_: Any
    ) -> dict[str, Any]:
        return {
            self.ids_parameter: stream_slice["ids"],
            "start_date": stream_slice["start_date"],
            "end_date": stream_slice["end_date"],
            "granularity": "DAY" if self.is_daily else "TOTAL",
            "columns": self.request_columns(),
            **self.attribution(),
        }

    def plan(self, failures: Failures) -> list[Part]:
        accounts = self.reading.ad_accounts()
        passes = {account.id: self.account_passes(account.id) for account in accounts}
        to_read = [account for account in accounts if passes[account.id]]
        if not self.reading.config.ad_account_ids:
            for gone in self.state.keys() - passes.keys():
                logger.warning(
                    f"{self.name}: ad account {gone} was read before, and this login no longer sees "
                    "it: its rows stay as they are. Ask its owner for the Analyst role."
                )
        entities = self.entities(self.reading)

        def ids(account: AdAccount) -> list[str]:
            if account.refusal:
                raise AccessDenied(account.refusal)
            return entities.ids(account.id)

        parts = []
        lists = ReadAhead(ids, lambda _: 1, limits.REQUESTS_AHEAD, limits.REQUESTS_AHEAD)
        for account, found in lists.over(to_read):
            todo = passes[account.id]
            try:
                of_the_account = found.result()
            except PinterestError as error:
                window = Window(min(p.window.start for p in todo), todo[-1].window.end)
                slice_of_all = {"ad_account_id": account.id, **self.days(window)}
                failures.add(account.id, self.what(slice_of_all), error)
                continue
            parts += [self._part(account, of_the_account, each) for each in todo]
        return parts

    def _part(self, account: AdAccount, ids: list[str], one_pass: Pass) -> Part:
        base = {"ad_account_id": account.id, "currency": account.currency}
        return Part(
            {**base, **self.days(one_pass.window)},
            {"after": behind(ids, one_pass.after.get("after"))},
            is_whole=not one_pass.after,
        )

    def slices(self, part: Part) -> Iterator[Slice]:
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
        most = ids_within_cells(rows_of_an_id, columns, limits.IDS_PER_REPORT)
        left = limits.URL_BYTES - self.url_bytes({**base, "ids": []})
        return batches(ids, most, left, self.ids_parameter)

    def cells(self, stream_slice: Slice) -> int:
        rows = len(stream_slice["ids"]) * self.rows_of_an_id(stream_slice)
        return rows * len(self.request_columns())

    def common(self, stream_slice: Slice) -> Row:
        return {
            "ad_account_id": stream_slice["ad_account_id"],
            "currency": stream_slice["currency"],
            **self.window_fields(stream_slice),
        }


class AdsAnalytics(AdsReport):
    """GET /ad_accounts/{ad_account_id}/…/analytics"""

    endpoint = "analytics"

    def send(self, stream_slice: Slice) -> bytes:
        params = self.request_params(stream_slice=stream_slice)
        return self.reading.client.get_array(
            self.path(stream_slice=stream_slice), params, self.category
        )

    def batches(self, body: bytes, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:  # noqa: ARG002
        """Large bodies are parsed as they are emitted, so a broken one is asked for again here."""
        common = self.common(stream_slice)
        seen: Seen = {}
        for tries_left in reversed(range(limits.TRIES)):
            try:
                for part in self._parts(body, stream_slice, seen):
                    yield Batch(common, part, goes_on=True)
            except records.UnusableAnswer as error:  # noqa: PERF203  the first whole answer ends it
                raise unusable(error) from None
            except records.BrokenAnswer:
                if not tries_left:
                    raise Unavailable(
                        f"Pinterest's answers are broken JSON, in {limits.TRIES} tries. "
                        "Run the sync again: it goes on where it stopped."
                    ) from None
                body = self.send(stream_slice)
            else:
                return

    def _parts(self, body: bytes, stream_slice: Slice, seen: Seen) -> Iterator[list[Row]]:
        asked = set(stream_slice["ids"])
        return records.ads_analytics(body, self.id_column, asked, seen, self.types, self.is_daily)

    def rows(self, body: bytes, stream_slice: Slice) -> list[Row]:
        return [row for part in self._parts(body, stream_slice, {}) for row in part]

    def decoded(self, content: bytes) -> bytes:
        return content


class ReconciledAnalytics(AdsAnalytics):
    """By day, and compared with the ad account's own total. GET /ad_accounts/{ad_account_id}/analytics"""

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        self._tallies: dict[str, Tallies | None] = {}

    def batches(self, body: bytes, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        account = stream_slice["ad_account_id"]
        if account not in self._tallies:
            is_wanted = self.reading.config.reconcile
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
        tallies = self._tallies.pop(account, None)
        if not tallies or not last.get("whole"):
            return
        try:
            if not tallies.differs_from(self._account_total(tallies, last)):
                return
            logger.warning(f"{self.what(last)}: the rows do not add up; they are read again.")
            again = Tallies(tallies.column, tallies.through)
            for answer in tallies.answers:
                batches = [
                    batch
                    for half in halves(answer.stream_slice, True) or [answer.stream_slice]
                    for batch in AdsAnalytics.batches(self, self.send(half), half, Failures())
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

    def _account_total(self, tallies: Tallies, last: Slice) -> float:
        body = self.reading.client.get(
            f"/ad_accounts/{last['ad_account_id']}/analytics",
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


class CampaignAnalytics(AdsAnalytics):
    """The total of each campaign over the window."""

    primary_key = ["campaign_id"]
    is_daily = False
    entities = Campaigns


class AdGroupAnalytics(AdsAnalytics):
    """The total of each ad group over the window."""

    primary_key = ["ad_group_id"]
    is_daily = False
    entities = AdGroups


class AdAnalytics(AdsAnalytics):
    """The total of each ad over the window."""

    primary_key = ["ad_id"]
    is_daily = False
    entities = Ads


class AdAnalyticsDaily(ReconciledAnalytics):
    """Metrics of each ad on each UTC day."""

    primary_key = ["ad_id", "date"]
    is_daily = True
    entities = Ads
