"""The versions of campaigns, ad groups and ads, through the real entry point."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.history import next_versions, versions
from integration_tests.expected.keys import HISTORY_KEYS as KEYS
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.schemas import misfits

USD, EUR, JPY = "549755885175", "549756933748", "549757982321"
FIRST, NEXT = "2026-11-24", "2026-11-25"
FIRST_SYNC = f"{FIRST}T09:00:00+00:00"
LATER = 1_795_550_000
"""Between the two syncs."""

LISTS = ["campaigns", "ad_groups", "ads"]
REFUSED = {"code": 29, "message": "You are not permitted to access that resource."}


def same(expected: list[dict[str, Any]], output: Output, stream: str) -> None:
    comparison = compare(expected, output.records(stream), KEYS[stream])
    assert comparison.same, f"{stream}: {comparison}"


def id_at(world: World, account: str, level: str, place: int) -> str:
    return str(world.accounts[account].entities(level)[place]["id"])


def changed_world() -> World:
    """A campaign renamed, a budget raised, an ad paused without a new `updated_time`, two ads and a campaign
    gone, and a whole account's last ad group."""
    world = World(edition=1)
    usd, eur = world.accounts[USD], world.accounts[EUR]
    usd.edit("campaign", id_at(world, USD, "campaign", 0), name="Renamed", updated_time=LATER)
    usd.edit(
        *("ad_group", id_at(world, USD, "ad_group", 1)),
        budget_in_micro_currency=77_000_000,
        updated_time=LATER + 1,
    )
    eur.edit("ad", id_at(world, EUR, "ad", 2), summary_status="COMPLETED")
    for place in (5, 3):
        usd.delete("ad", id_at(world, USD, "ad", place))
    eur.delete("campaign", id_at(world, EUR, "campaign", 1))
    return world


@pytest.fixture(scope="module")
def first_sync(everything) -> Output:
    with FakePinterest(World()) as pinterest:
        return connector(pinterest, FIRST).read(configured(everything, KEYS))


def sync(
    world: World,
    everything: list[dict[str, Any]],
    state: Any,
    fault: Callable[..., Any] | None = None,
    day: str = NEXT,
) -> Output:
    with FakePinterest(world) as pinterest:
        pinterest.fault = fault
        return connector(pinterest, day).read(configured(everything, KEYS), state)


@pytest.mark.parametrize("stream", KEYS)
def test_they_are_offered_with_the_key_of_a_version(stream, everything):
    (found,) = [each for each in everything if each["name"] == stream]

    assert [field for (field,) in found["source_defined_primary_key"]] == KEYS[stream]
    assert found["default_cursor_field"] == ["updated_time"]
    assert found["supported_sync_modes"] == ["full_refresh", "incremental"]


@pytest.mark.parametrize("stream", KEYS)
def test_a_first_sync_has_the_present_version_of_every_entity(stream, first_sync, everything):
    same(versions(World(), stream), first_sync, stream)
    assert first_sync.statuses[stream] == "COMPLETE"
    (schema,) = [each["json_schema"] for each in everything if each["name"] == stream]
    records = first_sync.records(stream)
    assert misfits(schema, records) == []
    assert set().union(*records) <= schema["properties"].keys()


@pytest.mark.parametrize("stream", KEYS)
def test_the_next_sync_has_what_has_changed_and_what_is_gone_once(stream, first_sync, everything):
    changed = changed_world()

    output = sync(changed, everything, first_sync.last_states)
    third = sync(changed, everything, output.last_states, day="2026-11-26")

    expected = next_versions(World(), changed, stream, FIRST_SYNC)
    assert expected
    same(expected, output, stream)
    assert output.statuses[stream] == "COMPLETE"
    assert third.records(stream) == []


def test_what_is_listed_again_is_a_version_as_well(first_sync, everything):
    gone = id_at(World(), EUR, "campaign", 1)
    second = sync(changed_world(), everything, first_sync.last_states)

    third = sync(World(), everything, second.last_states, day="2026-11-26")

    (again,) = [each for each in third.records("campaigns_history") if each["id"] == gone]
    (unlisted,) = [each for each in second.records("campaigns_history") if each["id"] == gone]
    assert (unlisted["is_listed"], again["is_listed"]) == (False, True)
    assert again["updated_time"] > unlisted["updated_time"]


def test_an_account_that_is_refused_keeps_its_state_and_nothing_of_it_is_gone(
    first_sync, everything
):
    def refusal(request):
        return (403, REFUSED, {}) if request.path.startswith(f"/ad_accounts/{EUR}/") else None

    changed = changed_world()

    output = sync(changed, everything, first_sync.last_states, refusal)
    third = sync(changed, everything, output.last_states, day="2026-11-26")

    for stream in KEYS:
        expected = next_versions(World(), changed, stream, FIRST_SYNC)
        of_others = [each for each in expected if each["ad_account_id"] != EUR]
        same(of_others, output, stream)
        assert output.statuses[stream] == "INCOMPLETE"
        before, after = first_sync.states(stream)[-1], output.states(stream)[-1]
        assert after[EUR] == before[EUR]
        same([each for each in expected if each["ad_account_id"] == EUR], third, stream)


def test_nothing_of_an_account_that_this_login_does_not_see_any_more_is_gone(
    first_sync, everything
):
    fewer = World(ad_accounts=2)

    output = sync(fewer, everything, first_sync.last_states)

    assert [each for stream in KEYS for each in output.records(stream)] == []
    for stream in KEYS:
        assert output.states(stream)[-1][JPY] == first_sync.states(stream)[-1][JPY]


