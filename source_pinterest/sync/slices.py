"""Divides a report into requests: windows of days, batches of ids, chunks of targeting types.

Pure functions; no I/O and no CDK. A slice is plain JSON, so it can be logged, compared and replayed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from source_pinterest.api.limits import LIMITS

Slice = dict[str, Any]
"""What one request asks for: `ad_account_id` or `user_id`, `start_date`, `end_date`, `ids` and further parameters.
`after` has the last id that is done once the slice is read, and is absent if another slice has the same ids. `last`
marks the end of a pass."""

ONE_DAY = timedelta(days=1)

ID = re.compile(r"\d{1,100}", re.ASCII)
"""A valid id. Pinterest's have up to 19 digits."""


@dataclass(frozen=True)
class Window:
    """UTC days, both ends included.

    >>> Window.before(date(2026, 11, 24), days=90)
    Window(start=datetime.date(2026, 8, 26), end=datetime.date(2026, 11, 23))
    """

    start: date
    end: date

    @classmethod
    def before(cls, today: date, days: int) -> Window:
        """The last `days` complete days, so not today."""
        return cls(today - timedelta(days=days), today - ONE_DAY)

    @classmethod
    def of(cls, stream_slice: Slice) -> Window:
        """The days that a slice covers."""
        start, end = stream_slice["start_date"], stream_slice["end_date"]
        return cls(date.fromisoformat(start), date.fromisoformat(end))

    @property
    def fields(self) -> Slice:
        """The days as part of a slice."""
        return {"start_date": str(self.start), "end_date": str(self.end)}

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days + 1

    @property
    def dates(self) -> frozenset[str]:
        """The days in ISO 8601."""
        return _dates(self.start, self.end)


@lru_cache(maxsize=64)
def _dates(start: date, end: date) -> frozenset[str]:
    """Cached, since many answers are about the same days."""
    return frozenset(str(start + n * ONE_DAY) for n in range((end - start).days + 1))


def earliest_day(today: date) -> date:
    """The first day that a synchronous report still has."""
    return today - LIMITS.analytics_lookback


def ascending(ids: Sequence[str]) -> list[str]:
    """The ids in the order of a sweep: sorted as integers, each once.

    >>> ascending(["10", "9", "10"])
    ['9', '10']
    """
    return sorted(set(ids), key=int)


def ids_after(ids: Sequence[str], after: str | None) -> list[str]:
    """Those of the ascending ids that are greater than `after`; all if it is None."""
    return [entity_id for entity_id in ids if after is None or int(entity_id) > int(after)]


def batches(
    ids: Sequence[str], most: int, url_bytes: int, parameter: str, is_repeated: bool = False
) -> Iterator[list[str]]:
    """The ids in order, in batches of at most `most` ids that take at most `url_bytes` in the URL. A batch has at
    least one id, however long.

    `is_repeated`: the ids are sent with the parameter's name before each, instead of joined by commas.
    """
    beside_an_id = len(f"&{parameter}=") if is_repeated else len(",")
    start = 0
    while start < len(ids):
        batch = list(ids[start : start + max(1, most)])
        size = sum(map(len, batch)) + len(batch) * beside_an_id
        while size > url_bytes and len(batch) > 1:
            size -= len(batch.pop()) + beside_an_id
        yield batch
        start += len(batch)


def ids_within_cells(
    rows_per_id: int, columns: int, most: int, cells: int = LIMITS.cells_per_answer
) -> int:
    """The number of ids whose answer has at most `cells` values: at least one, at most `most`.

    Also the number of targeting types, given the rows of one type.

    >>> ids_within_cells(rows_per_id=90, columns=44, most=250)
    250
    >>> ids_within_cells(rows_per_id=90, columns=170, most=250)
    65
    """
    return max(1, min(most, cells // max(1, rows_per_id * columns)))


def halves(stream_slice: Slice, may_split_days: bool) -> list[Slice]:
    """Two slices that together cover the same: each has half of the ids, or half of the days if there is one id.

    Empty if the slice cannot be halved.

    >>> halves({"ids": ["1", "2", "3"]}, may_split_days=True)
    [{'ids': ['1', '2']}, {'ids': ['3']}]
    >>> one = {"ids": ["1"], "start_date": "2026-11-21", "end_date": "2026-11-23"}
    >>> [(half["start_date"], half["end_date"]) for half in halves(one, may_split_days=True)]
    [('2026-11-21', '2026-11-22'), ('2026-11-23', '2026-11-23')]
    """
    ids = stream_slice["ids"]
    if len(ids) > 1:
        return [{**stream_slice, "ids": half} for half in chunks(ids, (len(ids) + 1) // 2)]
    window = Window.of(stream_slice)
    if not may_split_days or window.days == 1:
        return []
    end = window.start + ((window.days + 1) // 2 - 1) * ONE_DAY
    return [
        {**stream_slice, "end_date": str(end)},
        {**stream_slice, "start_date": str(end + ONE_DAY)},
    ]


def smallest(stream_slice: Slice, may_split_days: bool) -> Slice:
    """The smallest part of a slice, with its first id and day."""
    while parts := halves(stream_slice, may_split_days):
        stream_slice = parts[0]
    return stream_slice


def chunks(values: Sequence[str], most: int) -> list[list[str]]:
    """The values in lists of at most `most`.

    >>> chunks(["a", "b", "c"], 2)
    [['a', 'b'], ['c']]
    """
    return [list(values[i : i + most]) for i in range(0, len(values), most)]
