"""Answers broken down by a split or by filters: their values, and whether Pinterest has broken them down at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from source_pinterest.api.organic import UNFILTERED
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes, day
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.organic_analytics import as_dicts, is_daily_metrics
from source_pinterest.text import cut, printable

NUMBER = {"type": ["null", "number"]}
QUIET = AnswerWarnings(log=lambda _: None)
"""Logs nothing, since the stream itself warns about values that are not numbers."""

LEAST_DAYS = 5
"""How many days with activity must have the same numbers for each value before the filter counts as ignored. Our
choice: on a day or two, they may be the same by chance."""


def is_split(body: Any) -> bool:
    """Whether a body has daily metrics by value."""
    return isinstance(body, dict) and all(
        is_daily_metrics({"all": answer}) for answer in body.values()
    )


def split_values(body: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The values of a split, each with a body of its own, without that of the whole. Known values are changed to
    capitals. Raises UnusableAnswer for a value that occurs twice.

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
    """Whether the values of a split add up to at least its whole, on each day; true if the answer has no whole.

    `body`: the answer. `values`: what `split_values` returns for it.
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
"""How the names of metrics end that are averages."""


class FilterCheck:
    """Finds out whether a filter has an effect. If Pinterest ignored it, all values would have the same numbers."""

    def __init__(self) -> None:
        self._same_days = 0
        self.has_effect = False
        """Whether the answers about two values have had different numbers."""

    def compare(self, bodies: Collection[Any]) -> None:
        """Compares the answers about all values of the filter, for the same days."""
        if self.has_effect or len(bodies) < 2:
            return
        first, *others = map(_active_days, bodies)
        self.has_effect = any(other != first for other in others)
        self._same_days += 0 if self.has_effect else len(first)

    @property
    def is_ignored(self) -> bool:
        """Whether enough days with activity had the same numbers for all values, and none had different ones."""
        return not self.has_effect and self._same_days >= LEAST_DAYS


def _active_days(body: Any) -> dict[Any, Any]:
    """By day with activity: its metrics, as numbers, whether Pinterest writes them as numbers or as texts."""
    found: dict[Any, Any] = {}
    for element in as_dicts(body):
        metrics = element.get("metrics")
        row = dict(metrics) if isinstance(metrics, dict) else {}
        ColumnTypes.of(dict.fromkeys(row, NUMBER), answer_warnings=QUIET).apply([row])
        if any(row.values()):
            found[day(element.get("date"))] = {k: v for k, v in row.items() if v is not None}
    return found
