"""Compares the rows of an ad account with Pinterest's own totals of the account, day by day.

Pinterest warns that large answers can be cut short, and a cut array that was closed looks complete. So the daily sums
of one column over a pass are compared with the answer to one small request.

If the sums of some days differ, a request for the campaigns of the listed entities shows which campaigns lack
something, and their entities are read again for those days. A remaining difference is stored in the state (`differs`),
so that later syncs neither report it nor read anything again unless it changes.
"""

from __future__ import annotations

import logging
import math
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import add
from typing import TYPE_CHECKING, Any, TypeVar

from source_pinterest.api.endpoints import category_of, path_of
from source_pinterest.http.errors import PinterestError, Unavailable
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.column_types import day as day_of
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.rows import Batch, Run, TypedRows, is_rows, values
from source_pinterest.records.unrequested import UnrequestedRows
from source_pinterest.sync.failures import unusable
from source_pinterest.sync.slices import ONE_DAY, Slice, Window, batches, halves
from source_pinterest.sync.state import MAX_DIFFERENCES, AccountState
from source_pinterest.text import counted
from source_pinterest.threads import submit

if TYPE_CHECKING:
    from source_pinterest.streams.analytics.ads import AdsReport

logger = logging.getLogger("airbyte.source_pinterest")

Result = TypeVar("Result")

ACCOUNT_TOTAL = "GET /ad_accounts/{ad_account_id}/analytics"
CAMPAIGNS = "GET /ad_accounts/{ad_account_id}/campaigns/analytics"

Sums = Mapping[str, float]
"""Sums by day, or by id."""

COLUMNS = {
    "SPEND_IN_MICRO_DOLLAR": 0.5,
    "IMPRESSION_1": 0.0,
    "TOTAL_IMPRESSION": 0.0,
    "CLICKTHROUGH_1": 0.0,
    "SPEND_IN_DOLLAR": 0.005,
}
"""The columns to compare if they are selected, the best first, with the rounding error per row. They count delivery,
which stops changing after some days, unlike conversions. If none is selected, the first additive count is compared."""

ADDING_UP = 1e-9
"""The relative error of a sum of counts that Pinterest models, which have fractions."""

DAYS_IN_FLUX = 3
"""The latest days, which are not compared, since they may change between two requests."""


@dataclass
class _SumsOfRuns:
    """The daily sums over runs, which are rows of the same consecutive days."""

    days: Sequence[str]
    compared: int
    """How many of the days, from the first on, are compared."""
    sums: list[float]


@dataclass
class PassSums:
    """The sums of one column over the emitted rows of a pass over an ad account."""

    column: str
    through: str
    """The last day that is compared (ISO 8601)."""

    by_id: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    ids: set[str] = field(default_factory=set)
    """All requested ids, including those without rows."""
    most_cells: int = 0
    """The ids times days of the largest request."""
    _by_day: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _of_runs: dict[tuple[str, int], _SumsOfRuns] = field(default_factory=dict)
    """By first day and number of days: the sums that are not yet part of `_by_day`."""

    @classmethod
    def of(cls, stream_slice: Slice, types: ColumnTypes) -> PassSums | None:
        """Empty sums for the pass of a slice. None if no selected column is additive, or no day is left to compare."""
        counts = [name for name in types.numbers if name in types.additive]
        best = next((name for name in COLUMNS if name in counts), None)
        column = best or next((name for name in counts if not name.endswith("_IN_DOLLAR")), None)
        window = Window.of(stream_slice)
        if column is None or window.days <= DAYS_IN_FLUX:
            return None
        return cls(column, str(window.end - timedelta(days=DAYS_IN_FLUX)))

    def note(self, stream_slice: Slice) -> None:
        """Notes the ids and the size of a request. Its answer may have been cut to no rows at all."""
        self.ids.update(stream_slice["ids"])
        self.most_cells = max(self.most_cells, _cells(stream_slice))

    @property
    def by_day(self) -> dict[str, float]:
        """The sums by day. The caller may change them."""
        for run in self._of_runs.values():
            for day, total in zip(run.days[: run.compared], run.sums, strict=False):
                self._by_day[day] += total
        self._of_runs.clear()
        return self._by_day

    def add(self, rows: Sequence[Any], id_field: str) -> None:
        """Adds the rows of an answer."""
        figures: Sequence[float] = list(values(rows, self.column))
        try:
            are_numbers = math.isfinite(sum(figures))
        except TypeError:
            are_numbers = False
        if not are_numbers:
            figures = [to_number(value) for value in figures]
        if isinstance(rows, TypedRows):
            self._add_runs(rows.runs, figures)
            return
        by_day, by_id, through = self._by_day, self.by_id, self.through
        keys = zip(values(rows, "date"), values(rows, id_field), strict=True)
        for (day, entity_id), value in zip(keys, figures, strict=True):
            if day <= through:
                by_day[day] += value
                by_id[entity_id] += value

    def _add_runs(self, runs: Sequence[Run], figures: Sequence[float]) -> None:
        """Adds rows of consecutive days, without looking at each row."""
        start = 0
        for entity_id, days in runs:
            length = len(days)
            sums = self._of_runs.get((days[0], length))
            if not sums:
                compared = bisect_right(days, self.through)
                sums = self._of_runs[days[0], length] = _SumsOfRuns(days, compared, [0.0] * length)
            of_run = figures[start : start + length]
            sums.sums = list(map(add, sums.sums, of_run))
            self.by_id[entity_id] += sum(of_run[: sums.compared])
            start += length

    def tolerance(self, total: float, rows: int) -> float:
        """How much a sum of so many rows may differ from a total because of rounding."""
        return max(rows * COLUMNS.get(self.column, 0.0), ADDING_UP * abs(total))

    def shortfalls(self, own: Sums, expected: Sums, rows: int) -> dict[str, float]:
        """By key: how much less than expected `own` has, negative if it has more. Without differences that rounding
        may explain. `rows`: the most rows in a sum."""
        found = {key: expected.get(key, 0.0) - own.get(key, 0.0) for key in {*own, *expected}}
        return {
            key: lack
            for key, lack in sorted(found.items())
            if abs(lack) > self.tolerance(expected.get(key, 0.0), rows)
        }


