"""The figures of the demo's report, out of the tables that were loaded.

Amounts are exact: millionths of a currency until they are shown. Nothing is added across currencies.
A table that is not there leaves its part of the report out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from demo_results import as_date

LEVELS = ("ad_account", "campaign", "ad_group", "ad")
"""Of the daily reports of ads, from the whole to its parts."""
RECENT_DAYS = 30
MOST_CAMPAIGNS = 12
MOST_ADS = 6
MOST_PINS = 8
AUDIENCES = ("AGE_BUCKET", "GENDER", "COUNTRY")
"""Of the breakdowns that may have been read, those that are shown."""
ENOUGH = Decimal("0.005")
"""An ad is compared with others if it had this share of its currency's spend, at the least."""

MEASURES = (
    "sum(cast(spend_in_micro_dollar as decimal(38, 6)))",
    "sum(paid_impression)",
    "sum(clickthrough_1)",
    "sum(total_checkout)",
    "sum(cast(total_checkout_value_in_micro_dollar as decimal(38, 6)))",
)


def micro(value: Any) -> int:
    """A sum of millionths; what Pinterest left out counts as 0."""
    return int(value or 0)


@dataclass(frozen=True)
class Totals:
    """Sums of one currency. `spend` and `value` are millionths of it.

    >>> Totals(spend=2_000_000, impressions=1_000, clicks=5, checkouts=1, value=9_000_000).roas
    4.5
    >>> Totals().roas is None
    True
    """

    spend: int = 0
    impressions: int = 0
    clicks: int = 0
    checkouts: int = 0
    value: int = 0

    @classmethod
    def of(cls, row: Sequence[Any]) -> Totals:
        spend, impressions, clicks, checkouts, value = row
        return cls(
            micro(spend), int(impressions or 0), int(clicks or 0), int(checkouts or 0), micro(value)
        )

    @property
    def roas(self) -> float | None:
        return self.value / self.spend if self.spend else None

    @property
    def ctr(self) -> float | None:
        return self.clicks / self.impressions if self.impressions else None

    @property
    def cost_per_checkout(self) -> float | None:
        """Millionths."""
        return self.spend / self.checkouts if self.checkouts else None


@dataclass(frozen=True)
class Item:
    """A campaign, an ad, or a group of people."""

    name: str
    totals: Totals
    note: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Currency:
    """What the ad accounts of one currency did."""

    code: str
    accounts: list[str]
    first: date
    last: date
    all_days: Totals
    recent: Totals
    """Of the last days, see `recent_days`."""
    before: Totals | None
    """Of as many days before them; None where fewer were read."""
    recent_days: int
    by_day: dict[str, dict[date, Totals]]
    """By name of the campaign, the largest first; what is not among them is "others"."""
    campaigns: list[Item]
    other_campaigns: int
    ads: list[Item]
    audiences: dict[str, list[Item]]


@dataclass(frozen=True)
class Reconciled:
    """What one ad account spent, added up on four ways, in millionths."""

    account: str
    currency: str
    days: int
    spend: dict[str, int]
    """By level."""
    differing: list[date]
    """Days on which spend, impressions or checkouts are not the same at all levels."""


@dataclass(frozen=True)
class Restated:
    """One day, as the first load and the second had it."""

    day: date
    rows: int
    changed: int
    checkouts: tuple[int, int]
    spend_changed: int
    """Rows whose spend is another."""


@dataclass(frozen=True)
class OrganicPin:
    title: str
    board: str
    impressions: int
    saves: int
    outbound_clicks: int


@dataclass(frozen=True)
class Organic:
    first: date
    last: date
    by_day: dict[date, int]
    """Impressions of all the user's Pins."""
    impressions: int
    saves: int
    outbound_clicks: int
    pins: list[OrganicPin]


@dataclass(frozen=True)
class Figures:
    currencies: list[Currency] = field(default_factory=list)
    organic: Organic | None = None
    reconciled: list[Reconciled] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    """Those that could be compared."""
    restated: list[Restated] | None = None
    """None where there was one load only."""


