"""How many requests a sync sends: as many as Pinterest's limits make necessary, and not one more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import fields
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.fake_pinterest.facts import COLUMNS, TARGETING_TYPES
from integration_tests.fake_pinterest.world import Record, is_video

TEN = [
    *("SPEND_IN_DOLLAR", "SPEND_IN_MICRO_DOLLAR", "TOTAL_IMPRESSION", "IMPRESSION_1"),
    *("TOTAL_CLICKTHROUGH", "CTR", "TOTAL_ENGAGEMENT", "REPIN_1", "TOTAL_CHECKOUT"),
    "TOTAL_CONVERSIONS",
]
"""Columns that a marketer looks at."""

LISTS = {"campaigns": "campaign", "ad_groups": "ad_group", "ads": "ad"}
REPORTS = {
    "campaign_analytics": ("campaign", "analytics"),
    "ad_group_analytics": ("ad_group", "analytics"),
    "ad_analytics": ("ad", "analytics"),
    "ad_analytics_daily": ("ad", "analytics"),
    "campaign_targeting_analytics": ("campaign", "targeting_analytics"),
    "ad_group_targeting_analytics": ("ad_group", "targeting_analytics"),
    "ad_targeting_analytics": ("ad", "targeting_analytics"),
}
"""By stream: the level and the endpoint."""

ATTRIBUTION = (
    "click_window_days=30&engagement_window_days=30&view_window_days=1"
    "&conversion_report_time=TIME_OF_AD_ACTION"
)
ACCOUNT = "/ad_accounts/{ad_account_id}"


GRANTED: dict[str, Any] = {"lookback_days": 90, "refused_targeting_types": set()}
"""For the fake: the 90th day and every breakdown. What it costs to find out that Pinterest refuses them
stands in tests of its own."""


@pytest.fixture
def pinterest() -> Iterator[FakePinterest]:
    with FakePinterest(World(), **GRANTED) as server:
        yield server


class Idle(World):
    """A world in which nothing ever happened: its entities are listed, and its reports are empty."""

    def analytics(self, *_: Any, **__: Any) -> Iterator[Record]:
        return iter(())

    def targeting_analytics(self, *_: Any, **__: Any) -> Iterator[Record]:
        return iter(())

    def pin_analytics(self, *_: Any, **__: Any) -> Record:
        return {"daily_metrics": [], "summary_metrics": {}, "lifetime_metrics": {}}


# --- The formula ---


def pages(
    items: int,
    *,
    begins_empty: bool = False,
    ends_empty: bool = False,
    is_rarely_empty: bool = False,
) -> int:
    """250 items on a page, and the empty page that the fake Pinterest has in some lists. A full page that ends a list is
    asked for twice, and so is a list that is rarely empty."""
    times = 2 if is_rarely_empty and not items else 1
    if ends_empty:
        return (math.ceil(items / 250) + (items > 0 or 1)) * times
    is_full = items > 0 and items % 250 == 0
    return (max(1, math.ceil(items / 250)) + begins_empty + is_full) * times


def asked_columns(stream: str, level: str, selected: Collection[str] | None) -> list[str]:
    """In Pinterest's names: what is selected, and the id that the rows are told apart by."""
    names = [*(fields(stream) if selected is None else selected), f"{level}_id"]
    identities = {f"{each}_id" for each in ("campaign", "ad_group", "ad", "pin")}
    upper = {name.upper() if name in identities else name for name in names}
    return sorted(upper & set(COLUMNS))