class Reconciliation:
    """Compares the rows of each pass over an ad account with the account's own totals of the days.

    If they differ, it reads what may be missing once more and emits it; the destination merges the rows by primary key.
    If they still differ, the log has both figures, and the state keeps the difference.
    """

    def __init__(self, report: AdsReport) -> None:
        self._report = report
        self._pass_sums: dict[str, PassSums | None] = {}
        """By account; None if there is nothing to compare."""
        self._errors: dict[str, PinterestError] = {}
        """By account: the error of the request for its total."""
        self._differences: dict[str, tuple[str, dict[str, float]]] = {}
        """By account: the column and, by day, the remaining differences, for the state."""

    @property
    def _id_field(self) -> str:
        return self._report.primary_key[0]

    def count(self, batches: Iterable[Batch], stream_slice: Slice) -> Iterator[Batch]:
        """Adds the batches of one answer to the sums, and yields them."""
        account = stream_slice["ad_account_id"]
        if account not in self._pass_sums:
            self._pass_sums[account] = PassSums.of(stream_slice, self._report.plan.types)
        pass_sums = self._pass_sums[account]
        if pass_sums:
            pass_sums.note(stream_slice)
        for batch in batches:
            if pass_sums:
                pass_sums.add(batch.rows, self._id_field)
            yield batch

    def with_total(self, last: Slice, read: Callable[[], Result]) -> Result:
        """Returns the result of `read`. Meanwhile, fetches the total that the pass of the slice will be compared with,
        so that `verify` need not wait for it. Called by several threads."""
        report, is_over = self._report, threading.Event()
        if not last.get("whole") or last["ad_account_id"] in report.reader.gaps:
            return read()

        def ask() -> None:
            report.reader.sending.wait_for_first_day(last)
            within = report.reader.sending.available_part(last) or last
            pass_sums = PassSums.of(within, report.plan.types)
            if pass_sums and not is_over.is_set():
                try:
                    self._total(pass_sums, within)
                except PinterestError as error:
                    self._errors[last["ad_account_id"]] = error

        asking = submit(ask)
        try:
            found = read()
        except BaseException:
            is_over.set()
            raise
        wait([asking])
        return found

    def verify(self, last: Slice) -> Iterator[Batch]:
        """Compares a pass after its last slice, and yields the rows that are read again."""
        report, account = self._report, last["ad_account_id"]
        last = report.reader.sending.available_part(last) or last
        pass_sums = self._pass_sums.pop(account, None)
        if not last.get("whole") or account in report.reader.gaps:
            return
        if not last["ids"]:
            self._verify_empty_list(last)
        if not pass_sums:
            return
        self._compare_with_totals(pass_sums, last)
        rows = len(pass_sums.ids)
        known = self._known_differences(account, pass_sums.column)
        try:
            total = self._total(pass_sums, last)
            lacking = pass_sums.shortfalls(pass_sums.by_day, total, rows)
            if len(known) >= MAX_DIFFERENCES:  # the state does not have those of the days before
                lacking = {day: lack for day, lack in lacking.items() if day >= min(known)}
            new = [
                day
                for day, lack in lacking.items()
                if day not in known
                or abs(lack - known[day]) > pass_sums.tolerance(total.get(day, 0.0), rows) + 0.01
            ]
            if new:
                logger.warning(
                    f"{report.describe(last)}: the rows of {_days(new)} do not add up; they are read again."
                )
                yield from self._read_again(pass_sums, last, new)
                lacking = pass_sums.shortfalls(pass_sums.by_day, total, rows)
                self._warn_of_remaining(
                    pass_sums, last, total, [day for day in new if day in lacking]
                )
        except PinterestError as error:
            logger.warning(
                f"{report.describe(last)}: could not be compared with the total: {error}"
            )
            return
        earlier = {day: lack for day, lack in known.items() if day < last["start_date"]}
        self._differences[account] = pass_sums.column, {**earlier, **lacking}

    def _compare_with_totals(self, pass_sums: PassSums, last: Slice) -> None:
        """Warns if the totals of this sync lack entities that have numbers by day, or campaigns of these."""
        report, account = self._report, last["ad_account_id"]
        ids = {entity_id for entity_id, value in pass_sums.by_id.items() if value > 0}
        levels = {report.report.level_name: ids}
        campaigns = report.entities(report.context).campaigns(account)
        if campaigns:
            levels["campaign"] = {campaigns[each] for each in ids if each in campaigns}
        for level, active in levels.items():
            note_days = report.context.activity.note_days
            warn_of_lacking(note_days(account, level, last["start_date"], active))

    def annotate_state(self, state: AccountState, account: str) -> AccountState:
        """The state after a pass with the remaining differences."""
        found = self._differences.pop(account, None)
        return state.with_differences(*found) if found else state

    def _known_differences(self, account: str, column: str) -> Sums:
        """By day: the differences that have remained in earlier syncs."""
        report = self._report
        state = report.states.of(account).usable(report.request_of(account))[0]
        found: Sums = state.get("differs", {}).get(column, {})
        return found

    def _warn_of_remaining(
        self, pass_sums: PassSums, last: Slice, total: Sums, days: Sequence[str]
    ) -> None:
        if not days:
            return
        rows = sum(pass_sums.by_day.get(day, 0.0) for day in days)
        own = sum(total.get(day, 0.0) for day in days)
        logger.warning(
            f"{self._report.describe(last)}: the rows of {_days(days)} add up to {rows:,.0f} "
            f"{pass_sums.column}, but the ad account's own total, read twice, is {own:,.0f}. "
            "Later syncs repeat this only if it changes. The documentation says what it may mean."
        )

    # --- What is read again ---

    def _read_again(self, pass_sums: PassSums, last: Slice, days: list[str]) -> Iterator[Batch]:
        """Reads again what may be missing on some days, yields the rows of these days, and corrects the sums.

        The campaigns of the entities are read first, with one request for most ad accounts. If their sums are those of
        the entities, the difference is due to entities in no list, and nothing else is read. The latest days, which
        are not compared, are read again, too, since they may also lack rows.
        """
        ids = sorted(pass_sums.ids, key=int)
        others: Sums = {}
        """By day: the sums of the campaigns whose entities are not read again."""
        if campaigns := self._campaigns_of(ids, last["ad_account_id"]):
            sums = self._sums_of_campaigns(
                pass_sums, last, {campaigns[entity_id] for entity_id in ids}
            )
            in_campaigns = pass_sums.shortfalls(pass_sums.by_day, _sum_up(sums.values()), len(ids))
            days = [day for day in days if day in in_campaigns]
            suspects = _suspects(pass_sums, campaigns, sums)
            ids = [entity_id for entity_id in ids if campaigns[entity_id] in suspects]
            others = _sum_up(sum_ for entity_id, sum_ in sums.items() if entity_id not in suspects)
        again = PassSums(pass_sums.column, pass_sums.through)
        latest = (
            {day for day in Window.of(last).dates if day > pass_sums.through} if days else set()
        )
        days_to_read = sorted({*days, *latest})
        for part in self._slices_to_reread(last, ids, days_to_read, pass_sums.most_cells):
            for answered, body in self._report.answers(part):
                if isinstance(body, PinterestError):
                    continue
                for batch in self._report.requests.batches(body, answered):
                    rows = _of_days(batch.rows, days_to_read)
                    again.add(rows, self._id_field)
                    yield batch._replace(rows=rows)
        for day in days:
            pass_sums.by_day[day] = again.by_day[day] + others.get(day, 0.0)

    def _campaigns_of(self, ids: Sequence[str], account: str) -> Mapping[str, str] | None:
        """By id: its campaign. None if the ids are campaigns, or their list does not name the campaign of each."""
        found = self._report.entities(self._report.context).campaigns(account)
        return found if found and all(entity_id in found for entity_id in ids) else None

    def _sums_of_campaigns(
        self, pass_sums: PassSums, last: Slice, campaigns: set[str]
    ) -> Mapping[str, Sums]:
        """By campaign and day: the sums, requested once per sync for all reports that need the same."""
        account, column = last["ad_account_id"], pass_sums.column
        key = (account, last["start_date"], pass_sums.through, column, frozenset(campaigns))
        return self._report.context.total(
            key, lambda: self._request_campaign_sums(pass_sums, last, campaigns)
        )

    def _request_campaign_sums(
        self, pass_sums: PassSums, last: Slice, campaigns: set[str]
    ) -> dict[str, Sums]:
        report = self._report
        client, limits = report.context.client, report.limits
        sums: dict[str, dict[str, float]] = {campaign: defaultdict(float) for campaign in campaigns}
        most = 1 if report.array_form().is_single else limits.ids_per_report
        is_repeated = "campaign_ids" in client.repeated_keys
        ids = sorted(campaigns, key=int)
        for some in batches(ids, most, limits.url_bytes - 1_000, "campaign_ids", is_repeated):
            body = client.get(
                path_of(CAMPAIGNS, last),
                {
                    "campaign_ids": some,
                    **self._params(pass_sums, last),
                    "columns": ["CAMPAIGN_ID", pass_sums.column],
                },
                category_of(CAMPAIGNS),
                is_rows,
            )
            for row in body:
                campaign = normalize_id(row.get("CAMPAIGN_ID"), "CAMPAIGN_ID")
                day = day_of(row.get("DATE"))
                if campaign in sums and day:
                    sums[campaign][day] += to_number(row.get(pass_sums.column))
        return dict(sums)

    def _slices_to_reread(
        self, last: Slice, ids: list[str], days: Sequence[str], most_cells: int
    ) -> list[Slice]:
        """The slices for some days of some ids: one window per run of consecutive days, or one from the first to the
        last, whichever takes fewer requests. A slice with more than half of `most_cells` is halved, since its answer
        may be cut again."""
        if not ids or not days:
            return []
        base = {name: last[name] for name in last if name not in PARTS_OF_LAST_SLICE}
        in_all = [Window(date.fromisoformat(days[0]), date.fromisoformat(days[-1]))]
        ways = [
            [
                part
                for window in windows
                for whole in self._report.requests.id_slices({**base, **window.fields}, ids)
                for part in (2 * _cells(whole) > most_cells and halves(whole, True)) or [whole]
            ]
            for windows in (_consecutive_windows(days), in_all)
        ]
        return min(ways, key=len)

    # --- The account's own totals ---

    def _verify_empty_list(self, last: Slice) -> None:
        """Raises Unavailable if an ad account without ids has a total: its list may have been cut."""
        report = self._report
        pass_sums = PassSums.of(last, report.plan.types)
        if not pass_sums:
            return
        try:
            total = sum(self._total(pass_sums, last).values())
        except PinterestError as error:
            logger.warning(
                f"{report.describe(last)}: could not be compared with the total: {error}"
            )
            return
        if total:
            raise Unavailable(
                f"Pinterest lists no {report.id_name}, but the ad account's own total through "
                f"{pass_sums.through} is {total:,.0f} {pass_sums.column}. Run the sync again."
            )

    def _total(self, pass_sums: PassSums, last: Slice) -> Sums:
        """By day: the account's own total, requested once per sync for all reports that compare the same days and
        column."""
        if error := self._errors.pop(last["ad_account_id"], None):
            raise error
        key = (last["ad_account_id"], last["start_date"], pass_sums.through, pass_sums.column)
        return self._report.context.total(key, lambda: self._request_total(pass_sums, last))

    def _request_total(self, pass_sums: PassSums, last: Slice) -> Sums:
        body = self._report.context.client.get(
            path_of(ACCOUNT_TOTAL, last),
            {**self._params(pass_sums, last), "columns": [pass_sums.column]},
            category_of(ACCOUNT_TOTAL),
            is_rows,
        )
        days = Window(date.fromisoformat(last["start_date"]), date.fromisoformat(pass_sums.through))
        unrequested = UnrequestedRows("AD_ACCOUNT_ID", days.dates)
        sums: dict[str, float] = defaultdict(float)
        try:
            for row in body:
                if day := unrequested.day(row.get("DATE")):
                    sums[day] += to_number(row.get(pass_sums.column))
            unrequested.check(is_any_row=True, answer_warnings=self._report.answer_warnings)
        except UnusableAnswer as error:
            raise unusable(error) from None
        return dict(sums)

    def _params(self, pass_sums: PassSums, last: Slice) -> dict[str, Any]:
        days = {"start_date": last["start_date"], "end_date": pass_sums.through}
        return {**days, "granularity": "DAY", **self._report.attribution()}


