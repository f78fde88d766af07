"""An id that Pinterest refuses is named and requested again by the next sync; the others are read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import DAILY_KEYS, KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, World, product_groups, server
from integration_tests.test_requests import Idle

WORLD = World(ad_accounts=2, campaigns=4, ad_groups=1, ads=3, pins=12)
FIRST = {"today": date(2026, 11, 24), "start": date(2026, 10, 15), "end": date(2026, 11, 23)}
DAYS = {"backfill_days": 40}
ACCOUNT = "549755885175"
SPEND = {"date", "SPEND_IN_DOLLAR", "targeting_value", "targeting_type", "targeting_raw_value"}

LEVELS = {
    "campaign_analytics": "campaign",
    "ad_group_analytics": "ad_group",
    "ad_analytics": "ad",
    "ad_analytics_daily": "ad",
    "campaign_targeting_analytics": "campaign",
    "ad_targeting_analytics": "ad",
    "campaign_analytics_daily": "campaign",
    "product_group_promotion_analytics_daily": "product_group_promotion",
    "ad_targeting_analytics_daily": "ad",
}
KEY_OF = {**KEYS, **DAILY_KEYS}
REFUSALS = {
    "400 that names nothing": (400, 1, "Invalid request."),
    "400 that names the id": (400, 1, "'{id}' is not an entity of this ad account."),
    "403": (403, 29, "You are not permitted to access that resource."),
    "404": (404, 50, "Not found."),
}


def catalog(everything: Any, *streams: str) -> Any:
    fields = {
        stream["name"]: [
            name
            for name in stream["json_schema"]["properties"]
            if name.endswith("_id") or name in SPEND
        ]
        for stream in everything
    }
    return configured(everything, streams, fields=fields)


def columns(everything: Any, stream: str) -> list[str]:
    (one,) = catalog(everything, stream)["streams"]
    return list(one["stream"]["json_schema"]["properties"])


def bad_id(level: str) -> str:
    if level == "product_group_promotion":
        return sorted(product_groups.by_id(WORLD.accounts[ACCOUNT]), key=int)[2]
    ids = sorted((each["id"] for each in WORLD.accounts[ACCOUNT].entities(level)), key=int)
    return str(ids[2])


def error_of(output: Output, stream: str) -> str:
    (message,) = [
        each["message"]
        for each in output.errors
        if (each.get("stream_descriptor") or {}).get("name") == stream
    ]
    return str(message)


EVERY_WAY = ("ad_analytics_daily", "campaign_targeting_analytics")


@pytest.mark.parametrize(
    ("stream", "how"),
    [
        *((stream, how) for stream in EVERY_WAY for how in REFUSALS),
        *((stream, "400 that names nothing") for stream in LEVELS if stream not in EVERY_WAY),
    ],
)
def test_a_refused_id_is_left_out_named_and_asked_for_again(stream, how, everything):
    status, code, message = REFUSALS[how]
    level, key = LEVELS[stream], KEY_OF[stream]
    bad = bad_id(level)
    id_field = key[0]
    names = columns(everything, stream)
    with FakePinterest(
        WORLD, refused_ids={bad: (status, code, message.format(id=bad))}
    ) as pinterest:
        source = connector(pinterest, **DAYS)
        first = source.read(catalog(everything, stream))
        pinterest.refused_ids = {}
        pinterest.requests.clear()
        second = source.read(catalog(everything, stream), first.last_states)
        asked = [each for each in pinterest.requests if f"{bad}" in str(each.params)]
        third = source.read(catalog(everything, stream), second.last_states)

    expected = rows(WORLD, stream, columns=names, **FIRST)
    others = [row for row in expected if row[id_field] != bad]
    assert compare(others, first.records(stream), key).same, str(
        compare(others, first.records(stream), key)
    )
    assert first.statuses[stream] == "INCOMPLETE"
    assert first.exit_code == 1
    said = error_of(first, stream)
    assert bad in said
    assert f"{status}" in said
    assert "2026-11-23" in str(first.states(stream)[-1][ACCOUNT])

    assert second.statuses[stream] == "COMPLETE", second.errors
    its_own = [row for row in expected if row[id_field] == bad]
    again = [row for row in second.records(stream) if row[id_field] == bad]
    assert its_own
    assert compare(its_own, again, key).same, str(compare(its_own, again, key))
    assert asked
    assert "missing" not in second.states(stream)[-1][ACCOUNT]
    assert third.statuses[stream] == "COMPLETE"


@pytest.mark.parametrize("stream", ["ad_analytics_daily", "ad_analytics"])
def test_an_id_that_stays_refused_costs_one_request_a_sync(stream, everything):
    bad = bad_id("ad")
    refused = {bad: (403, 29, "You are not permitted to access that resource.")}
    with FakePinterest(WORLD, refused_ids=refused) as pinterest:
        first = connector(pinterest).read(catalog(everything, stream))
        pinterest.requests.clear()
        pinterest.today = date(2026, 11, 25)
        second = connector(pinterest, "2026-11-25").read(
            catalog(everything, stream), first.last_states
        )

    refusals = [each for each in pinterest.requests if each.status == 403]
    assert len(refusals) == 1
    assert second.statuses[stream] == "INCOMPLETE"
    assert bad in error_of(second, stream)
    assert second.states(stream)[-1][ACCOUNT]["missing"] == {bad: "2026-08-27"}


@pytest.mark.parametrize(("ads", "most"), [(250, 20), (2_500, 20), (25_000, 20)])
def test_one_refused_id_costs_few_requests_among_many(ads, most, everything):
    class Busy(Idle):
        """Rows of two ids in each answer, so that nothing has to be asked to believe it."""

        def analytics(self, _level: Any, _account_id: Any, ids: Any, **_: Any) -> Any:
            return ({"AD_ID": each, "DATE": "2026-11-23"} for each in list(ids)[:2])

    world = Busy(ad_accounts=1, campaigns=ads // 50, ad_groups=5, ads=10)
    ids = sorted((each["id"] for each in world.accounts[ACCOUNT].ads), key=int)
    stream = "ad_analytics_daily"
    with FakePinterest(world, lookback_days=90) as pinterest:
        connector(pinterest, reconcile=False).read(catalog(everything, stream))
        without = len(pinterest.requests)
        pinterest.requests.clear()
        pinterest.refused_ids = {ids[len(ids) // 3]: (400, 1, "Invalid request.")}
        output = connector(pinterest, reconcile=False).read(catalog(everything, stream))

    assert output.statuses[stream] == "INCOMPLETE"
    assert ids[len(ids) // 3] in error_of(output, stream)
    assert len(pinterest.requests) - without <= most


@pytest.mark.parametrize("stream", ["ad_analytics_daily", "pin_analytics"])
def test_ids_that_a_list_shows_late_are_read_from_the_first_day_on(stream, everything, monkeypatch):
    key, id_field = KEYS[stream], KEYS[stream][0]
    late = bad_id("ad") if stream == "ad_analytics_daily" else WORLD.own_pins[3]["id"]
    with FakePinterest(WORLD) as pinterest:
        with monkeypatch.context() as patch:
            account, pins = WORLD.accounts[ACCOUNT], server.pins
            listed = account.listed
            patch.setattr(account, "listed", lambda *of: without(late, listed(*of)))
            patch.setattr(server, "pins", lambda *of: without(late, pins(*of)))
            first = connector(pinterest).read(catalog(everything, stream))
        pinterest.today = date(2026, 11, 25)
        second = connector(pinterest, "2026-11-25").read(
            catalog(everything, stream), first.last_states
        )

    window = {"today": date(2026, 11, 25), "start": date(2026, 8, 28), "end": date(2026, 11, 24)}
    names = None if stream == "pin_analytics" else columns(everything, stream)
    expected = [
        row for row in rows(WORLD, stream, columns=names, **window) if row[id_field] == late
    ]
    again = [row for row in second.records(stream) if row[id_field] == late]
    compared = [{name: row[name] for name in key} for row in again]
    assert not [row for row in first.records(stream) if row[id_field] == late]
    assert {tuple(row[name] for name in key) for row in expected} == {
        tuple(row[name] for name in key) for row in compared
    }
    assert expected
    assert second.statuses[stream] == "COMPLETE"
    early = [row for row in second.records(stream) if row["date"] < "2026-10-20"]
    assert len({row[id_field] for row in early}) < len(
        {row[id_field] for row in first.records(stream)}
    )


def without(entity_id: str, listed: Any) -> tuple[Any, ...]:
    return tuple(each for each in listed if each["id"] != entity_id)