@pytest.mark.parametrize(
    "broken",
    [(500, {"code": 0, "message": "Oops"}, {}), (200, {"items": [{}], "bookmark": None}, {})],
    ids=["no page", "an item without an id"],
)
def test_a_list_that_is_not_whole_says_nothing_about_what_is_gone(
    broken, first_sync, everything, adjust
):
    def fault(request):
        return broken if request.path == f"/ad_accounts/{USD}/ads" else None

    adjust(tries=1)

    output = sync(World(), everything, first_sync.last_states, fault)

    assert output.statuses["ads_history"] == "INCOMPLETE"
    assert [each for each in output.records("ads_history") if not each["is_listed"]] == []
    known, kept = first_sync.states("ads_history")[-1], output.states("ads_history")[-1]
    assert kept[USD]["entities"] == known[USD]["entities"]


def test_pages_that_shifted_are_not_taken_for_a_deletion(first_sync, everything):
    """The list lacks two ads, and Pinterest has them if it is asked for them."""
    short = World(edition=1)
    for place in (5, 3):
        short.accounts[USD].delete("ad", id_at(short, USD, "ad", place))
    whole = World()

    with FakePinterest(short) as pinterest, FakePinterest(whole) as other:

        def fault(request):
            if request.path == f"/ad_accounts/{USD}/ads" and "ad_ids" in request.params:
                pinterest.world = other.world
            else:
                pinterest.world = short

        pinterest.fault = fault
        output = connector(pinterest, NEXT).read(
            configured(everything, KEYS), first_sync.last_states
        )

    assert output.records("ads_history") == []
    assert output.statuses["ads_history"] == "COMPLETE"


def test_a_list_is_read_once_whoever_needs_it(everything):
    names = [*KEYS, *LISTS, "ad_analytics_daily"]
    with FakePinterest(World()) as pinterest:
        output = connector(pinterest, FIRST).read(configured(everything, names))
        together = lists_read(pinterest)
    with FakePinterest(World()) as pinterest:
        connector(pinterest, FIRST).read(configured(everything, LISTS))
        alone = lists_read(pinterest)

    assert output.exit_code == 0
    assert together == alone
    for stream in KEYS:
        same(versions(World(), stream), output, stream)


def test_what_is_gone_costs_one_request_for_each_account(first_sync, everything):
    """And one more, once per sync, for how Pinterest takes several ids."""
    with FakePinterest(changed_world()) as pinterest:
        connector(pinterest, NEXT).read(configured(everything, KEYS), first_sync.last_states)
        changed = lists_read(pinterest)
    with FakePinterest(World()) as pinterest:
        connector(pinterest, NEXT).read(configured(everything, KEYS), first_sync.last_states)
        unchanged = lists_read(pinterest)

    more = {path: count - unchanged[path] for path, count in changed.items()}
    assert more.pop(f"/ad_accounts/{EUR}/campaigns") == 2  # with the empty page that begins it
    assert more.pop(f"/ad_accounts/{USD}/ads") == 1 + 1
    assert set(more.values()) == {0}


def lists_read(pinterest: FakePinterest) -> Counter[str]:
    return Counter(
        each.path
        for each in pinterest.requests
        if each.path.rpartition("/")[2] in LISTS and "analytics" not in each.path
    )


def test_a_killed_sync_loses_nothing(everything, first_sync):
    """The states that had been printed by then, and a whole sync after it, have everything."""
    changed = changed_world()
    whole = sync(changed, everything, first_sync.last_states)
    lines = [json.loads(line) for line in whole.lines]
    of_stream = [
        number
        for number, line in enumerate(lines)
        if line.get("record", {}).get("stream") == "ads_history"
    ]

    for end in (of_stream[0], of_stream[-1] + 1):
        printed = Output(whole.lines[:end], 1)
        known = {
            each["stream"]["stream_descriptor"]["name"]: each for each in first_sync.last_states
        }
        with suppress(ValueError):
            for state in printed.last_states:
                known[state["stream"]["stream_descriptor"]["name"]] = state
        again = sync(changed, everything, known.values(), day="2026-11-26")

        merged = {
            (each["id"], each["updated_time"]): each
            for each in [*printed.records("ads_history"), *again.records("ads_history")]
        }
        comparison = compare(
            next_versions(World(), changed, "ads_history", FIRST_SYNC),
            merged.values(),
            KEYS["ads_history"],
        )
        assert comparison.same, comparison


def test_a_full_refresh_has_every_version_again(first_sync, everything):
    with FakePinterest(World()) as pinterest:
        output = connector(pinterest, NEXT).read(
            configured(everything, KEYS, "full_refresh"), first_sync.last_states
        )

    for stream in KEYS:
        same(versions(World(), stream), output, stream)


@pytest.mark.parametrize(
    "state",
    [
        {"549755885175": {"date": "2026-11-23", "since": "2026-08-26"}},
        {"549755885175": {"updated_time": 5, "listed_at": 5, "entities": "AAA="}},
        {"updated_time": "2026-11-23"},
    ],
    ids=["of a report", "cut off", "of another connector"],
)
def test_a_state_of_another_kind_is_refused_for_that_stream_only(state, everything):
    states = [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "ads_history"}, "stream_state": state},
        }
    ]

    output = sync(World(), everything, states)

    assert output.statuses["ads_history"] == "INCOMPLETE"
    assert output.statuses["campaigns_history"] == "COMPLETE"
    assert "was not written by this connector" in output.errors[0]["message"]