PARTS_OF_LAST_SLICE = ("ids", "after", "last", "whole", "start_date", "end_date")
"""The parts of a last slice that the slices of another request must not have."""


def warn_of_lacking(lacking: tuple[str, list[str]]) -> None:
    """Warns of totals that lack entities, as `Activity` returns them."""
    description, ids = lacking
    if ids:
        logger.warning(
            f"{description}: {len(ids):,} that have numbers by day in this sync have no total (such as {ids[0]}). Run "
            "the sync again."
        )


def _suspects(
    pass_sums: PassSums, campaigns: Mapping[str, str], sums: Mapping[str, Sums]
) -> set[str]:
    """The campaigns whose sums differ from those of their entities; at least the one that differs most."""
    own: dict[str, float] = dict.fromkeys(sums, 0.0)
    rows: dict[str, int] = defaultdict(int)
    for entity_id in pass_sums.ids:
        own[campaigns[entity_id]] += pass_sums.by_id.get(entity_id, 0.0)
        rows[campaigns[entity_id]] += 1
    lacks = {campaign: abs(sum(days.values()) - own[campaign]) for campaign, days in sums.items()}
    noisy = {
        campaign
        for campaign, lack in lacks.items()
        if lack > pass_sums.tolerance(own[campaign], 90 * rows[campaign])
    }
    return noisy or {max(lacks, key=lambda campaign: lacks[campaign])}


