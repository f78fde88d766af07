"""Compares the rows of an ad account with Pinterest's own total of it.

Pinterest warns that large answers can be cut short, and an array that was cut and closed looks complete. So
the sum of one column over a pass is compared with the answer to one small request.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from source_pinterest.api.endpoints import category_of, path_of
from source_pinterest.http.errors import PinterestError, Unavailable
from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import Batch, values
from source_pinterest.sync.slices import Slice, Window, halves
from source_pinterest.threads import submit

if TYPE_CHECKING:
    from source_pinterest.streams.analytics.ads import AdsReport

logger = logging.getLogger("airbyte.source_pinterest")

Result = TypeVar("Result")

ACCOUNT_TOTAL = "GET /ad_accounts/{ad_account_id}/analytics"

COLUMNS = {
    "SPEND_IN_MICRO_DOLLAR": 0.5,
    "IMPRESSION_1": 0.0,
    "TOTAL_IMPRESSION": 0.0,
    "CLICKTHROUGH_1": 0.0,
    "SPEND_IN_DOLLAR": 0.005,
}
"""The columns to compare if they are selected, best first, with the rounding error per row. Delivery,
unlike conversions, stops changing after some days. Otherwise, the first count that can be added up."""

ADDING_UP = 1e-9
"""The relative error of a sum of modelled counts, which have fractions."""

DAYS_IN_FLUX = 3
"""Days at the end that are left out of the comparison, since they may change between two requests."""


class Tally(NamedTuple):
    """The rows and the sum of one answer."""

    stream_slice: Slice
    rows: int
    total: float


@dataclass
class Tallies:
    """The emitted answers of one pass over one ad account."""

    column: str
    through: str
    """The last day that is compared (ISO 8601)."""

    answers: list[Tally] = field(default_factory=list)

    @classmethod
    def of(cls, stream_slice: Slice, types: ColumnTypes) -> Tallies | None:
        """None if there is nothing to compare: no selected column can be added up, or no day is left."""
        counts = [name for name in types.numbers if name in types.additive]
        best = next((name for name in COLUMNS if name in counts), None)
        column = best or next((name for name in counts if not name.endswith("_IN_DOLLAR")), None)
        window = Window.of(stream_slice)
        if column is None or window.days <= DAYS_IN_FLUX:
            return None
        return cls(column, str(window.end - timedelta(days=DAYS_IN_FLUX)))

    def tally(self, stream_slice: Slice, batches: Iterable[Sequence[Any]]) -> Tally:
        rows, total = 0, 0.0
        column, through = self.column, self.through
        for batch in batches:
            rows += len(batch)
            days = zip(values(batch, column), values(batch, "date"), strict=True)
            found = [value for value, day in days if day <= through]
            try:
                added = sum(found)
            except TypeError:
                added = math.nan
            total += added if math.isfinite(added) else sum(map(figure, found))
        return Tally(stream_slice, rows, total)

    def add(self, stream_slice: Slice, batch: Sequence[Any]) -> None:
        """Adds rows of a slice. Rows of one slice follow each other."""
        found = self.tally(stream_slice, [batch])
        if self.answers and self.answers[-1].stream_slice is stream_slice:
            last = self.answers.pop()
            found = Tally(stream_slice, last.rows + found.rows, last.total + found.total)
        self.answers.append(found)

    @property
    def total(self) -> float:
        return sum(each.total for each in self.answers)

    def differs_from(self, total: float) -> bool:
        """Whether the difference is larger than the rounding of the rows."""
        rows = sum(each.rows for each in self.answers)
        rounding = rows * COLUMNS.get(self.column, 0.0)
        return abs(self.total - total) > max(rounding, ADDING_UP * abs(total))


class Reconciliation:
    """Compares the rows of each pass over an ad account with the account's own total.

    If they do not add up, it requests every answer again in halves, and emits the rows that differ; the
    primary key merges them. If they still do not add up, the log gives both figures.
    """

    def __init__(self, report: AdsReport) -> None:
        self._report = report
        self._tallies: dict[str, Tallies | None] = {}
        """By account; None if there is nothing to compare."""
        self._errors: dict[str, PinterestError] = {}
        """By account: why its total is not there."""

    def noted(self, batches: Iterable[Batch], stream_slice: Slice) -> Iterator[Batch]:
        """Counts the batches of one answer, and passes them on."""
        account = stream_slice["ad_account_id"]
        if account not in self._tallies:
            self._tallies[account] = Tallies.of(stream_slice, self._report.plan.types)
        tallies = self._tallies[account]
        if tallies:
            tallies.add(stream_slice, [])  # an answer without rows may have been cut
        for batch in batches:
            if tallies:
                tallies.add(stream_slice, batch.rows)
            yield batch

    def beside(self, last: Slice, read: Callable[[], Result]) -> Result:
        """The result of `read`, and meanwhile the total that the pass of the slice will be compared with, so
        that `verified` has it. Called by several threads."""
        report, is_over = self._report, threading.Event()
        if not last.get("whole") or last["ad_account_id"] in report.reader.gaps:
            return read()

        def ask() -> None:
            report.reader.sending.wait_for_first_day(last)
            within = report.reader.sending.within_reach(last) or last
            tallies = Tallies.of(within, report.plan.types)
            if tallies and not is_over.is_set():
                try:
                    self._total(tallies, within)
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

    def verified(self, last: Slice) -> Iterator[Batch]:
        """Checks a pass after its last slice, and yields the rows that were missing."""
        report, account = self._report, last["ad_account_id"]
        last = report.reader.sending.within_reach(last) or last
        tallies = self._tallies.pop(account, None)
        if not last.get("whole") or account in report.reader.gaps:
            return
        if not last["ids"]:
            self._check_that_nothing_is_there(last)
        if not tallies:
            return
        try:
            total = self._total(tallies, last)
            if not tallies.differs_from(total):
                return
            logger.warning(f"{report.what(last)}: the rows do not add up; they are read again.")
            again = Tallies(tallies.column, tallies.through)
            for answer in tallies.answers:
                batches = [
                    batch
                    for half in halves(answer.stream_slice, True) or [answer.stream_slice]
                    for part, body in report.answers(half)
                    if not isinstance(body, PinterestError)
                    for batch in report.requests.batches(body, part)
                ]
                found = again.tally(answer.stream_slice, [batch.rows for batch in batches])
                again.answers.append(found)
                if found != answer:
                    yield from batches
            total = self._ask_for_total(tallies, last)
        except PinterestError as error:
            logger.warning(f"{report.what(last)}: could not be compared with the total: {error}")
            return
        if again.differs_from(total):
            logger.warning(
                f"{report.what(last)}: the rows through {again.through} have a sum of "
                f"{again.total:,.0f} {again.column}, and the ad account's own total is "
                f"{total:,.0f}, read twice. The documentation says what that may mean."
            )

    def _check_that_nothing_is_there(self, last: Slice) -> None:
        """Checks an empty list, which may have been cut. Raises Unavailable if the ad account has a total."""
        report = self._report
        tallies = Tallies.of(last, report.plan.types)
        if not tallies:
            return
        try:
            total = self._total(tallies, last)
        except PinterestError as error:
            logger.warning(f"{report.what(last)}: could not be compared with the total: {error}")
            return
        if total:
            raise Unavailable(
                f"Pinterest lists no {report.id_name}, and the ad account's own total through "
                f"{tallies.through} is {total:,.0f} {tallies.column}. Run the sync again."
            )

    def _total(self, tallies: Tallies, last: Slice) -> float:
        """The account's own total, requested once per sync for all reports that compare the same days and
        column."""
        if error := self._errors.pop(last["ad_account_id"], None):
            raise error
        key = (last["ad_account_id"], last["start_date"], tallies.through, tallies.column)
        return self._report.context.total(key, lambda: self._ask_for_total(tallies, last))

    def _ask_for_total(self, tallies: Tallies, last: Slice) -> float:
        report = self._report
        body = report.context.client.get(
            path_of(ACCOUNT_TOTAL, last),
            {
                "start_date": last["start_date"],
                "end_date": tallies.through,
                "granularity": "TOTAL",
                "columns": [tallies.column],
                **report.attribution(),
            },
            category_of(ACCOUNT_TOTAL),
            is_rows,
        )
        return sum(figure(row.get(tallies.column)) for row in body)


def is_rows(body: Any) -> bool:
    return isinstance(body, list) and all(isinstance(row, dict) for row in body)


def figure(value: Any) -> float:
    """A value as a number to add up. Values that are not numbers count as 0.

    >>> figure(7), figure("7.5"), figure(None), figure("n/a"), figure(float("nan"))
    (7.0, 7.5, 0.0, 0.0, 0.0)
    """
    try:
        found = float(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if math.isfinite(found) else 0.0