class Reader:
    """Reads figures from a DuckDB connection, whose schema is that of the tables."""

    def __init__(self, connection: Any, earlier: str = "") -> None:
        self._connection = connection
        self._earlier = earlier
        self._tables = {
            name
            for (name,) in self._rows(
                "select table_name from duckdb_tables() where schema_name = current_schema()"
            )
        }

    def figures(self) -> Figures:
        levels = [level for level in LEVELS if f"{level}_analytics_daily" in self._tables]
        return Figures(
            currencies=self._currencies(levels),
            organic=self._organic(),
            reconciled=self._reconciled(levels) if len(levels) > 1 else [],
            levels=levels,
            restated=self._restated() if self._earlier else None,
        )

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(sql, list(values)).fetchall()
        return found

    def _names(self, table: str, columns: str = "id, any_value(name)") -> dict[Any, Any]:
        if table not in self._tables:
            return {}
        return {row[0]: row[1] for row in self._rows(f"select {columns} from {table} group by 1")}

    # Ads

    def _currencies(self, levels: list[str]) -> list[Currency]:
        with_rows = [
            f"{level}_analytics_daily"
            for level in levels
            if self._rows(f"select 1 from {level}_analytics_daily limit 1")
        ]
        if not with_rows:
            return []
        codes = self._rows(
            f"select currency, count(*) from {with_rows[0]} group by 1 order by 1 nulls last"
        )
        found = [self._currency(with_rows[0], with_rows[-1], code) for code, _ in codes]
        # Amounts do not compare, impressions do.
        return sorted(found, key=lambda each: -each.all_days.impressions)

    def _currency(self, whole: str, parts: str, code: str | None) -> Currency:
        days = self._rows(
            f"select min(date), max(date) from {whole} where currency is not distinct from ?", code
        )
        first, last = map(as_date, days[0])
        recent_days = min(RECENT_DAYS, (last - first).days + 1)
        recent_first = last - timedelta(days=recent_days - 1)
        before_first = recent_first - timedelta(days=recent_days)
        accounts = self._names("ad_accounts")
        ids = self._rows(
            f"select distinct ad_account_id from {whole} where currency is not distinct from ? order by 1",
            code,
        )
        all_days = self._totals(whole, code, first, last)
        campaigns = self._campaigns(parts, code)
        return Currency(
            code=code or "unknown currency",
            accounts=[accounts.get(each) or f"Ad account {each}" for (each,) in ids],
            first=first,
            last=last,
            all_days=all_days,
            recent=self._totals(whole, code, recent_first, last),
            before=self._totals(whole, code, before_first, recent_first - timedelta(days=1))
            if before_first >= first
            else None,
            recent_days=recent_days,
            by_day=self._by_day(parts, code, [key for key, _ in campaigns[:6]]),
            campaigns=[item for _, item in campaigns[:MOST_CAMPAIGNS]],
            other_campaigns=max(len(campaigns) - MOST_CAMPAIGNS, 0),
            ads=self._ads(code, all_days),
            audiences={kind: found for kind in AUDIENCES if (found := self._audience(code, kind))},
        )

    def _totals(self, table: str, code: str | None, first: date, last: date) -> Totals:
        sums = self._rows(
            f"select {', '.join(MEASURES)} from {table} "
            "where currency is not distinct from ? and date between ? and ?",
            *(code, first, last),
        )
        return Totals.of(sums[0])

    def _campaigns(self, table: str, code: str | None) -> list[tuple[Any, Item]]:
        if table == "ad_account_analytics_daily":
            return []
        names = self._names("campaigns")
        statuses = self._names("campaigns", "id, any_value(summary_status)")
        rows = self._rows(
            f"select campaign_id, min(date), max(date), {', '.join(MEASURES)} from {table} "
            "where currency is not distinct from ? group by 1 order by 4 desc nulls last, 1",
            code,
        )
        return [
            (
                key,
                Item(
                    name=names.get(key) or f"Campaign {key}",
                    totals=Totals.of(sums),
                    note=status_in_words(statuses.get(key)),
                    first=as_date(first),
                    last=as_date(last),
                ),
            )
            for key, first, last, *sums in rows
        ]

    def _by_day(
        self, table: str, code: str | None, largest: list[Any]
    ) -> dict[str, dict[date, Totals]]:
        if table == "ad_account_analytics_daily":
            group, largest = "'All campaigns'", ["All campaigns"]
        else:
            group = "campaign_id"
        names = self._names("campaigns")
        rows = self._rows(
            f"select {group}, date, {', '.join(MEASURES)} from {table} "
            "where currency is not distinct from ? group by 1, 2 order by 2",
            code,
        )
        found: dict[Any, dict[date, Totals]] = {key: {} for key in largest}
        others: dict[date, Totals] = {}
        for key, day, *sums in rows:
            totals = Totals.of(sums)
            if key in found:
                found[key][as_date(day)] = totals
            else:
                others[as_date(day)] = added(others.get(as_date(day), Totals()), totals)
        # Two campaigns may have one name.
        labelled = {
            f"{names.get(key) or key}{' ' * place}": days
            for place, (key, days) in enumerate(found.items())
        }
        return {**labelled, "others": others} if others else labelled

    def _ads(self, code: str | None, of: Totals) -> list[Item]:
        if "ad_analytics_daily" not in self._tables:
            return []
        rows = self._rows(
            f"select ad_id, any_value(campaign_id), {', '.join(MEASURES)} from ad_analytics_daily "
            "where currency is not distinct from ? group by 1",
            code,
        )
        names, campaigns = self._names("ads"), self._names("campaigns")
        kinds = self._names("ads", "id, any_value(creative_type)")
        pins = self._names("ads", "id, any_value(pin_id)")
        titles = self._names("pins", "id, any_value(title)")
        items = [
            Item(
                name=names.get(ad) or titles.get(pins.get(ad)) or f"Ad {ad} (it has no name)",
                totals=Totals.of(sums),
                note=" · ".join(filter(None, [in_words(kinds.get(ad)), campaigns.get(campaign)])),
            )
            for ad, campaign, *sums in rows
        ]
        enough = [each for each in items if each.totals.spend >= of.spend * ENOUGH > 0]
        return sorted(enough, key=lambda each: -(each.totals.roas or 0))[:MOST_ADS]

    def _audience(self, code: str | None, kind: str) -> list[Item]:
        table = "campaign_targeting_analytics"
        if table not in self._tables:
            return []
        names = {}
        if "targeting_options" in self._tables:
            names = dict(
                self._rows(
                    "select targeting_raw_value, any_value(name) from targeting_options "
                    "where targeting_type = ? group by 1",
                    "LOCATION" if kind == "COUNTRY" else kind,
                )
            )
        rows = self._rows(
            f"select targeting_raw_value, {', '.join(MEASURES)} from {table} "
            f"where currency is not distinct from ? and targeting_type = ? and date = (select max(date) from {table}) "
            "group by 1 order by 2 desc nulls last, 1 limit 6",
            *(code, kind),
        )
        return [
            Item(
                name=names.get(raw) or PEOPLE.get((kind, raw)) or raw or "did not say",
                totals=Totals.of(sums),
            )
            for raw, *sums in rows
        ]

    # The proofs

    def _reconciled(self, levels: list[str]) -> list[Reconciled]:
        names = self._names("ad_accounts")
        by_level: dict[str, dict[tuple[Any, date], tuple[int, ...]]] = {}
        codes: dict[Any, str] = {}
        for level in levels:
            rows = self._rows(
                f"select ad_account_id, date, any_value(currency), {MEASURES[0]}, {MEASURES[1]}, {MEASURES[3]} "
                f"from {level}_analytics_daily group by 1, 2"
            )
            codes |= {account: code or "" for account, _, code, *_ in rows}
            by_level[level] = {
                (account, as_date(day)): tuple(map(micro, sums)) for account, day, _, *sums in rows
            }
        found = []
        for account in sorted(codes, key=lambda each: (names.get(each) or "", str(each))):
            days = sorted({day for sums in by_level.values() for of, day in sums if of == account})
            nothing = (0, 0, 0)
            found.append(
                Reconciled(
                    account=names.get(account) or f"Ad account {account}",
                    currency=codes[account],
                    days=len(days),
                    spend={
                        level: sum(sums.get((account, day), nothing)[0] for day in days)
                        for level, sums in by_level.items()
                    },
                    differing=[
                        day
                        for day in days
                        if len({sums.get((account, day), nothing) for sums in by_level.values()})
                        > 1
                    ],
                )
            )
        return found

    def _restated(self) -> list[Restated]:
        now, before = "ad_analytics_daily", f"{self._earlier}.ad_analytics_daily"
        columns = [
            name
            for (name, *_) in self._rows(f"describe {now}")
            if not name.startswith("_") and name not in ("ad_id", "date")
        ]
        differs = " or ".join(f'n."{name}" is distinct from o."{name}"' for name in columns)
        rows = self._rows(
            f"""select n.date, count(*), count(*) filter (where {differs}),
                sum(o.total_checkout), sum(n.total_checkout),
                count(*) filter (where n.spend_in_micro_dollar is distinct from o.spend_in_micro_dollar)
            from {now} as n join {before} as o on n.ad_id = o.ad_id and n.date = o.date
            where n._extracted_at <> o._extracted_at
            group by 1 order by 1 desc"""
        )
        return [
            Restated(as_date(day), again, changed, (int(old or 0), int(new or 0)), spend)
            for day, again, changed, old, new, spend in rows
        ]

    # What nobody paid for

    def _organic(self) -> Organic | None:
        if "user_account_analytics" not in self._tables:
            return None
        rows = self._rows(
            "select date, impression, save, outbound_click from user_account_analytics "
            "where impression is not null order by date"
        )
        if not rows:
            return None
        return Organic(
            first=as_date(rows[0][0]),
            last=as_date(rows[-1][0]),
            by_day={as_date(day): int(seen) for day, seen, *_ in rows},
            impressions=sum(int(seen) for _, seen, *_ in rows),
            saves=sum(int(saved or 0) for _, _, saved, _ in rows),
            outbound_clicks=sum(int(clicks or 0) for *_, clicks in rows),
            pins=self._pins(),
        )

    def _pins(self) -> list[OrganicPin]:
        if "pin_analytics" not in self._tables:
            return []
        rows = self._rows(
            "select pin_id, sum(impression), sum(save), sum(outbound_click) from pin_analytics "
            "group by 1 order by 3 desc nulls last, 2 desc nulls last, 1 limit ?",
            MOST_PINS,
        )
        titles, boards = self._names("pins", "id, any_value(title)"), self._names("boards")
        on = self._names("pins", "id, any_value(board_id)")
        return [
            OrganicPin(
                title=titles.get(pin) or f"Pin {pin} (it has no title)",
                board=boards.get(on.get(pin)) or "",
                impressions=int(seen or 0),
                saves=int(saved or 0),
                outbound_clicks=int(clicks or 0),
            )
            for pin, seen, saved, clicks in rows
        ]


def added(one: Totals, other: Totals) -> Totals:
    return Totals(
        one.spend + other.spend,
        one.impressions + other.impressions,
        one.clicks + other.clicks,
        one.checkouts + other.checkouts,
        one.value + other.value,
    )


PEOPLE = {
    ("GENDER", "female"): "Women",
    ("GENDER", "male"): "Men",
    ("GENDER", "unknown"): "did not say",
    ("AGE_BUCKET", "unknown"): "did not say",
}
"""Where Pinterest's own list of names has none."""


def in_words(code: str | None) -> str:
    """
    >>> in_words("SHOPPING")
    'Shopping'
    """
    return "" if code == "REGULAR" else str(code or "").replace("_", " ").capitalize()


def status_in_words(status: str | None) -> str:
    words = {
        "RUNNING": "running",
        "COMPLETED": "ended",
        "ARCHIVED": "archived",
        "PAUSED": "paused",
        "ADVERTISER_DISABLED": "paused",
        "NOT_STARTED": "not started",
    }
    return words.get(status or "", (status or "").replace("_", " ").lower())


def days_between(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
