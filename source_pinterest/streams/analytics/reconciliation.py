"""Whether the rows of an ad account add up to what Pinterest says is its total.

Pinterest warns that large answers can be cut short, and an array that was cut and closed leaves no
trace. So the rows of a pass are summed in one column and compared with one small request.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from source_pinterest.records.column_types import ColumnTypes
from source_pinterest.records.rows import values
from source_pinterest.sync.slices import Slice, Window

COLUMNS = {
    "SPEND_IN_MICRO_DOLLAR": 0.5,
    "IMPRESSION_1": 0.0,
    "TOTAL_IMPRESSION": 0.0,
    "CLICKTHROUGH_1": 0.0,
    "SPEND_IN_DOLLAR": 0.005,
}
"""What is compared if it is selected, the best first: delivery does not change after some days, as
conversions do. Else the first count that may be added up. With what rounding may do to each row."""

ADDING_UP = 1e-9
"""What the sum of counts that are modelled, and have fractions, may be off by, as a part of it."""

DAYS_IN_FLUX = 3
"""The newest days, which may change between two requests, are left out of the comparison."""


class Tally(NamedTuple):
    """What one answer held."""

    stream_slice: Slice
    rows: int
    total: float


@dataclass
class Tallies:
    """The answers of one pass over one ad account, as far as they are emitted."""

    column: str
    through: str
    """The last day that is compared (ISO 8601)."""

    answers: list[Tally] = field(default_factory=list)

    @classmethod
    def of(cls, stream_slice: Slice, types: ColumnTypes) -> Tallies | None:
        """None where there is nothing to compare: no selected column can be added up, or no day."""
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
        """Rows of a slice: those of one slice follow each other."""
        found = self.tally(stream_slice, [batch])
        if self.answers and self.answers[-1].stream_slice is stream_slice:
            last = self.answers.pop()
            found = Tally(stream_slice, last.rows + found.rows, last.total + found.total)
        self.answers.append(found)

    @property
    def total(self) -> float:
        return sum(each.total for each in self.answers)

    def differs_from(self, total: float) -> bool:
        """Whether the difference is more than each row's rounding can explain."""
        rows = sum(each.rows for each in self.answers)
        rounding = rows * COLUMNS.get(self.column, 0.0)
        return abs(self.total - total) > max(rounding, ADDING_UP * abs(total))


def figure(value: Any) -> float:
    """A value as a number to add up; what is none counts nothing.

    >>> figure(7), figure("7.5"), figure(None), figure("n/a"), figure(float("nan"))
    (7.0, 7.5, 0.0, 0.0, 0.0)
    """
    try:
        found = float(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if math.isfinite(found) else 0.0
