"""The numbers: pure functions of what, when and at which age, cheap enough for 25,000 ads.

One ad (or one targeting value of one entity) is a *leaf*. On a day it has a volume, and every
additive column is a multiple of one of three series that follow from the volume:

    volume(leaf, day)          0 (no row) or 32 … 831
    clicks                     volume >> 4
    conversions                (volume while young, less than final) >> 6
    value(column)              multiplier(leaf, column) * series(day)

So the total of a window is the multiplier times the sum of the series, whatever the column, and
what a campaign spent is the sum of what its ads spent. A ratio is a function of its own of the
entity and the window. A leaf with a shape (`shapes.py`) has other volumes and columns; the rest holds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from .columns import DESCRIBED, Column, Kind, Series
from .facts import ASYNCHRONOUS_COLUMNS, COLUMNS
from .mixing import mixed, mixed_behind, shaken, stirred
from .shapes import QUOTIENTS, Shape, quotient, salt_of_day

NEVER = 15
"""No weekday."""
FINAL_AFTER_DAYS = 5
"""A day that is younger has lower conversions than it will have."""

OWN_ZONE = "AD_ACCOUNT_TIME_ZONE"
"""The value of `reporting_timezone` for days of the ad account's own time zone."""

COLUMN_SALTS = {
    name: mixed(7, place) for place, name in enumerate([*COLUMNS, *ASYNCHRONOUS_COLUMNS])
}


@dataclass(frozen=True)
class Attribution:
    """The settings that the conversion columns depend on; the defaults are Pinterest's own."""

    click_window_days: int = 30
    engagement_window_days: int = 30
    view_window_days: int = 1
    conversion_report_time: str = "TIME_OF_AD_ACTION"
    own_zone: bool = False
    """Whether the days are those of the ad account's own time zone."""

    @property
    def salt(self) -> int:
        if replace(self, own_zone=False) == Attribution():
            return 0
        return mixed(
            self.click_window_days,
            self.engagement_window_days,
            self.view_window_days,
            len(self.conversion_report_time),
        )


class Leaf(NamedTuple):
    """Hashed in C: whatever is kept is looked up by the leaves that it is about."""

    seed: int
    families: frozenset[str] = frozenset()
    """The creative types whose columns have values."""
    share: tuple[int, int] = (0, 1)
    """(n, of how many): what was done on a day is the share of one of them, another one each day."""
    shape: Shape | None = None
    """Of an ad of a shop's."""


