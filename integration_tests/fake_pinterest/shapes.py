"""How the numbers of an ad go where the world is a shop's: with flights, weekdays and seasons.

A leaf with a `Shape` has a volume of its own making, the paid impressions of a day, and each additive
column is a rate of it. As everywhere, the value of a window is the sum of its days and that of a
campaign is the sum of its ads; here the common ratios are those of the sums, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from .columns import DESCRIBED, Column, Series
from .mixing import mixed, shaken

YEAR = (
    *((1, 1, 720), (1, 31, 800), (3, 1, 920), (4, 12, 1060), (6, 1, 960), (7, 20, 800)),
    *((9, 1, 930), (10, 10, 1040), (11, 8, 1250), (11, 22, 1450), (11, 27, 2000), (12, 1, 1650)),
    *((12, 14, 1900), (12, 20, 1350), (12, 25, 560), (12, 31, 700)),
)
"""(month, day, demand in thousandths of a usual day); in between, it goes in a straight line."""
WEEK = (1290, 930, 890, 900, 930, 980, 1160)
"""From Sunday: people look for furniture at weekends."""
FIRST_DAYS = (420, 600, 760, 880, 950)
"""Of a flight: what Pinterest delivers of the usual while it learns whom to show an ad."""

MILLION = 1_000_000
OF_IMPRESSIONS = {"IMPRESSION_1": MILLION, "IMPRESSION_2": 90_000, "VIDEO_MRC_VIEWS_1": 310_000}
"""How many there are for a million paid impressions, whatever the ad."""
OF_CLICKS = {
    "CLICKTHROUGH_1": MILLION,
    "CLICKTHROUGH_2": 60_000,
    "OUTBOUND_CLICK_1": 740_000,
    "ENGAGEMENT_1": 1_900_000,
    "ENGAGEMENT_2": 140_000,
    "REPIN_1": 320_000,
    "TOTAL_CONVERSIONS": 820_000,
    "TOTAL_PAGE_VISIT": 610_000,
    "TOTAL_SIGNUP": 9_000,
    "TOTAL_CLICK_ADD_TO_CART": 61_000,
    "TOTAL_VIEW_ADD_TO_CART": 22_000,
    "TOTAL_LEAD": 4_000,
}
"""How many there are for a million clicks."""
QUOTIENTS = {
    "CTR": ("CLICKTHROUGH_1", "IMPRESSION_1", 1.0),
    "CTR_2": ("CLICKTHROUGH_2", "IMPRESSION_2", 1.0),
    "ECTR": ("TOTAL_CLICKTHROUGH", "TOTAL_IMPRESSION", 1.0),
    "OUTBOUND_CTR_1": ("OUTBOUND_CLICK_1", "IMPRESSION_1", 1.0),
    "ENGAGEMENT_RATE": ("ENGAGEMENT_1", "IMPRESSION_1", 1.0),
    "CPM_IN_MICRO_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", 1_000.0),
    "CPM_IN_DOLLAR": ("SPEND_IN_DOLLAR", "IMPRESSION_1", 1_000.0),
    "CPC_IN_MICRO_DOLLAR": ("SPEND_IN_MICRO_DOLLAR", "CLICKTHROUGH_1", 1.0),
    "CHECKOUT_ROAS": ("TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "SPEND_IN_MICRO_DOLLAR", 1.0),
    "TOTAL_IMPRESSION_USER": ("TOTAL_IMPRESSION", "", 1.0),
    "TOTAL_IMPRESSION_FREQUENCY": ("", "", 1.0),
}
"""Column: (numerator, denominator, factor); of people there are fewer than impressions, see `quotient`."""
VALUE = "_VALUE_IN_MICRO_DOLLAR"


@lru_cache(maxsize=4096)
def demand(ordinal: int) -> int:
    """Of a day, in thousandths of a usual day, without its weekday."""
    day = date.fromordinal(ordinal)
    before = (date(day.year - 1, 12, 31), YEAR[-1][2])
    for month, of_month, value in YEAR:
        after = date(day.year, month, of_month)
        if day <= after:
            share = (day - before[0]).days / max((after - before[0]).days, 1)
            return round(before[1] + (value - before[1]) * share)
        before = (after, value)
    return YEAR[-1][2]


@lru_cache(maxsize=4096)
def busy(ordinal: int) -> int:
    """Demand of a day and of its weekday."""
    return demand(ordinal) * WEEK[ordinal % 7] // 1_000


@lru_cache(maxsize=4096)
def salt_of_day(ordinal: int) -> int:
    return mixed(13, ordinal)


@lru_cache(maxsize=4096)
def salt_of_column(name: str) -> int:
    return mixed(17, *name.encode())


@dataclass(frozen=True)
class Shape:
    """Of one ad, in the currency of its ad account."""

    first: int
    """The ordinals of the days on which it ran."""
    last: int
    impressions: int
    """Paid ones, on a usual day."""
    clicks: int
    """For a million paid impressions."""
    checkouts: int
    """For a million clicks."""
    cost: int
    """Millionths for an impression."""
    basket: int
    """Millionths for a checkout."""

    def volumes(self, seed: int, ordinals: Sequence[int]) -> list[int]:
        return [
            self._volume(seed, ordinal) if self.first <= ordinal <= self.last else 0
            for ordinal in ordinals
        ]

    def _volume(self, seed: int, ordinal: int) -> int:
        age = ordinal - self.first
        learned = FIRST_DAYS[age] if age < len(FIRST_DAYS) else 1_000
        tired = max(1_000 - age * 4, 640)  # people have seen it
        luck = 860 + shaken(seed ^ salt_of_day(ordinal)) % 281
        return self.impressions * busy(ordinal) * learned // 1_000_000 * tired * luck // 1_000_000

    def values(
        self,
        column: Column,
        seed: int,
        volumes: Sequence[int],
        days: Sequence[tuple[int, int, int]],
    ) -> list[int]:
        """Of a column by day. `days`: ordinals, how many sixths of a day's conversions are known, and salts."""
        if column.parts:
            parts = [self.values(DESCRIBED[part], seed, volumes, days) for part in column.parts]
            return [sum(values) for values in zip(*parts, strict=True)]
        salt = seed ^ salt_of_column(column.name)
        if column.name.endswith(VALUE):
            of = DESCRIBED.get(column.name.removesuffix(VALUE), DESCRIBED["TOTAL_CHECKOUT"])
            counts = self.values(of, seed, volumes, days)
            return [
                count * (self.basket * (820 + shaken(salt ^ of_day) % 361) // 1_000) if count else 0
                for count, (_, _, of_day) in zip(counts, days, strict=True)
            ]
        rate = self._rate(column)
        if rate == MILLION:
            return list(volumes)
        if self._is_money(column):
            # In a busy season, others bid as well.
            return [
                volume
                * (rate * (760 + demand(ordinal) // 5 + shaken(salt ^ ordinal) % 81) // 1_000)
                if volume
                else 0
                for volume, (ordinal, _, _) in zip(volumes, days, strict=True)
            ]
        restated = column.series is Series.CONVERSIONS
        return [
            # what is left of a whole one counts as one, as often as it should
            (
                (volume * sixths // 6 if restated else volume) * rate
                + shaken(salt ^ of_day) % MILLION
            )
            // MILLION
            if volume
            else 0
            for volume, (_, sixths, of_day) in zip(volumes, days, strict=True)
        ]

    @staticmethod
    def _is_money(column: Column) -> bool:
        return column.divisor != 1 or column.name.endswith("SPEND_IN_MICRO_DOLLAR")

    def _rate(self, column: Column) -> int:
        """For a million paid impressions; of money, millionths for one."""
        name = column.name
        if self._is_money(column):
            return self.cost
        if name in OF_IMPRESSIONS:
            return OF_IMPRESSIONS[name]
        if name in OF_CLICKS:
            return self.clicks * OF_CLICKS[name] // MILLION
        if name == "TOTAL_CHECKOUT":
            return self.clicks * self.checkouts // MILLION
        of = {Series.VOLUME: MILLION, Series.CLICKS: self.clicks}.get(column.series)
        of = self.clicks * self.checkouts // MILLION if of is None else of
        return of * (2 + salt_of_column(name) % 45) // 100


def quotient(name: str, row: dict[str, int | float], seed: int, days: int) -> float | int | None:
    """A ratio of the sums in a row. People: each sees more than one impression, the more the longer."""
    numerator, denominator, factor = QUOTIENTS[name]
    frequency = round(1.12 + min(days, 90) * 0.021 + seed % 60 / 200, 2)
    if name == "TOTAL_IMPRESSION_FREQUENCY":
        return frequency
    if name == "TOTAL_IMPRESSION_USER":
        return round(row.get(numerator, 0) / frequency)
    divisor = row.get(denominator, 0)
    return round(row.get(numerator, 0) / divisor * factor, 6) if divisor else None
