"""What is in the DuckDB file after a sync: tables and checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Report:
    """A report as the connector describes it, and so its table."""

    name: str
    key: tuple[str, ...]
    fields: frozenset[str] = field(repr=False)
    incremental: bool

    @classmethod
    def of(cls, stream: Mapping[str, Any]) -> Report:
        return cls(
            name=stream["name"],
            key=tuple(name for (name,) in stream["source_defined_primary_key"]),
            fields=frozenset(stream["json_schema"]["properties"]),
            incremental="incremental" in stream["supported_sync_modes"],
        )

    @property
    def is_total(self) -> bool:
        """One row per key, over a window; not one per day."""
        return "start_date" in self.fields


@dataclass(frozen=True)
class Contents:
    """Of one table. For totals, days and dates are those of the newest window."""

    rows: int
    duplicates: int
    days: int | None = None
    first: date | None = None
    last: date | None = None


def contents(connection: Any, report: Report) -> Contents:
    table = connection.table(report.name)
    rows = table.count("*").fetchall()[0][0]
    # grouping takes nulls as equal: a null in a key is counted as well
    different = table.select(*report.key).distinct().count("*").fetchall()[0][0]
    if not report.incremental or not rows:
        return Contents(rows, rows - different)
    if report.is_total:
        newest = table.aggregate("date, min(start_date) as first", "date").order("date desc")
        last, first = newest.fetchall()[0]
        days = (as_date(last) - as_date(first)).days + 1
    else:
        days, first, last = table.aggregate(
            "count(distinct date), min(date), max(date)"
        ).fetchall()[0]
    return Contents(rows, rows - different, days, as_date(first), as_date(last))


def as_date(value: Any) -> date:
    return value if type(value) is date else date.fromisoformat(str(value)[:10])


def problems(found: Mapping[str, Contents], *, may_be_empty: bool) -> list[str]:
    """What is wrong with the tables, in sentences.

    >>> problems({"ads": Contents(rows=3, duplicates=1)}, may_be_empty=True)
    ['ads: 1 of 3 rows has a key that another row has, too.']
    """
    wrong = [
        f"{name}: {each.duplicates:,} of {each.rows:,} rows "
        f"{'has a key' if each.duplicates == 1 else 'have keys'} that another row has, too."
        for name, each in found.items()
        if each.duplicates
    ]
    if not may_be_empty:
        wrong += [f"{name}: no rows." for name, each in found.items() if not each.rows]
    return wrong


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A table as text: the first column to the left, the others to the right.

    >>> lines(["report", "rows"], [["boards", 1200], ["ads", None]])
    ['report   rows', 'boards  1,200', 'ads         -']
    """
    cells = [list(header)] + [
        ["-" if c is None else f"{c:,}" if isinstance(c, int) else str(c) for c in row]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in cells
    ]


def requests_by_report(requests: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many requests were for which report; "" is for what several reports share. The reports get their
    ids from the lists, which are asked for once."""
    report_of = {
        "GET /boards": "boards",
        "GET /pins": "pins",
        "GET /user_account/followers": "followers",
        "GET /users/{username}/interests/follow": "user_interests",
        "GET /ad_accounts/{ad_account_id}/campaigns": "campaigns",
        "GET /ad_accounts/{ad_account_id}/ad_groups": "ad_groups",
        "GET /ad_accounts/{ad_account_id}/ads": "ads",
        "GET /ad_accounts": "ad_accounts",
        "GET /ad_accounts/{ad_account_id}/analytics": "ad_account_analytics",
        "GET /resources/targeting/{targeting_type}": "targeting_options",
        "GET /user_account/analytics": "user_account_analytics",
        "GET /pins/analytics": "pin_analytics",
        "GET /pins/{pin_id}/analytics": "pin_analytics",
    }
    for level, plural in (("campaign", "campaigns"), ("ad_group", "ad_groups"), ("ad", "ads")):
        path = f"GET /ad_accounts/{{ad_account_id}}/{plural}"
        report_of[f"{path}/analytics"] = f"{level}_analytics"
        report_of[f"{path}/targeting_analytics"] = f"{level}_targeting_analytics"
    counts: Counter[str] = Counter()
    for request in requests:
        report = report_of.get(request["operation"], "")
        by_day = report.endswith("_analytics") and request["granularity"] == "DAY"
        counts[f"{report}_daily" if by_day else report] += 1
    return counts
