"""Answers that are divided by a split or a filter: their values, and whether they are divided at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from source_pinterest.api.organic import UNFILTERED
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes, day
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.organic_analytics import as_dicts, is_daily_metrics
from source_pinterest.text import cut, printable

NUMBER = {"type": ["null", "number"]}
QUIET = AnswerWarnings(say=lambda _: None)
"""The stream itself warns of values that are not numbers."""

LEAST_DAYS = 5
"""Days with activity whose numbers are the same for each value, before they are taken for undivided. Our choice:
on a day or two, they may be the same by chance."""


def is_split(body: Any) -> bool:
    """Tells whether a body has daily metrics by value."""
    return isinstance(body, dict) and all(
        is_daily_metrics({"all": answer}) for answer in body.values()
    )


def split_values(body: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Returns the values of an answer, each as a body of its own, without the whole. A known value is in capitals,
    however it is written; others stay as they are. Raises UnusableAnswer for a value that comes twice.

    >>> split_values({"all": {}, "web": {"daily_metrics": []}, "Kiosk": {}}, ["MOBILE", "WEB"])
    {'WEB': {'all': {'daily_metrics': []}}, 'Kiosk': {'all': {}}}
    """
    found: dict[str, Any] = {}
    for name, days in body.items():
        value = name.upper() if name.upper() in known else name
        if value in found:
            raise UnusableAnswer(f"Pinterest's answer has {cut(printable(value), 40)} twice")
        if value.upper() not in UNFILTERED:
            found[value] = {"all": days}
    return found


def adds_up(body: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether the values of a split have all activity of its whole, day by day; true if the split has no whole.

    `body`: the answer. `values`: as `split_values` returns them.
    """
    whole = next((days for name, days in body.items() if name.upper() in UNFILTERED), None)
    if whole is None:
        return True
    parts = [_active_days(value) for value in values.values()]
    return all(
        sum(part.get(date, {}).get(name, 0) for part in parts) >= value
        for date, metrics in _active_days({"all": whole}).items()
        for name, value in metrics.items()
        if not name.endswith(NOT_ADDITIVE)
    )


NOT_ADDITIVE = ("_RATE", "_TIME")
"""The ends of the names of metrics that are averages."""


class Divided:
    """Whether Pinterest divides the numbers. If it ignored a filter, every value of it had the numbers of the whole."""

    def __init__(self) -> None:
        self._same_days = 0
        self.is_shown = False
        """Whether an answer about one value had other numbers than that about another."""

    def note(self, bodies: Collection[Any]) -> None:
        """Compares the answers about all values of one filter, for the same days."""
        if self.is_shown or len(bodies) < 2:
            return
        first, *others = map(_active_days, bodies)
        self.is_shown = any(other != first for other in others)
        self._same_days += 0 if self.is_shown else len(first)

    @property
    def is_ignored(self) -> bool:
        """Whether enough days with activity are the same for each value, and none differs."""
        return not self.is_shown and self._same_days >= LEAST_DAYS


def _active_days(body: Any) -> dict[Any, Any]:
    """The metrics of the days with activity, as numbers, whichever way Pinterest writes them."""
    found: dict[Any, Any] = {}
    for element in as_dicts(body):
        metrics = element.get("metrics")
        row = dict(metrics) if isinstance(metrics, dict) else {}
        ColumnTypes.of(dict.fromkeys(row, NUMBER), answer_warnings=QUIET).apply([row])
        if any(row.values()):
            found[day(element.get("date"))] = {k: v for k, v in row.items() if v is not None}
    return found
