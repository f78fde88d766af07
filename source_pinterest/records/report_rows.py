"""Turns a list of an asynchronous report into the rows of a custom report. No I/O, no CDK.

Pinterest does not describe the rows. The fields that a level adds by itself (day, hour, breakdown, id of a keyword or
an item) are read from the columns named below. An id that a row lacks is read from the list's key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Set
from datetime import date
from typing import Any

from source_pinterest.api.columns import FIELDS_OF_COLUMNS
from source_pinterest.api.levels import LEVELS
from source_pinterest.api.periods import period_start
from source_pinterest.config.custom_reports import CustomReport
from source_pinterest.records.column_types import AnswerWarnings, ColumnTypes, text
from source_pinterest.records.column_types import day as day_of
from source_pinterest.records.duplicates import (
    SPLIT_TYPE,
    canonical_json,
    merge_duplicates,
    repetitions,
)
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import key_id, key_text, normalize_id
from source_pinterest.records.rows import Row
from source_pinterest.records.unrequested import UnrequestedRows

IDS = {
    "keyword_id": ("KEYWORD_ID",),
    "product_item_id": ("PRODUCT_ITEM_ID", "ITEM_ID"),
    **{
        level.id_fields[-1]: (level.report_id_column,)
        for level in LEVELS.values()
        if level.report_id_column
    },
}
"""By id field: the columns that may have the id."""
KEYWORD = ("KEYWORD", "KEYWORD_VALUE", "TARGETING_VALUE")
MONTH = re.compile(r"\d{4}-\d\d")
HOUR = re.compile(r"[01]\d|2[0-3]", re.ASCII)
DAY_AND_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d)(:\d\d.*)?")


def report_rows(
    key: str,
    elements: Iterable[Any],
    report: CustomReport,
    types: ColumnTypes,
    days: Set[str] | None = None,
    answer_warnings: AnswerWarnings | None = None,
    account: str = "",
) -> list[Row]:
    """The rows of one list, one per key, without the fields that all rows of the report have in common. Changes the
    elements themselves, since a list may be long.

    If Pinterest splits one targeting value into several rows (a keyword by its match types), they become one.
    `days`: the days of the window, to tell a total from a daily report. `account`: the ad account's id, which is not
    the key of an entity's list. Raises UnusableAnswer if other rows with the same key differ, since one of them would
    be lost.
    """
    unrequested = UnrequestedRows("DATE", days)
    fields = report.fields.keys()  # found once: a report has hundreds
    rows = [_row(key, element, report, fields, unrequested, account) for element in elements]
    unrequested.check(is_any_row=True, answer_warnings=answer_warnings or AnswerWarnings())
    types.apply(rows)
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        by_key.setdefault(tuple(row.get(name) for name in report.primary_key), []).append(row)
    if len(by_key) == len(rows):
        return rows
    is_all = all(len(rows) > 1 for rows in by_key.values())
    repeated = repetitions(Counter(map(canonical_json, rows)).values()) if is_all else 1
    found = []
    for rows in by_key.values():
        is_split = rows[0].get("targeting_type") == SPLIT_TYPE
        one = merge_duplicates(rows, is_split, types.additive, repeated)
        if one is None:
            raise UnusableAnswer(
                f"rows of Pinterest's report differ, and have the same {', '.join(report.primary_key)}"
            )
        found.append(one)
    return found


def _row(
    key: str,
    row: Any,
    report: CustomReport,
    fields: Set[str],
    unrequested: UnrequestedRows,
    account: str,
) -> Row:
    if not isinstance(row, dict):
        raise UnusableAnswer("an element of Pinterest's answer is not a row")
    found: Row = {}
    if report.granularity == "TOTAL":
        unrequested.total(row.pop("DATE", None))  # a total has the days of the window
    else:
        found |= _time(row, report)
    if report.targeting_types:
        found |= _breakdown(row)
    id_field = LEVELS[report.level].id_fields[-1]
    if id_field != "ad_account_id":
        found[id_field] = _id(row, key, IDS[id_field], account)
    if report.level == "keyword":
        found["keyword"] = key_text(_pop_first(row, *KEYWORD))
    for column, name in FIELDS_OF_COLUMNS.items():
        if column in row:
            value = row.pop(column)
            if name in fields:
                found.setdefault(name, key_id(value, column))
    row.update(found)
    return row


def _pop_first(row: Row, *names: str) -> Any:
    """Removes and returns the first value that is not empty of these columns, whose names may be in lower case."""
    for name in names:
        for spelling in (name, name.lower()):
            value = row.get(spelling)
            if spelling in row and value in (None, ""):
                del row[spelling]
            elif value is not None:
                return row.pop(spelling)
    return None


def _id(row: Row, key: str, names: tuple[str, ...], account: str) -> str:
    value = key_id(_pop_first(row, *names), names[0])
    if value is None and key not in (account, *_other_ids(row, names[0])):
        value = key
    if not isinstance(value, str) or not value:
        raise UnusableAnswer(f"a row of Pinterest's answer has no {names[0]}")
    return value


def _other_ids(row: Row, own: str) -> set[str]:
    """The ids of other entities in a row. If the list's key is one of them, it is not the row's own id."""
    field = FIELDS_OF_COLUMNS.get(own)
    columns = (name for name, of in FIELDS_OF_COLUMNS.items() if of != field)
    return {
        str(normalize_id(row[column], column)) for column in columns if row.get(column) is not None
    }


def _time(row: Row, report: CustomReport) -> Row:
    """The day of a row (of a week or month, the first day), and in hourly reports the hour as two digits.

    >>> hourly = CustomReport(name="h", level="ad", granularity="HOUR", columns=["CTR"])
    >>> _time({"DATE": "2026-11-23", "HOUR": 7}, hourly), _time({"DATE": "2026-11-23T07:00:00"}, hourly)
    ({'date': '2026-11-23', 'hour': '07'}, {'date': '2026-11-23', 'hour': '07'})
    """
    day, hour = row.pop("DATE", None), None
    if not isinstance(day, str):
        raise UnusableAnswer("a row of Pinterest's answer has no DATE")
    if both := DAY_AND_HOUR.fullmatch(day):
        day, hour = both[1], both[2]
    if report.granularity in ("WEEK", "MONTH"):
        return {"date": _first_day(day, report.granularity)}
    if report.granularity != "HOUR":
        return {"date": day_of(day) or day}
    own = text(_pop_first(row, "HOUR"))
    hour = hour if own is None else own.zfill(2)
    if hour is None or not HOUR.fullmatch(hour):
        raise UnusableAnswer("a row of Pinterest's answer has no HOUR")
    return {"date": day, "hour": hour}


def _first_day(day: str, granularity: str) -> str:
    """The first day of a week or month. Raises UnusableAnswer for another day: the period would then be cut in two
    where one report ends and the next begins."""
    day = f"{day}-01" if MONTH.fullmatch(day) else day
    try:
        first = date.fromisoformat(day)
    except ValueError:
        first = None
    if first is None or period_start(granularity, first) != first:
        raise UnusableAnswer(
            f"a {granularity.lower()} of Pinterest's answer begins with {day[:10]}, which is not where "
            "this connector divides the days"
        )
    return day


def _breakdown(row: Row) -> Row:
    """Removes and returns the breakdown of a row. A null value becomes the empty text, as in all targeting reports."""
    kind, value = _pop_first(row, "TARGETING_TYPE"), _pop_first(row, "TARGETING_VALUE")
    if not kind or not isinstance(kind, str):
        raise UnusableAnswer("a row of Pinterest's answer has no TARGETING_TYPE")
    return {"targeting_type": kind, "targeting_raw_value": key_text(value) or ""}
