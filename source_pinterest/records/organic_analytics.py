"""Turns the daily metrics of a Pin, or of the user account, into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import structs

from source_pinterest.api import lenient_json
from source_pinterest.api.stated_errors import states_error
from source_pinterest.records.column_types import (
    AnswerWarnings,
    ColumnTypes,
    day,
    text,
)
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.json_arrays import parse_array
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Row
from source_pinterest.records.unrequested import UnrequestedRows

NOT_FINAL = frozenset({"PROCESSING", "ESTIMATE"})
"""Values of `data_status` for a day whose metrics will still change."""

NO_DATA = "BEFORE_"
"""The beginning of a `data_status` for a day on which no data can exist."""

OBJECT_OR_NULL = frozenset(b"{n")
"""The first bytes that the metrics of a day may have."""


class Day(msgspec.Struct, gc=False):
    """A day whose metrics are not parsed yet."""

    date: Any = None
    data_status: Any = None
    metrics: msgspec.Raw = msgspec.Raw(b"null")


class Split(msgspec.Struct, gc=False):
    """The days of an answer."""

    daily_metrics: list[Day]


class Days(msgspec.Struct, gc=False):
    """An answer `{"all": {"daily_metrics": […]}}` whose metrics are not parsed yet; and an error that it may state."""

    all: Split
    code: Any = None
    error: Any = None
    errors: Any = None
    status: Any = None


_days = msgspec.json.Decoder(Days).decode
_days_by_pin = msgspec.json.Decoder(dict[str, Days]).decode


def decode(content: bytes) -> Any:
    """Parses an answer about one Pin, or about the user: Days, or any other value; None if it is not JSON."""
    return _decoded(content, _days)


def decode_by_pin(content: bytes) -> Any:
    """Parses an answer about several Pins: Days by Pin, or any other value; None if it is not JSON."""
    return _decoded(content, _days_by_pin)


def _decoded(content: bytes, decoder: Callable[[bytes], Any]) -> Any:
    try:
        if not content.isascii():
            content.decode()  # the decoder does not check what it does not parse
        found = decoder(content)
        if content.count(b'"all"') == (1 if isinstance(found, Days) else len(found)):
            return found  # no name occurs twice
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        body = lenient_json.loads(content)
    except ValueError:
        return None
    is_cut = isinstance(body, dict) and lenient_json.has_duplicate_names(content)
    return None if is_cut else body


def row_parser(types: ColumnTypes, metrics: Iterable[str]) -> RowParser:
    """A parser of the metrics of days, for all answers of a report."""
    added = ["date", "data_status"]
    added += [name for name in types.fields if not name.isupper() and name not in added]
    return RowParser(types, None, is_daily=False, columns=metrics, added=added)


def daily_metrics(
    body: Any,
    types: ColumnTypes,
    window: Set[str] | None = None,
    parser: RowParser | None = None,
    common: Row | None = None,
) -> list[Any]:
    """The rows of an answer, one for each day on which data can exist: dicts, or objects if there is a `parser`.

    `window`: the requested days. `common`: fields that all rows have in common, which only objects get. A day that
    occurs twice with the same numbers becomes one row. Raises UnusableAnswer if the numbers differ, and if a day has no
    date or was not requested.
    """
    if isinstance(body, Days):
        rows = _typed(body.all.daily_metrics, window, parser, common or {}) if parser else None
        if rows is not None:
            return rows
    found_rows: dict[str, Row] = {}
    unrequested = UnrequestedRows("day", window)
    for element in as_dicts(body):
        status = text(element.get("data_status"))
        found = day(element.get("date"))
        if found is None:
            raise UnusableAnswer("a day of Pinterest's answer has no date")
        if status and status.startswith(NO_DATA):
            continue
        if unrequested.day(found) is None:
            continue
        row = {"date": found, "data_status": status, **(element.get("metrics") or {})}
        row.update(date=found, data_status=status)
        types.apply([row])
        if found_rows.setdefault(found, row) != row:
            raise UnusableAnswer(f"Pinterest's answer has {found} twice, with different metrics")
    unrequested.check(bool(found_rows), AnswerWarnings())
    return list(found_rows.values())


def _typed(
    found: list[Day], window: Set[str] | None, parser: RowParser, common: Row
) -> list[Any] | None:
    """Parses days into objects; None if anything is irregular."""
    statuses = list(map(attrgetter("data_status"), found))
    try:
        distinct = set(statuses)
    except TypeError:
        return None
    if not {str, type(None)}.issuperset(map(type, distinct)):
        statuses = list(map(text, statuses))
        distinct = set(statuses)
    if any(status and status.startswith(NO_DATA) for status in distinct):
        there = [not (status and status.startswith(NO_DATA)) for status in statuses]
        if not all(
            day(row.date) for row, is_there in zip(found, there, strict=True) if not is_there
        ):
            return None
        found = [row for row, is_there in zip(found, there, strict=True) if is_there]
        statuses = [status for status, is_there in zip(statuses, there, strict=True) if is_there]
    dates = [row.date for row in found]
    try:
        if window is None or not set(dates) <= window:
            dates = list(map(day, dates))
            if None in dates or (window is not None and not set(dates) <= window):
                return None
    except TypeError:
        return None
    if len(set(dates)) < len(dates):
        return None
    metrics = [row.metrics for row in found]
    content = b"[%b]" % b",".join(metrics)
    rows = parser.parse(content, {})
    if rows is None or not parser.finish(rows):
        return None
    for row, date, status in zip(rows, dates, statuses, strict=True):
        row.date = date
        row.data_status = status
    for name, value in common.items():
        for row in rows:
            setattr(row, name, value)
    return rows


def as_dicts(body: Any) -> list[Mapping[str, Any]]:
    """The days of an answer as Pinterest describes them: `date`, `data_status` and `metrics`."""
    if not isinstance(body, Days):
        found: list[Mapping[str, Any]] = body["all"]["daily_metrics"]
        return found
    return [
        {
            "date": row.date,
            "data_status": row.data_status,
            "metrics": (parse_array(b"[%b]" % row.metrics) or [None])[0],  # with exact integers
        }
        for row in body.all.daily_metrics
    ]


def days_in(body: Any, window: Set[str] = frozenset()) -> set[str]:
    """The days (ISO 8601) that an answer contains, including those without data.

    `window`: days that need not be checked for their format.
    """
    if isinstance(body, Days):
        dates = [row.date for row in body.all.daily_metrics]
    else:
        dates = [row.get("date") for row in body["all"]["daily_metrics"]]
    texts = {text for text in dates if isinstance(text, str)}
    return texts if texts <= window else {found for text in texts if (found := day(text))}


def is_daily_metrics(body: Any) -> bool:
    """Whether a body has the shape that `daily_metrics` takes, and states no error."""
    if isinstance(body, Days):
        days = body.all.daily_metrics
        is_right = OBJECT_OR_NULL.issuperset([memoryview(day.metrics)[0] for day in days])
        return is_right and not states_error(structs.asdict(body))
    if not isinstance(body, dict) or states_error(body):
        return False
    split = body.get("all")
    found = split.get("daily_metrics") if isinstance(split, dict) else None
    return isinstance(found, list) and all(
        isinstance(day, dict) and isinstance(day.get("metrics"), (dict, type(None)))
        for day in found
    )
