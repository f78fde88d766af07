"""The world of the demo: a shop, whose numbers add up as those of any world do."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.fake_pinterest import SIZES, World

TODAY = date(2026, 11, 24)
DAYS = [TODAY - timedelta(days=n) for n in range(89, 0, -1)]
COLUMNS = (
    *("SPEND_IN_MICRO_DOLLAR", "PAID_IMPRESSION", "TOTAL_IMPRESSION", "CLICKTHROUGH_1", "CTR"),
    *("TOTAL_CHECKOUT", "TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR"),
)
SUMS = [name for name in COLUMNS if name != "CTR"]


@pytest.fixture(scope="module")
def world() -> World:
    return World(epoch=TODAY, **SIZES["demo"])


def rows(
    world: World, level: str, account: Any, granularity: str = "DAY", today: date = TODAY
) -> list[dict[str, Any]]:
    ids = (
        [account.id] if level == "ad_account" else [each["id"] for each in account.entities(level)]
    )
    return list(
        world.analytics(
            *(level, account.id, ids),
            start=DAYS[0],
            end=DAYS[-1],
            today=today,
            granularity=granularity,
            columns=COLUMNS,
        )
    )


def by_day(world: World, level: str, account: Any) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for row in rows(world, level, account):
        for name in SUMS:
            found[row["DATE"]][name] += row.get(name, 0)
    return dict(found)


def test_every_level_has_the_same_sums_each_day_and_in_total(world: World) -> None:
    for account in world.accounts.values():
        whole = by_day(world, "ad_account", account)
        assert len(whole) == len(DAYS)
        for level in ("campaign", "ad_group", "ad"):
            assert by_day(world, level, account) == whole
        (total,) = rows(world, "ad_account", account, "TOTAL")
        for name in SUMS:
            assert total[name] == sum(day[name] for day in whole.values())


def test_ratios_are_those_of_the_sums(world: World) -> None:
    account = next(iter(world.accounts.values()))

    for row in rows(world, "campaign", account):
        assert row["CTR"] == round(row["CLICKTHROUGH_1"] / row["PAID_IMPRESSION"], 6)


def test_weekends_and_the_weeks_before_christmas_are_busier(world: World) -> None:
    account = next(iter(world.accounts.values()))
    seen = {
        date.fromisoformat(day): sums for day, sums in by_day(world, "ad_account", account).items()
    }

    def mean(days: list[date]) -> float:
        return sum(seen[day]["PAID_IMPRESSION"] for day in days) / len(days)

    october = [day for day in seen if day.month == 10]
    assert mean([day for day in october if day.weekday() == 6]) > 1.2 * mean(
        [day for day in october if day.weekday() < 4]
    )
    assert mean([day for day in seen if day >= date(2026, 11, 17)]) > 1.4 * mean(october)


def test_campaigns_start_and_end(world: World) -> None:
    account = next(iter(world.accounts.values()))
    days: dict[int, set[str]] = defaultdict(set)
    for row in rows(world, "campaign", account):
        days[row["CAMPAIGN_ID"]].add(row["DATE"])
    names = {campaign["name"]: days[int(campaign["id"])] for campaign in account.campaigns}

    assert min(names["Black Week 2026"]) == "2026-11-16"
    assert max(names["Cosy autumn: throws & candles"]) == "2026-11-10"
    status = {campaign["name"]: campaign["summary_status"] for campaign in account.campaigns}
    assert status["Cosy autumn: throws & candles"] == "COMPLETED"
    assert status["Home office, tidied up"] == "ARCHIVED"
    assert len(names["Home office, tidied up"]) > 30


def test_ads_differ_in_quality(world: World) -> None:
    account = next(iter(world.accounts.values()))
    rates = sorted(
        row["CTR"] for row in rows(world, "ad", account, "TOTAL") if row["PAID_IMPRESSION"] > 5_000
    )

    assert rates[-1] > 3 * rates[0]


def test_young_days_have_fewer_checkouts_than_they_will_have(world: World) -> None:
    account = next(iter(world.accounts.values()))
    (young,) = rows(world, "ad_account", account, "TOTAL")
    (old,) = rows(world, "ad_account", account, "TOTAL", today=TODAY + timedelta(days=9))

    assert young["TOTAL_CHECKOUT"] < old["TOTAL_CHECKOUT"]
    assert young["SPEND_IN_MICRO_DOLLAR"] == old["SPEND_IN_MICRO_DOLLAR"]


def test_names_are_a_shops_with_umlauts_and_long_ones(world: World) -> None:
    names = {
        each["name"]
        for account in world.accounts.values()
        for level in ("campaign", "ad_group", "ad")
        for each in account.entities(level)
    }

    assert None in names
    assert max(len(name or "") for name in names) > 80
    assert any("ü" in (name or "") for name in names)
    urls = [ad["destination_url"] for account in world.accounts.values() for ad in account.ads]
    assert sum("utm_campaign=" in (url or "") for url in urls) > len(urls) // 2
    assert None in urls


def test_on_any_day_of_the_year_a_season_begins_or_ends_in_the_window() -> None:
    for month in range(1, 13):
        today = date(2027, month, 15)
        account = next(iter(World(epoch=today, **SIZES["demo"]).accounts.values()))
        seasonal = [campaign for campaign in account.campaigns if campaign["end_time"]]
        assert len({campaign["name"] for campaign in account.campaigns}) == 8
        assert len(seasonal) >= 4
        assert any(campaign["summary_status"] == "RUNNING" for campaign in seasonal)
