"""Breakdowns are asked for as many at once as Pinterest takes, and an answer may hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.streams.analytics.targeting import (
    AdAccountTargetingAnalyticsDaily,
    AdTargetingAnalytics,
    AdTargetingAnalyticsDaily,
)
from source_pinterest.streams.analytics.targeting_requests import TargetingRequests, parts_of
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, IDS, Pinterest, context


def test_only_the_chosen_breakdowns_are_read_and_they_are_part_of_the_fingerprint():
    sync = context(Pinterest(), targeting_types=["GENDER"])

    found = read(AdTargetingAnalytics(sync))

    assert {each["targeting_value"] for each in found.records} == {"GENDER:a value"}
    other = AdTargetingAnalytics(context(Pinterest(), targeting_types=["GENDER", "AGE_BUCKET"]))
    assert found.state[ACCOUNT]["question"] != other.fingerprint()


def test_a_level_asks_for_no_more_breakdowns_at_once_than_pinterest_takes():
    pinterest = Pinterest()

    read(AdTargetingAnalytics(context(pinterest)))

    asked = [each["targeting_types"].split(",") for each in pinterest.asked("/targeting_analytics")]
    assert max(map(len, asked)) <= LIMITS.targeting_types_per_report
    assert len({name for types in asked for name in types}) == sum(map(len, asked))


def test_the_state_moves_behind_the_last_breakdowns_of_some_ids_only():
    one_id = replace(LIMITS, ids_per_report=1, targeting_types_per_report=2)
    types = ["GENDER", "AGE_BUCKET", "LOCATION"]
    sync = context(Pinterest(), limits=one_id, targeting_types=types)

    found = read(AdTargetingAnalyticsDaily(sync))

    swept = [each[ACCOUNT]["sweep"].get("after") for each in found.states[:-1]]
    assert swept == [*IDS["ads"][:2], None]


def test_an_answer_that_is_too_large_to_wait_is_asked_for_in_parts():
    """An answer of several ids and breakdowns may have no more bytes than were expected."""
    narrow = replace(LIMITS, waiting_bytes=1, bytes_per_cell=1, values_per_targeting_type=1)
    pinterest = Pinterest()
    sync = context(pinterest, limits=narrow, targeting_types=["GENDER", "AGE_BUCKET"])

    found = read(AdTargetingAnalyticsDaily(sync), selected=("SPEND_IN_MICRO_DOLLAR",))

    asked = pinterest.asked("/ads/targeting_analytics")
    smallest = [(each["ad_ids"], each["targeting_types"]) for each in asked]
    assert ("31", "GENDER") in smallest
    assert len(found.records) == len(IDS["ads"]) * 2 * 15
    assert not found.error


def test_no_row_comes_twice_if_pinterest_answers_with_all_breakdowns_each_time(monkeypatch):
    one_type = replace(LIMITS, targeting_types_per_report=1)
    types = ["GENDER", "AGE_BUCKET"]
    sync = context(Pinterest(), limits=one_type, targeting_types=types)
    monkeypatch.setattr(TargetingRequests, "params", lambda *_: {"targeting_types": types})

    found = read(AdTargetingAnalytics(sync))

    keys = [(each["ad_id"], each["targeting_value"]) for each in found.records]
    assert len(keys) == len(set(keys)) == len(IDS["ads"]) * len(types)


def only(types: Callable[[list[str]], list[str]]) -> Pinterest:
    """Answers with rows of some of the breakdowns that a request asks for."""
    pinterest = Pinterest()

    def answer(path: str, query: dict[str, str]) -> Reply | None:
        asked = query.get("targeting_types", "").split(",")
        if not path.endswith("targeting_analytics") or (kept := types(asked)) == asked:
            return None
        body = pinterest.answer(path, {**query, "targeting_types": ",".join(kept)})
        return body if kept else Reply(200, {"data": []})

    pinterest.faults.append(answer)
    return pinterest


@pytest.mark.parametrize("place", [0, -1])
def test_no_breakdown_is_lost_if_pinterest_reads_one_of_several_only(place, caplog):
    """Nor if no ad has keywords, so that an answer about these alone has no rows."""
    types = ["KEYWORD", "GENDER", "AGE_BUCKET"]
    pinterest = only(lambda asked: [kind for kind in [asked[place]] if kind != "KEYWORD"])
    sync = context(pinterest, targeting_types=types)

    found = read(AdTargetingAnalytics(sync))

    keys = [(each["ad_id"], each["targeting_type"]) for each in found.records]
    assert sorted(keys) == [(ad, kind) for ad in sorted(IDS["ads"]) for kind in sorted(types)[:2]]
    assert caplog.text.count("does not understand breakdowns that are joined by commas") == 1
    assert not found.error


@pytest.mark.parametrize("read_ones", [slice(3), slice(-3, None)])
def test_no_breakdown_is_lost_if_pinterest_reads_three_of_several_only(read_ones):
    types = ["AGE_BUCKET", "COUNTRY", "GENDER", "KEYWORD", "LOCATION"]
    pinterest = only(lambda asked: asked[read_ones])

    found = read(AdTargetingAnalytics(context(pinterest, targeting_types=types)))

    keys = [(each["ad_id"], each["targeting_type"]) for each in found.records]
    assert sorted(keys) == [(ad, kind) for ad in sorted(IDS["ads"]) for kind in types]
    assert not found.error


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("types", [["KEYWORD", "TARGETED_INTEREST"], ["GENDER", "KEYWORD"]])
def test_an_answer_without_rows_hides_no_breakdown_if_pinterest_reads_one_of_several_only(
    types, place
):
    """The first ad has rows of one breakdown alone, which is not the one that Pinterest reads."""
    pinterest = Pinterest()
    there = types[-1] if place == 0 else types[0]

    def answer(path: str, query: dict[str, str]) -> Reply | None:
        if not path.endswith("targeting_analytics"):
            return None
        kind = query["targeting_types"].split(",")[place]
        if kind not in ("GENDER", there) and query["ad_ids"] == IDS["ads"][0]:
            return Reply(200, {"data": []})
        return pinterest.answer(path, {**query, "targeting_types": kind})

    pinterest.faults.append(answer)
    one_id = replace(LIMITS, ids_per_report=1)
    found = read(AdTargetingAnalytics(context(pinterest, limits=one_id, targeting_types=types)))

    first = {
        each["targeting_type"] for each in found.records if str(each["ad_id"]) == IDS["ads"][0]
    }
    assert there in first
    assert not found.error


@pytest.mark.parametrize("are_named", [True, False])
@pytest.mark.parametrize("types", [["GENDER", "AGE_BUCKET"], ["KEYWORD", "GENDER", "COUNTRY"]])
def test_breakdowns_that_are_refused_together_only_are_sent_in_another_form(
    types, are_named, caplog
):
    pinterest = Pinterest()

    def answer(path: str, query: dict[str, str]) -> Reply | None:
        if not path.endswith("targeting_analytics") or "," not in query["targeting_types"]:
            return None
        what = f"'{query['targeting_types']}' is no breakdown." if are_named else "Invalid request."
        return Reply(400, {"code": 1, "message": what})

    pinterest.faults.append(answer)

    found = read(AdTargetingAnalytics(context(pinterest, targeting_types=types)))

    keys = [(each["ad_id"], each["targeting_type"]) for each in found.records]
    assert sorted(keys) == [(ad, kind) for ad in sorted(IDS["ads"]) for kind in sorted(types)]
    assert "left out" not in caplog.text
    assert not found.error


@pytest.mark.parametrize(
    ("there", "more"), [(["GENDER", "AGE_BUCKET"], 0), (["GENDER"], 1), (["KEYWORD"], 2), ([], 0)]
)
def test_that_several_breakdowns_are_understood_costs_few_requests_if_no_answer_shows_it(
    there, more
):
    one_id = replace(LIMITS, ids_per_report=1)
    pinterest = only(lambda asked: [kind for kind in asked if kind in there])
    types = ["KEYWORD", "GENDER", "AGE_BUCKET"]
    sync = context(pinterest, limits=one_id, targeting_types=types)

    found = read(AdTargetingAnalytics(sync))

    assert len(found.records) == len(IDS["ads"]) * len(there)
    asked = pinterest.asked("/ads/targeting_analytics")
    assert len(asked) == len(IDS["ads"]) + more


def test_ads_without_impressions_cost_no_more_requests_however_many_their_breakdowns_are_in():
    """Those that every impression has are in the first of three requests."""
    three = replace(LIMITS, targeting_types_per_report=3)
    pinterest = only(lambda _: [])
    types = ["AGE_BUCKET", "COUNTRY", "GENDER", "KEYWORD", "TARGETED_INTEREST", "REGION", "GEO"]
    sync = context(pinterest, limits=three, targeting_types=types)

    found = read(AdTargetingAnalytics(sync))

    assert not found.records
    assert not found.error
    assert len(pinterest.asked("/ads/targeting_analytics")) == 3


def test_a_request_for_another_breakdown_alone_shows_nothing_by_rows_of_others(monkeypatch, caplog):
    sync = context(Pinterest(), targeting_types=["GENDER", "AGE_BUCKET"])
    monkeypatch.setattr(TargetingRequests, "params", lambda *_: {"targeting_types": ["GENDER"]})

    found = read(AdTargetingAnalytics(sync))

    assert {each["targeting_type"] for each in found.records} == {"GENDER"}
    assert "does not understand" not in caplog.text


def test_a_403_leaves_out_no_breakdown_that_every_app_has(caplog):
    """Requests for one day are those of the search for what is refused."""
    pinterest = Pinterest()

    def denied(_: str, query: dict[str, str]) -> Reply | None:
        asked = query.get("targeting_types", "")
        is_search = query.get("start_date") == query.get("end_date")
        if "AGE_BUCKET_AND_GENDER" in asked or (is_search and "LOCATION" in asked):
            return Reply(403, {"code": 29, "message": "You are not permitted."})
        return None

    pinterest.faults.append(denied)
    types = ["GENDER", "LOCATION", "AGE_BUCKET_AND_GENDER"]

    found = read(AdTargetingAnalytics(context(pinterest, targeting_types=types)))

    assert found.error
    assert not re.search("Pinterest refuses .*LOCATION", caplog.text)


def test_an_ad_account_is_one_id():
    found = read(AdAccountTargetingAnalyticsDaily(context(Pinterest(), targeting_types=["GENDER"])))

    assert {each["ad_account_id"] for each in found.records} == {ACCOUNT}
    assert len(found.records) == 15


@pytest.mark.parametrize(
    ("ids", "types", "halves"),
    [
        (["1", "2", "3"], ["A", "B"], [(["1", "2"], ["A", "B"]), (["3"], ["A", "B"])]),
        (["1"], ["A", "B", "C"], [(["1"], ["A", "B"]), (["1"], ["C"])]),
        (["1"], ["A"], []),
    ],
)
def test_ids_are_halved_before_breakdowns(ids, types, halves):
    days = {"start_date": "2026-11-22", "end_date": "2026-11-23"}

    found = parts_of({"ids": ids, "targeting_types": types, **days})

    assert [(each["ids"], each["targeting_types"]) for each in found] == halves