class Days:
    """A window, and what all leaves need to know of its days.

    Days of another time zone have other numbers; how the two are related is not part of this world.
    """

    def __init__(self, start: date, end: date, today: date, how: Attribution) -> None:
        first, last = start.toordinal(), end.toordinal()
        self.first, self.last = first, last
        self.ordinals = range(first, last + 1)
        self.dates = [(start + timedelta(n)).isoformat() for n in range(last - first + 1)]
        self.salts = [mixed(13 if how.own_zone else 11, ordinal) for ordinal in self.ordinals]
        self.zone = mixed(13) if how.own_zone else 0
        self.sixths = [
            min(max(today.toordinal() - ordinal, 0) + 1, FINAL_AFTER_DAYS + 1)
            for ordinal in self.ordinals
        ]
        self.young = [place for place, sixths in enumerate(self.sixths) if sixths < 6]

    def volumes(self, leaf: Leaf) -> list[int]:
        seed = leaf.seed
        if leaf.shape:
            volumes = leaf.shape.volumes(seed ^ self.zone, self.ordinals)
        else:  # about one day in five has no activity
            volumes = [
                volume - 192 if (volume := (((seed ^ salt) * 0x9E3779B1) >> 13) & 1023) > 223 else 0
                for salt in self.salts
            ]
        place, shares = leaf.share
        if shares == 1:
            return volumes
        return [
            volume if (seed + ordinal) % shares == place else 0
            for volume, ordinal in zip(volumes, self.ordinals, strict=True)
        ]

    def conversions(self, volumes: list[int]) -> list[int]:
        values = [volume >> 6 for volume in volumes]
        for place in self.young:
            values[place] = (volumes[place] * self.sixths[place] // 6) >> 6
        return values

    def series(self, volumes: list[int], which: Series) -> list[int]:
        if which is Series.VOLUME:
            return volumes
        if which is Series.CLICKS:
            return [volume >> 4 for volume in volumes]
        return self.conversions(volumes)

    @cached_property
    def for_shapes(self) -> list[tuple[int, int, int]]:
        salts = map(salt_of_day, self.ordinals)
        return list(zip(self.ordinals, self.sixths, salts, strict=True))

    def shaped(self, leaf: Leaf, shape: Shape, column: Column, volumes: list[int]) -> list[int]:
        return shape.values(column, leaf.seed, volumes, self.for_shapes)


def terms_of(column: Column, attribution_salt: int) -> list[tuple[int, int, int]]:
    """(low, span, salt) of each column that this one is the sum of, which is mostly itself."""
    if column.parts:
        return [
            term for part in column.parts for term in terms_of(DESCRIBED[part], attribution_salt)
        ]
    salt = COLUMN_SALTS[column.name] ^ (attribution_salt if column.attributed else 0)
    return [(column.low, column.span, salt)]


def silent_salt(column: Column) -> int | None:
    """None: it is never left out."""
    return COLUMN_SALTS[column.name] ^ 0x155 if column.may_be_left_out else None


def silent_weekday(seed: int, salt: int | None) -> int:
    """The weekday (ordinal modulo 7) on which a column is left out of the row; 7 or more: none.

    `salt`: the `silent_salt` of the column.
    """
    return NEVER if salt is None else shaken(seed ^ salt) & 15


class Additive(NamedTuple):
    """A column that is a multiple of a series."""

    name: str
    family: str | None
    series: Series
    terms: list[tuple[int, int, int]]
    silent_salt: int | None


class Plan(NamedTuple):
    """The common part of the rows of all entities of a level."""

    additive: list[Column]
    factors: list[Additive]
    ratios: list[Column]
    in_millionths: list[str]
    series: set[Series]
    quotients: list[str]
    asked: set[str]
    """The names of additive columns that were asked for, and are not only parts of quotients."""


@lru_cache(maxsize=256)
def planned(level: str, names: tuple[str, ...], attribution_salt: int, *, shaped: bool) -> Plan:
    described = [column for name in names if level in (column := DESCRIBED[name]).levels]
    additive = [column for column in described if column.kind is Kind.ADDITIVE]
    asked = {column.name for column in additive}
    quotients = [column.name for column in described if shaped and column.name in QUOTIENTS]
    parts = {part for each in quotients for part in QUOTIENTS[each][:2] if part}
    additive += [DESCRIBED[name] for name in sorted(parts - asked)]
    return Plan(
        additive,
        [
            Additive(
                column.name,
                column.family,
                column.series,
                terms_of(column, attribution_salt),
                silent_salt(column),
            )
            for column in additive
        ],
        [
            column
            for column in described
            if column.kind is Kind.RATIO and column.name not in quotients
        ],
        [column.name for column in additive if column.divisor != 1],
        {column.series for column in additive},
        quotients,
        asked,
    )


def factors_of(
    leaf: Leaf, plan: Plan, by_kind: dict[Series, list[int]]
) -> list[tuple[str, int, list[int], int]]:
    """Of each additive column of a leaf: name, multiplier, series, and the weekday without a value."""
    seed, families = leaf.seed, leaf.families
    return [
        (
            name,
            sum([low + shaken(seed ^ salt) % span for low, span, salt in terms]),
            by_kind[series],
            silent_weekday(seed, silent),
        )
        for name, family, series, terms, silent in plan.factors
        if family is None or family in families
    ]


class Ratio(NamedTuple):
    """A column of one entity whose value belongs to a window as a whole."""

    name: str
    silent: int
    """The weekday without a value."""
    stirred: int
    span: int
    divisor: int
    is_conversion: bool
    is_whole: bool

    @classmethod
    def of(cls, seed: int, column: Column, attribution_salt: int) -> Ratio:
        salt = COLUMN_SALTS[column.name] ^ (attribution_salt if column.attributed else 0)
        return cls(
            column.name,
            silent_weekday(seed, silent_salt(column)),
            stirred(seed ^ salt),
            column.span,
            column.divisor,
            column.series is Series.CONVERSIONS,
            column.whole,
        )


def ratios_into(
    row: dict[str, Any], ratios: Iterable[Ratio], first: int, last: int, today: int, weekday: int
) -> None:
    """Adds the values of a window to its row; `weekday`: of a single day."""
    sixths = min(max(today - last, 0) + 1, FINAL_AFTER_DAYS + 1)
    for name, silent, value, span, divisor, is_conversion, is_whole in ratios:
        if weekday == silent:
            continue
        value = mixed_behind(value, first, last) % span + 1
        if is_conversion:
            value = value * sixths // 6
        row[name] = value if is_whole else value / divisor


def periods(days: Days, granularity: str) -> Iterator[tuple[str | None, int, int]]:
    """(DATE or none, first place, place after the last) of each row that a leaf may have.

    Whether Pinterest names a week or month that the window cuts by its own first day or by the
    window's is not known; here it is the later of the two, so that DATE lies in the window.
    """
    count = len(days.ordinals)
    if granularity == "TOTAL":
        yield None, 0, count
    elif granularity in {"DAY", "HOUR"}:  # the shape of hourly rows is not known: one row a day
        for place, name in enumerate(days.dates):
            yield name, place, place + 1
    else:

        def period(place: int) -> str:
            if granularity == "MONTH":
                return days.dates[place][:7]
            day = date.fromordinal(days.ordinals[place])
            return (day - timedelta(day.weekday())).isoformat()

        start = 0
        for place in range(1, count + 1):
            if place == count or period(place) != period(start):
                yield days.dates[start], start, place
                start = place


def total(
    series: list[int],
    volumes: list[int],
    start: int,
    stop: int,
    silent: int,
    first: int,
    active_days: int,
) -> int | None:
    """The sum of the days that have a value; None where none has."""
    value = sum(series[start:stop])
    if silent < 7:
        skip = start + (silent - (first + start)) % 7
        silent_volumes = volumes[skip:stop:7]
        if len(silent_volumes) - silent_volumes.count(0) == active_days:
            return None
        value -= sum(series[skip:stop:7])
    return value


Rows = list[dict[str, Any]]

MOST_KEPT = 2_000_000
"""Values of rows that were computed."""


class Kept:
    """The last results, for the many tests that ask equal worlds the same."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Hashable, Rows] = OrderedDict()
        self._values = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Rows | None:
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: Hashable, rows: Rows) -> None:
        with self._lock:
            if key not in self._rows:
                self._rows[key] = rows
                self._values += 1 + sum(map(len, rows))
            while self._values > MOST_KEPT:
                _, oldest = self._rows.popitem(last=False)
                self._values -= 1 + sum(map(len, oldest))


KEPT = Kept()


def metric_rows(
    seed: int,
    level: str,
    leaves: Sequence[Leaf],
    days: Days,
    granularity: str,
    columns: Iterable[str],
    today: date,
    attribution: Attribution,
) -> Rows:
    """The metrics of one entity: DATE (unless TOTAL) and the columns that have a value.

    Whoever changes a row has to copy it before.
    """
    names = tuple(columns)
    arguments = (granularity, names, today, attribution)
    key = (seed, level, tuple(leaves), days.first, days.last, *arguments)
    rows = KEPT.get(key)
    if rows is None:
        rows = list(_metric_rows(seed, level, leaves, days, *arguments))
        KEPT.put(key, rows)
    return rows


def _metric_rows(
    seed: int,
    level: str,
    leaves: Sequence[Leaf],
    days: Days,
    granularity: str,
    columns: tuple[str, ...],
    today: date,
    attribution: Attribution,
) -> Iterator[dict[str, Any]]:
    salt = attribution.salt
    shaped = any(leaf.shape for leaf in leaves)
    plan = planned(level, columns, salt, shaped=shaped)
    families = frozenset[str]().union(*(leaf.families for leaf in leaves))
    ratios = [
        Ratio.of(seed, column, salt)
        for column in plan.ratios
        if column.family is None or column.family in families
    ]
    # Of each leaf: its volumes, and its `factors_of`.
    worked = []
    for leaf in leaves:
        volumes = days.volumes(leaf)
        if leaf.shape:
            values = [
                (column.name, 1, days.shaped(leaf, leaf.shape, column, volumes), NEVER)
                for column in plan.additive
                if column.family is None or column.family in leaf.families
            ]
        else:
            by_kind = {which: days.series(volumes, which) for which in plan.series}
            values = factors_of(leaf, plan, by_kind)
        worked.append((volumes, values))
    first, now = days.first, today.toordinal()

    for name, start, stop in periods(days, granularity):
        row: dict[str, Any] = {}
        active = False
        if stop - start == 1:
            weekday = (first + start) % 7
            for volumes, values in worked:
                if not volumes[start]:
                    continue
                active = True
                if not row:
                    row = {
                        column_name: times * series[start]
                        for column_name, times, series, silent in values
                        if weekday != silent
                    }
                    continue
                for column_name, times, series, silent in values:
                    if weekday != silent:
                        row[column_name] = row.get(column_name, 0) + times * series[start]
        else:
            weekday = -1
            for volumes, values in worked:
                window = volumes[start:stop]
                active_days = len(window) - window.count(0)
                if not active_days:
                    continue
                active = True
                totals: dict[tuple[int, int], int | None] = {}  # by series and silent weekday
                for column_name, times, series, silent in values:
                    key = (id(series), silent if silent < 7 else 7)
                    if key not in totals:
                        totals[key] = total(
                            series, volumes, start, stop, key[1], first, active_days
                        )
                    if (value := totals[key]) is not None:
                        row[column_name] = row.get(column_name, 0) + times * value
        if not active:
            continue
        for column_name in plan.in_millionths:
            if column_name in row:
                row[column_name] /= 1_000_000
        ratios_into(row, ratios, first + start, first + stop - 1, now, weekday)
        for column_name in plan.quotients:
            if (value := quotient(column_name, row, seed, stop - start)) is not None:
                row[column_name] = value
        if plan.quotients:
            for column in plan.additive:
                if column.name not in plan.asked:
                    row.pop(column.name, None)
        if name is not None:
            row["DATE"] = name
        yield row
