"""Finds what nobody requested in answers: rows of other ids and of other days, and columns."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from source_pinterest.api.columns import ALIAS_ID_COLUMNS, FIELDS_OF_COLUMNS
from source_pinterest.records.column_types import (
    AnswerWarnings,
    ColumnTypes,
    day,
)
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.text import cut, printable, shortened_list

COLUMNS_SHOWN = 5
"""The most columns that a warning names. It counts the others."""


class UnrequestedRows:
    """Counts rows of an answer that nobody requested: of other ids, and of other days."""

    def __init__(self, id_column: str, days: Set[str] | None = None) -> None:
        """`days`: the days of the window; None: any day."""
        self._id_column = id_column
        self._days = days
        self.breakdowns: set[str] = set()
        """The targeting types of rows that another request asks for."""
        self._rows = 0
        self._of_other_days = 0
        self._first_other_day = ""
        self._total_day: str | None = None

    def add(self) -> None:
        """Counts a row of an id that nobody requested."""
        self._rows += 1

    def day(self, value: Any) -> str | None:
        """The day of a row of a daily report; None (and counted) if nobody requested it.

        Raises UnusableAnswer if the row has no day.
        """
        found = day(value)
        if found is None and not isinstance(value, str):
            raise UnusableAnswer("a row of Pinterest's answer has no DATE")
        if found is None or (self._days is not None and found not in self._days):
            self._of_other_days += 1
            self._first_other_day = self._first_other_day or str(value)[:10]
            return None
        return found

    def total(self, value: Any) -> None:
        """Checks the DATE of a total: it may have none, or the first or the last day of its window.

        Raises UnusableAnswer if the answer is by day.
        """
        if value is None:
            return
        found = day(value) or str(value)[:10]
        edges = (min(self._days), max(self._days)) if self._days else (found,)
        first = self._total_day or found
        if found != first or found not in edges:
            raise UnusableAnswer(
                "Pinterest answered a request for a total by day: a row has the DATE "
                f"{' and another '.join(dict.fromkeys((first, found)))}"
            )
        self._total_day = first

    def check(self, is_any_row: bool, answer_warnings: AnswerWarnings) -> None:
        """At the end of an answer, warns about what was counted. `is_any_row`: whether it has requested rows.

        Raises UnusableAnswer if it has rows of other days, or only rows of other ids.
        """
        if self._of_other_days:
            raise UnusableAnswer(
                "a row of Pinterest's answer has a day that was not requested: "
                f"{self._first_other_day!r} ({self._of_other_days:,} such rows)"
            )
        if self._total_day:
            answer_warnings.warn_once(
                "a total with a day",
                f"Pinterest's totals carry a DATE ({self._total_day}, the first or the last day of the "
                "window); they are read as totals",
            )
        if self.breakdowns:
            answer_warnings.warn_once(
                "rows of other breakdowns",
                f"Pinterest sent rows of breakdowns that another request asks for ({_some(self.breakdowns)}); they are "
                "left out",
            )
        if not self._rows:
            return
        if not is_any_row:
            raise UnusableAnswer(
                "Pinterest answered only with rows of other ids: none of its "
                f"{self._rows:,} rows has a requested {self._id_column}"
            )
        answer_warnings.warn_once(
            "rows of other ids",
            f"Pinterest sent rows that were not requested ({self._rows:,} of another "
            f"{self._id_column} in the first such answer); they are left out",
        )


def warn_of_renamed_columns(
    asked: Set[str], types: ColumnTypes, answer_warnings: AnswerWarnings
) -> None:
    """Warns at the end of a sync about requested columns that no row had, if rows had others instead.

    Pinterest leaves a column out where it has no value, so absence alone means nothing.

    `asked`: Pinterest's names of the columns that were requested. `types`: those of all rows of the sync.
    """
    fields = {FIELDS_OF_COLUMNS.get(name, name): name for name in asked - {*ALIAS_ID_COLUMNS}}
    absent = [name for field, name in fields.items() if field not in types.seen]
    own = {name for name in types.fields if not name.isupper()}
    own |= {*FIELDS_OF_COLUMNS, *FIELDS_OF_COLUMNS.values()}
    others = types.seen - fields.keys() - own
    if absent and others:
        answer_warnings.warn_once(
            "renamed columns",
            f"no row of Pinterest's answers has {_some(absent)}, which this sync asked for, while they have "
            f"{_some(others)}, which it did not ask for. Pinterest may have renamed columns; what no row "
            "has is null",
        )


def warn_of_absent_metrics(
    asked: Set[str], types: ColumnTypes, answer_warnings: AnswerWarnings
) -> None:
    """Warns at the end of a sync if rows had none of the requested metrics, of a report whose days have them all."""
    if types.seen and asked and not asked & types.seen:
        answer_warnings.warn_once(
            "absent metrics",
            f"no day of Pinterest's answers has any of the metrics that this sync asked for ({_some(asked)}), so "
            "they are null in all rows",
        )


def _some(names: Iterable[str]) -> str:
    return shortened_list([cut(printable(name), 60) for name in sorted(names)], COLUMNS_SHOWN)