def reports(url: str, account: str, ids: Iterable[str], stream: str, days: int, **how: Any) -> int:
    """Requests for the entities of one ad account.

    A request takes 250 ids, less where 1,000,000 cells or 8,000 bytes of URL are reached before.
    """
    level, endpoint = REPORTS[stream]
    columns = asked_columns(stream, level, how["columns"])
    types = [t for t in TARGETING_TYPES[level] if t in (how["types"] or TARGETING_TYPES[level])]
    daily = stream == "ad_analytics_daily"
    start = date(2026, 11, 24) - timedelta(days)
    before_the_ids = (
        f"{url}/ad_accounts/{account}/{level}s/{endpoint}?start_date={start}&end_date=2026-11-23"
        f"&granularity={'DAY' if daily else 'TOTAL'}&columns={','.join(columns)}&{ATTRIBUTION}"
    )
    times, rows_per_id = 1, days if daily else 1
    if endpoint == "targeting_analytics":
        times = math.ceil(len(types) / 14)
        rows_per_id = min(14, len(types)) * 20
        before_the_ids += f"&targeting_types={','.join(types[:14])}"
    most = min(250, 1_000_000 // (rows_per_id * len(columns)))
    room = 8_000 - len(before_the_ids)
    batches, size = [0], 0
    for each in sorted(ids, key=int):
        needed = len(f",{each}")
        if batches[-1] == most or (batches[-1] and size + needed > room):
            batches.append(0)
            size = 0
        batches[-1] += 1
        size += needed
    return len([batch for batch in batches if batch]) * times


def formula(
    pinterest: FakePinterest,
    streams: Collection[str],
    *,
    days: int = 90,
    columns: Collection[str] | None = None,
    types: Collection[str] | None = None,
    reconcile: bool = True,
) -> Counter[str]:
    """The requests of a first sync, by operation."""
    world = pinterest.world
    count: Counter[str] = Counter()
    organic_reports = {"pin_analytics", "user_account_analytics"}
    if organic_reports & set(streams) or "user_interests" in streams:
        count["GET /user_account"] = 1
    if "boards" in streams:
        count["GET /boards"] = pages(world.boards, begins_empty=True, is_rarely_empty=True)
    if {"pins", "pin_analytics"} & set(streams):
        count["GET /pins"] = pages(world.pins, ends_empty=True, is_rarely_empty=True)
    if "followers" in streams:
        count["GET /user_account/followers"] = pages(world.followers, is_rarely_empty=True)
    if "user_interests" in streams:
        count["GET /users/{username}/interests/follow"] = pages(world.interests)
    if "user_account_analytics" in streams:
        count["GET /user_account/analytics"] = 1
    if "pin_analytics" in streams:
        videos = sum(map(is_video, world.own_pins))
        others = len(world.own_pins) - videos
        for pins in (videos, others):
            alone = pins % 100 == 1  # who is alone in a batch is asked for by the other endpoint
            count["GET /pins/analytics"] += math.ceil(pins / 100) - alone
            count["GET /pins/{pin_id}/analytics"] += alone

    of_accounts = [name for name in streams if name in LISTS or name in REPORTS]
    if of_accounts:
        count["GET /ad_accounts"] = pages(len(world.accounts))
    reads_ids = [name for name in of_accounts if name in REPORTS]
    levels = {LISTS[name] if name in LISTS else REPORTS[name][0] for name in of_accounts}
    for account in world.accounts.values():
        for level in levels:
            empty = {"begins_empty" if level == "campaign" else "ends_empty": True}
            of_a_list = pages(len(account.entities(level)), **empty)
            count[f"GET {ACCOUNT}/{level}s"] += of_a_list
        for stream in set(streams) & set(REPORTS):
            level, endpoint = REPORTS[stream]
            ids = [entity["id"] for entity in account.entities(level)]
            count[f"GET {ACCOUNT}/{level}s/{endpoint}"] += reports(
                pinterest.url, account.id, ids, stream, days, columns=columns, types=types
            )
        if reconcile and "ad_analytics_daily" in streams:
            count[f"GET {ACCOUNT}/analytics"] += 1
        if "campaign" in levels and not account.campaigns:
            # an empty list shows no status: once more for the usual ones alone
            count[f"GET {ACCOUNT}/campaigns"] += pages(0, begins_empty=True)
    if isinstance(world, Idle) and {"campaign"} & {REPORTS[name][0] for name in reads_ids}:
        # no answer has rows of two ids: once in a sync, a list of two campaigns
        count[f"GET {ACCOUNT}/campaigns"] += pages(2, begins_empty=True)
    elif isinstance(world, Idle) and reads_ids:
        count[f"GET {ACCOUNT}/ads"] += 1
    return +count


def sent(pinterest: FakePinterest) -> Counter[str]:
    assert {request.status for request in pinterest.requests} <= {200, 401}
    return Counter(str(request.operation) for request in pinterest.requests)


def one_probe_anywhere(requests: Counter[str]) -> Counter[str]:
    """The requests, with those for the three lists together: what a list or a report does not show is asked
    for with a list of the level that is read first."""
    lists = {f"GET {ACCOUNT}/{name}" for name in LISTS}
    together = Counter({name: count for name, count in requests.items() if name not in lists})
    together["lists"] = sum(requests[name] for name in lists)
    return +together


def assert_is_at_most(found: Counter[str], formula: Counter[str]) -> None:
    """The same requests. One of the lists may take one less, since the fake's campaigns begin with an empty
    page."""
    found, formula = one_probe_anywhere(found), one_probe_anywhere(formula)
    assert formula["lists"] - 2 <= found["lists"] <= formula["lists"]
    found["lists"] = formula["lists"]
    assert found == formula


def selected(streams: Iterable[str], names: Collection[str] | None) -> dict[str, list[str]] | None:
    """For `configured`: some columns, and the fields of the key, of every ads report."""
    if names is None:
        return None
    return {
        name: [*KEYS[name], *(field for field in fields(name) if field in names)]
        for name in streams
        if name in REPORTS
    }


# --- What is sent ---


@pytest.mark.parametrize("stream", KEYS)
def test_a_report_alone_sends_its_own_requests_and_those_for_its_ids(stream, pinterest, discovered):
    output = connector(pinterest, backfill_days=15).read(configured(discovered, [stream]))

    assert output.exit_code == 0, output.errors
    assert sent(pinterest) == formula(pinterest, [stream], days=15)


WORLDS = {
    "three ad accounts, each with little": World(),
    "nothing at all": World(ad_accounts=1, campaigns=0, pins=0, boards=0, followers=0, interests=0),
    "full pages to the last item": Idle(
        ad_accounts=1, campaigns=250, ad_groups=1, ads=2, pins=250, boards=250, followers=500
    ),
    "more than a page of everything": Idle(
        ad_accounts=2, campaigns=251, ad_groups=1, ads=2, pins=320, boards=260, followers=501
    ),
    "many ad accounts": Idle(ad_accounts=12, campaigns=2, ad_groups=1, ads=1, pins=2),
}


@pytest.mark.parametrize("columns", [TEN, None], ids=["ten columns", "all columns"])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_sync_of_all_reports_sends_what_the_formula_says(world, columns, discovered):
    with FakePinterest(world, **GRANTED) as pinterest:
        catalog = configured(discovered, fields=selected(KEYS, columns))

        output = connector(pinterest, backfill_days=15).read(catalog)

        assert output.exit_code == 0, output.errors
        assert_is_at_most(sent(pinterest), formula(pinterest, KEYS, days=15, columns=columns))


@pytest.mark.parametrize(
    ("days", "columns", "of_a_list", "of_a_report"),
    [
        (90, TEN, 3, 2),  # 500 ads: 250 on a page, and an empty one; 250 ids in a request
        (90, None, 3, 9),  # 90 days of 182 columns: 61 ids have less than 1,000,000 cells
        (15, None, 3, 3),  # 250 would have, too, but the URL does not hold as many
    ],
)
def test_500_ads_by_day_take_few_requests_whatever_the_days_and_columns(
    days, columns, of_a_list, of_a_report, discovered
):
    stream = "ad_analytics_daily"
    with FakePinterest(
        Idle(ad_accounts=1, campaigns=100, ad_groups=1, ads=5), **GRANTED
    ) as pinterest:
        catalog = configured(discovered, [stream], fields=selected([stream], columns))

        connector(pinterest, backfill_days=days).read(catalog)

        assert sent(pinterest) == {
            "GET /ad_accounts": 1,
            # and a list of two ads, since no answer has rows of two
            "GET /ad_accounts/{ad_account_id}/ads": of_a_list + 1,
            "GET /ad_accounts/{ad_account_id}/ads/analytics": of_a_report,
            "GET /ad_accounts/{ad_account_id}/analytics": 1,
        }


def test_the_comparison_with_the_accounts_total_can_be_switched_off(pinterest, discovered):
    catalog = configured(discovered, ["ad_analytics_daily"])

    connector(pinterest, reconcile=False).read(catalog)

    found = sent(pinterest)
    assert found == formula(pinterest, ["ad_analytics_daily"], reconcile=False)
    assert "GET /ad_accounts/{ad_account_id}/analytics" not in found


@pytest.mark.parametrize(("types", "times"), [(15, 2), (14, 1), (1, 1)])
def test_campaigns_have_one_targeting_type_more_than_a_request_takes(types, times, discovered):
    stream = "campaign_targeting_analytics"
    chosen = TARGETING_TYPES["campaign"][:types]
    with FakePinterest(Idle(ad_accounts=1, campaigns=500, ad_groups=0), **GRANTED) as pinterest:
        catalog = configured(discovered, [stream], fields=selected([stream], TEN))

        connector(pinterest, targeting_types=chosen).read(catalog)

        assert sent(pinterest) == formula(pinterest, [stream], columns=TEN, types=chosen)
        report = "GET /ad_accounts/{ad_account_id}/campaigns/targeting_analytics"
        assert sent(pinterest)[report] == 2 * times


def test_pins_are_read_in_hundreds_those_with_a_video_apart(discovered):
    with FakePinterest(Idle(ad_accounts=0, pins=275), **GRANTED) as pinterest:
        videos = sum(map(is_video, pinterest.world.own_pins))
        assert (videos, len(pinterest.world.own_pins) - videos) == (46, 200)

        connector(pinterest).read(configured(discovered, ["pin_analytics"]))

        assert sent(pinterest) == {
            "GET /user_account": 1,
            "GET /pins": 3,  # 250 on a page, 25, and an empty one
            "GET /pins/analytics": 2 + 1,
        }


def test_pins_are_read_one_by_one_where_several_at_once_are_not_allowed(discovered):
    with FakePinterest(Idle(ad_accounts=0, pins=50), multi_pin=False, **GRANTED) as pinterest:
        output = connector(pinterest).read(configured(discovered, ["pins", "pin_analytics"]))

        assert output.exit_code == 0, output.errors
        assert sent(pinterest) == {
            "GET /user_account": 1,
            "GET /pins": 2,
            "GET /pins/analytics": 1,
            "GET /pins/{pin_id}/analytics": len(pinterest.world.own_pins),
        }


def test_a_second_sync_sends_no_more_than_the_first(discovered):
    with FakePinterest(Idle(), **GRANTED) as pinterest:
        catalog = configured(discovered)
        first_sync = connector(pinterest).read(catalog)
        pinterest.requests.clear()
        pinterest.today = date(2026, 11, 25)

        connector(pinterest, "2026-11-25").read(catalog, first_sync.last_states)

        assert_is_at_most(sent(pinterest), formula(pinterest, KEYS))


# --- What is refused ---


@pytest.mark.parametrize(
    ("stream", "operation"),
    [
        ("campaign_analytics", "GET /ad_accounts/{ad_account_id}/campaigns/analytics"),
        ("ad_analytics_daily", "GET /ad_accounts/{ad_account_id}/ads/analytics"),
        ("pin_analytics", "GET /pins/analytics"),
        ("user_account_analytics", "GET /user_account/analytics"),
    ],
)
def test_a_first_day_that_pinterest_does_not_have_costs_two_requests(stream, operation, discovered):
    with FakePinterest(World()) as pinterest:
        connector(pinterest).read(configured(discovered, [stream]))

        found = Counter(str(request.operation) for request in pinterest.requests)
        assert found - formula(pinterest, [stream]) == {operation: 2}
        assert formula(pinterest, [stream]) - found == {}


@pytest.mark.parametrize(
    ("is_named", "most"),
    # the first day in both kinds of report; on 3 levels, refusals (of each of 3 ad accounts, as they are
    # asked ahead), the search, and two breakdowns at once; a list of two entities, of the level that is
    # first, since an answer with rows comes later
    [(True, 4 + 3 * 5 + 2), (False, 4 + 3 * 15 + 2)],
)
def test_breakdowns_that_pinterest_does_not_grant_cost_a_few_requests_a_level(
    is_named, most, discovered
):
    with FakePinterest(World(), refusals_name=is_named) as pinterest:
        catalog = configured(discovered, fields=selected(KEYS, TEN))
        output = connector(pinterest).read(catalog)

        found = Counter(str(request.operation) for request in pinterest.requests)
        wanted = formula(pinterest, KEYS, columns=TEN)
        more = found - wanted
        assert output.exit_code == 0
        assert wanted - found == {}
        assert 3 * 2 < more.total() <= most
        endpoints = {each.rpartition("/")[2] for each in more}
        assert endpoints - LISTS.keys() <= {"analytics", "targeting_analytics"}
        assert len(endpoints & LISTS.keys()) <= 1


def test_an_unused_connector_sends_nothing(pinterest):
    connector(pinterest).discover()

    assert pinterest.requests == []
