"""The daily metrics of a Pin or of the user account → rows."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from source_pinterest.records.column_types import (
    AnswerWarnings,
    ColumnTypes,
    day,
    text,
)
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.rows import Row
from source_pinterest.records.unrequested import UnrequestedRows

NOT_FINAL = frozenset({"PROCESSING", "ESTIMATE"})
"""A `data_status` that says that the day's metrics will change."""

NO_DATA = "BEFORE_"
"""What a `data_status` begins with where no data can exist."""


def daily_metrics(
    body: Mapping[str, Any], types: ColumnTypes, window: Set[str] | None = None
) -> list[Row]:
    """A row for each day on which data can exist, from `{"all": {"daily_metrics": […]}}`.

    `window`: the days that were asked for. A day that comes twice is one row, and an UnusableAnswer if
    its numbers differ.
    """
    rows: dict[str, Row] = {}
    unrequested = UnrequestedRows("day", window)
    for each in body["all"]["daily_metrics"]:
        status = text(each.get("data_status"))
        found = day(each.get("date"))
        if found is None:
            raise UnusableAnswer("a day of Pinterest's answer has no date")
        if status and status.startswith(NO_DATA):
            continue
        if unrequested.day(found) is None:
            continue
        row = {"date": found, "data_status": status, **(each.get("metrics") or {})}
        row.update(date=found, data_status=status)
        types.apply([row])
        if rows.setdefault(found, row) != row:
            raise UnusableAnswer(f"Pinterest's answer has {found} twice, with different metrics")
    unrequested.check(bool(rows), AnswerWarnings())
    return list(rows.values())


def days(body: Mapping[str, Any]) -> set[str]:
    """The days that an answer speaks of, those without data included."""
    return {found for each in body["all"]["daily_metrics"] if (found := day(each.get("date")))}


def is_daily_metrics(body: Any) -> bool:
    """Whether a body has the shape that `daily_metrics` reads."""
    split = body.get("all") if isinstance(body, dict) else None
    days = split.get("daily_metrics") if isinstance(split, dict) else None
    return isinstance(days, list) and all(
        isinstance(day, dict) and isinstance(day.get("metrics"), (dict, type(None))) for day in days
    )