def _sum_up(sums: Iterable[Sums]) -> Sums:
    found: dict[str, float] = defaultdict(float)
    for one in sums:
        for key, value in one.items():
            found[key] += value
    return found


def _of_days(rows: Sequence[Any], days: Sequence[str]) -> list[Any]:
    days_to_read = set(days)
    pairs = zip(rows, values(rows, "date"), strict=True)
    return [row for row, day in pairs if day in days_to_read]


def _consecutive_windows(days: Sequence[str]) -> list[Window]:
    """The windows of consecutive days among ascending days.

    >>> [str(each.end) for each in _consecutive_windows(["2026-11-01", "2026-11-02", "2026-11-05"])]
    ['2026-11-02', '2026-11-05']
    """
    windows: list[Window] = []
    for day in map(date.fromisoformat, days):
        if windows and windows[-1].end + ONE_DAY == day:
            windows[-1] = Window(windows[-1].start, day)
        else:
            windows.append(Window(day, day))
    return windows


def _cells(stream_slice: Slice) -> int:
    return len(stream_slice["ids"]) * Window.of(stream_slice).days


def _days(days: Sequence[str]) -> str:
    """Some days in words.

    >>> _days(["2026-11-01"]), _days(["2026-11-01", "2026-11-05"])
    ('2026-11-01', '2 days (the first is 2026-11-01)')
    """
    return days[0] if len(days) == 1 else f"{counted(len(days), 'day')} (the first is {days[0]})"


def to_number(value: Any) -> float:
    """A value as a number. Values that are not numbers count as 0.

    >>> to_number(7), to_number("7.5"), to_number(None), to_number("n/a"), to_number(float("nan"))
    (7.0, 7.5, 0.0, 0.0, 0.0)
    """
    try:
        found = float(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if math.isfinite(found) else 0.0
