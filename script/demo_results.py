"""What is in the DuckDB file after a sync: tables, checks and the chart.

Needs the packages of requirements-demo.txt, but imports them only where they are used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

COLOURS = ("#4e79a7", "#f28e2b", "#76b7b2", "#e15759", "#59a14f", "#edc948", "#b07aa1", "#9c755f")
"""Of the campaigns that spent most; all others share grey."""


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
        by_day = report == "ad_analytics" and request["granularity"] == "DAY"
        counts["ad_analytics_daily" if by_day else report] += 1
    return counts


def restated(connection: Any, before: str, after: str) -> tuple[int, int, Any, Any]:
    """Of the rows that were there before: how many came again, how many of those with other
    numbers, and the first and last day of these."""
    columns = [name for name in connection.table(after).columns if not name.startswith("_")]
    metrics = [name for name in columns if name not in {"ad_id", "date"}]
    old, new = (
        connection.table(name).set_alias(alias) for name, alias in ((before, "o"), (after, "n"))
    )
    again = new.join(old, "n.ad_id = o.ad_id and n.date = o.date").filter(
        "n._extracted_at <> o._extracted_at"
    )
    differs = " or ".join(f'n."{name}" is distinct from o."{name}"' for name in metrics)
    changed = again.filter(differs).aggregate("count(*), min(n.date), max(n.date)").fetchall()[0]
    return (again.count("*").fetchall()[0][0], *changed)


# The chart


def chart(connection: Any, path: Path) -> str | None:
    """Draws spend and impressions by day and campaign. None where nothing was spent.

    Of one currency, since amounts in several cannot be added up: the one with the most rows.
    """
    table = connection.table("ad_analytics_daily")
    spent = table.filter("spend_in_dollar > 0")
    currencies = [
        currency
        for currency, _ in spent.aggregate("currency, count(*) as n", "currency")
        .order("n desc, currency")
        .fetchall()
    ]
    if not currencies:
        return None
    currency, *others = currencies
    spend, impressions, names = by_campaign(connection, table, currency)
    draw(path, currency or "unknown currency", spend, impressions, names)
    left_out = f"; not in it, since amounts cannot be added up: {', '.join(map(str, others))}"
    return f"in {currency}{left_out if others else ''}"


ByDay = dict[date, float]


def by_campaign(
    connection: Any, table: Any, currency: str | None
) -> tuple[dict[str, ByDay], dict[str, ByDay], dict[str, str]]:
    """Spend and impressions by campaign id and day, and the names of the campaigns."""
    spend: dict[str, ByDay] = {}
    impressions: dict[str, ByDay] = {}
    by_day = table.aggregate(
        "currency, campaign_id, date, sum(spend_in_dollar), sum(paid_impression)",
        "currency, campaign_id, date",
    )
    for of, campaign_id, day, amount, count in by_day.fetchall():
        if of == currency:
            spend.setdefault(campaign_id, {})[as_date(day)] = float(amount or 0)
            impressions.setdefault(campaign_id, {})[as_date(day)] = float(count or 0)
    named = connection.table("campaigns").select("id", "name").fetchall()
    names = {campaign_id: name or campaign_id for campaign_id, name in named}
    return spend, impressions, names


def draw(
    path: Path,
    currency: str,
    spend: dict[str, ByDay],
    impressions: dict[str, ByDay],
    names: Mapping[str, str],
) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import dates, pyplot, ticker

    largest = sorted(spend, key=lambda each: -sum(spend[each].values()))
    shown, rest = largest[: len(COLOURS)], largest[len(COLOURS) :]
    days = sorted({day for series in spend.values() for day in series})
    layers = [
        ([each], names.get(each, each), colour)
        for each, colour in zip(shown, COLOURS, strict=False)
    ]
    if rest:
        layers.append((rest, f"{len(rest)} others", "#c4c4c4"))

    figure, panels = pyplot.subplots(2, 1, sharex=True, figsize=(12, 7.5), layout="constrained")
    for panel, series, title in (
        (panels[0], spend, f"Spend per day, {currency}"),
        (panels[1], impressions, "Paid impressions per day"),
    ):
        bottom = [0.0] * len(days)
        for campaigns, name, colour in layers:
            heights = [sum(series[each].get(day, 0) for each in campaigns) for day in days]
            panel.bar(days, heights, 0.9, bottom=bottom, color=colour, label=name, linewidth=0)
            bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
        panel.set_title(title, loc="left", fontsize=11)
        panel.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
        panel.grid(axis="y", color="#e4e4e4", linewidth=0.8)
        panel.set_axisbelow(True)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(length=0)
    locator = dates.AutoDateLocator()
    panels[1].xaxis.set_major_locator(locator)
    panels[1].xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
    panels[1].margins(x=0.01)
    handles, labels = panels[0].get_legend_handles_labels()
    # stacked upwards, so read downwards
    figure.legend(
        handles[::-1], labels[::-1], loc="outside right upper", frameon=False, title="Campaigns"
    )
    figure.suptitle(
        f"Pinterest ads: {days[0]:%-d %B %Y} to {days[-1]:%-d %B %Y} "
        f"(ad accounts in {currency} only)",
        fontsize=14,
        x=0.01,
        horizontalalignment="left",
    )
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
