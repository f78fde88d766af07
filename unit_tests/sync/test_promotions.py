"""Which Pins of ads are read: new ones, those whose ad was updated, and the rest of an interrupted sync."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from source_pinterest.sync.promotions import (
    after_all,
    after_pin,
    covered,
    is_state,
    listed_late,
    promotions,
    with_missing,
)

ACCOUNT = "549755885175"


def ad(ad_id: str, pin_id: str, updated: int) -> dict[str, Any]:
    undated = {} if updated else {"is_undated": True}
    return {"ad_id": ad_id, "pin_id": pin_id, "ad_updated_time": updated, **undated}


ADS = [ad("1", "100", 50), ad("2", "20", 60), ad("3", "100", 70), ad("4", "3", 0)]


def pins(state: dict[str, Any], late: frozenset[str] = frozenset()) -> list[tuple[str, list[str]]]:
    found = promotions(ACCOUNT, ADS, state, late)
    return [(each.pin_id, [each["ad_id"] for each in each.ads]) for each in found]


def test_a_first_reading_has_every_pin_once_in_ascending_order():
    assert pins({}) == [("3", ["4"]), ("20", ["2"]), ("100", ["1", "3"])]


def test_a_later_one_has_the_ads_updated_since_and_those_whose_update_is_unknown():
    assert pins({"ad_updated_time": 60}) == [("3", ["4"]), ("20", ["2"]), ("100", ["3"])]
    assert pins({"ad_updated_time": 71}) == [("3", ["4"])]


def test_a_pin_that_was_refused_is_read_again():
    assert pins({"ad_updated_time": 71, "missing": ["20"]}) == [("3", ["4"]), ("20", ["2"])]


TODAY = date(2026, 11, 24)


def test_an_ad_that_a_list_shows_late_or_with_another_pin_is_read_though_it_was_not_updated():
    state = {"ad_updated_time": 71, "ads": covered(ADS[1:], {}, TODAY)}
    moved = [*ADS[1:3], {**ADS[3], "pin_id": "5"}]

    assert listed_late(ADS[1:], {}, state) == frozenset()
    assert "1" in listed_late(ADS, {}, state)
    assert "4" in listed_late(moved, {}, state)
    assert pins(state, frozenset({"1"})) == [("3", ["4"]), ("100", ["1"])]
    assert listed_late(ADS, {}, {"ad_updated_time": 71}) == frozenset()  # of an older version


def test_an_ad_that_was_created_on_the_day_of_the_list_or_later_is_no_late_one_for_others():
    created = {"3": TODAY, "4": date(2026, 11, 23)}
    state = {"ads": covered([*ADS[:2], ADS[3]], created, TODAY)}

    assert listed_late(ADS, created, state) == {"3"}


def test_an_interrupted_one_goes_on_behind_the_last_pin():
    assert pins({"sweep": {"until": 70, "after": "20"}}) == [("100", ["1", "3"])]


def test_an_ad_that_was_updated_after_the_interrupted_one_began_is_read_though_its_pin_was_done():
    state = {"sweep": {"until": 55, "after": "20"}}

    assert pins(state) == [("20", ["2"]), ("100", ["1", "3"])]


def test_the_state_moves_pin_by_pin_and_says_at_the_end_how_far_it_came():
    state = after_pin({"ad_updated_time": 10}, "20", 70)
    assert state == {"ad_updated_time": 10, "sweep": {"until": 70, "after": "20"}}
    state = after_pin(state, "3", 90)  # an ad that was updated meanwhile
    assert state["sweep"] == {"until": 70, "after": "20"}

    assert after_all(state, 70) == {"ad_updated_time": 70}
    assert after_all({"ad_updated_time": 80}, 70) == {"ad_updated_time": 80}
    assert after_all({"ads": "before"}, 70, "now") == {"ad_updated_time": 70, "ads": "now"}
    assert after_all({"ads": "before"}, None) == {"ads": "before"}
    assert after_all({}, None) == {}


def test_a_refused_pin_is_remembered_until_it_was_read():
    state = with_missing({"ad_updated_time": 1}, "7", True)

    assert state == {"ad_updated_time": 1, "missing": ["7"]}
    assert with_missing(state, "7", False) == {"ad_updated_time": 1}


@pytest.mark.parametrize(
    "value",
    [
        7,
        {"ad_updated_time": "2026-11-24"},
        {"ad_updated_time": True},
        {"ads": "2026-11-24"},
        {"ads": None},
        {"sweep": {"until": 1}},
        {"sweep": {"until": 1, "after": 2}},
        {"sweep": []},
        {"missing": {"7": 1}},
        {"missing": ["a"]},
    ],
)
def test_what_this_connector_cannot_have_written_is_no_state(value):
    assert not is_state(value)


def test_what_it_has_written_is_a_state_and_unknown_parts_are_ignored():
    assert is_state({"ad_updated_time": 1, "missing": ["7"], "new": 1})
    assert is_state(after_pin({}, "7", 70))
    assert is_state({})
