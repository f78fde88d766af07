"""The passes of an account: what is emitted, what the state says behind it, and what is missing."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.streams.analytics.ads import AdAnalytics, AdAnalyticsDaily
from source_pinterest.streams.analytics.organic import PinAnalytics
from unit_tests.http.scripted import Reply
from unit_tests.streams.analytics.reading import read
from unit_tests.streams.pinterest import ACCOUNT, IDS, Pinterest, context

DAYS = 15
FIRST, LAST = "2026-11-09", "2026-11-23"


def refusing(*ids: str) -> Any:
    """Of reports: a 400 for each request that names one of these ids."""

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        asked = query.get("ad_ids", "").split(",")
        is_report = path.endswith("/analytics") and set(asked) & set(ids)
        return Reply(400, {"code": 1, "message": "No."}) if is_report else None

    return fault


def test_a_first_sync_reads_all_days_and_says_so_behind_them():
    found = read(AdAnalyticsDaily(context(Pinterest(), reconcile=False)))

    assert len(found.records) == len(IDS["ads"]) * DAYS
    assert not found.error
    state = found.state[ACCOUNT]
    assert (state["since"], state["date"]) == (FIRST, LAST)
    assert "sweep" not in state
    assert found.states[0][ACCOUNT]["sweep"] == {"start": FIRST, "end": LAST, "done": True}


def test_the_next_sync_reads_the_lookback_again():
    first = read(AdAnalyticsDaily(context(Pinterest(), reconcile=False)))
    options = {"reconcile": False, "lookback_days": 3}
    days = {"date": "2026-11-22", "since": FIRST}
    state = {ACCOUNT: {**first.state[ACCOUNT], **days}}
    pinterest = Pinterest()

    found = read(AdAnalyticsDaily(context(pinterest, **options)), state)

    (asked,) = pinterest.asked("/ads/analytics")
    assert (asked["start_date"], asked["end_date"]) == ("2026-11-20", LAST)
    assert {each["date"] for each in found.records} == {f"2026-11-{n}" for n in range(20, 24)}


def test_what_an_earlier_attempt_has_read_is_not_read_again():
    sweep = {"start": FIRST, "end": LAST, "after": "31"}
    stream = AdAnalyticsDaily(context(Pinterest(), reconcile=False))
    state = {ACCOUNT: {"question": stream.fingerprint(), "sweep": sweep}}

    found = read(stream, state)

    assert {each["ad_id"] for each in found.records} == {"32", "33"}


def test_a_refused_id_is_left_out_alone_and_requested_again():
    pinterest = Pinterest()
    pinterest.faults.append(refusing("32"))

    found = read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert {each["ad_id"] for each in found.records} == {"31", "33"}
    assert "left out" in found.error
    assert "32" in found.error
    assert found.states[-1][ACCOUNT]["missing"] == {"32": FIRST}

    again = read(AdAnalyticsDaily(context(Pinterest(), reconcile=False)), found.states[-1])

    assert {each["date"] for each in again.records if each["ad_id"] == "32"} >= {FIRST, LAST}
    assert "missing" not in again.state[ACCOUNT]


def test_an_account_that_fails_has_an_error_and_no_state():
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: Reply(403, {"code": 29}) if path.endswith("/ads/analytics") else None
    )

    found = read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert found.records == []
    assert f"ad_analytics_daily of ad account {ACCOUNT}, {FIRST} to {LAST}" in found.error
    assert all(ACCOUNT not in each for each in found.states)


def test_a_list_that_cannot_be_read_names_its_account():
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: Reply(403, {"code": 29}) if path.endswith("/ads") else None
    )

    found = read(AdAnalyticsDaily(context(pinterest)))

    assert found.records == []
    assert ACCOUNT in found.error


def test_an_item_without_an_id_is_noted_until_the_list_is_whole():
    pinterest = Pinterest()
    items = [{"id": "31", "name": "a"}, {"name": "without"}]
    pinterest.faults.append(
        lambda path, _: (
            Reply(200, {"items": items, "bookmark": None}) if path.endswith("/ads") else None
        )
    )

    found = read(AdAnalyticsDaily(context(pinterest, reconcile=False)))

    assert "without id" in found.error
    assert found.states[-1][ACCOUNT]["unlisted"] is True


def test_an_id_that_the_list_shows_late_is_read_for_the_whole_window(caplog):
    caplog.set_level(logging.INFO)
    ids = list(IDS["ads"])
    pinterest = Pinterest()
    few = [{"id": each, "name": "a"} for each in ids[:2]]
    pinterest.faults.append(
        lambda path, _: (
            Reply(200, {"items": few, "bookmark": None}) if path.endswith("/ads") else None
        )
    )
    options = {"reconcile": False, "lookback_days": 1}
    first = read(AdAnalyticsDaily(context(pinterest, **options)))

    found = read(AdAnalyticsDaily(context(Pinterest(), **options)), first.state)

    assert {each["ad_id"] for each in found.records} >= {ids[2]}
    assert {each["date"] for each in found.records if each["ad_id"] == ids[2]} >= {FIRST, LAST}
    assert "may be new to the state" in caplog.text


def test_a_total_keeps_no_ids_once_it_is_complete():
    found = read(AdAnalytics(context(Pinterest())))

    assert len(found.records) == len(IDS["ads"])
    assert "ids" in found.states[0][ACCOUNT]
    assert "ids" not in found.state[ACCOUNT]


def test_before_it_begins_it_says_what_it_is_going_to_ask_for(caplog):
    caplog.set_level(logging.INFO)

    read(AdAnalyticsDaily(context(Pinterest(), reconcile=False)))

    assert f"ad_analytics_daily: {FIRST} to {LAST}, 3 ads of 1 ad account, 1 request" in caplog.text


@pytest.mark.parametrize("is_full_refresh", [True, False])
def test_a_full_refresh_reads_everything_whatever_the_state_says(is_full_refresh):
    options = {"reconcile": False, "lookback_days": 0}
    first = read(AdAnalyticsDaily(context(Pinterest(), **options)))

    again = read(
        AdAnalyticsDaily(context(Pinterest(), **options)),
        first.state,
        is_full_refresh=is_full_refresh,
    )

    assert len(again.records) == (len(first.records) if is_full_refresh else 0)


def test_a_pin_that_was_deleted_after_it_was_listed_is_no_error(caplog):
    caplog.set_level(logging.INFO)
    pinterest = Pinterest()
    pinterest.faults.append(
        lambda path, _: Reply(403, {"code": 7}) if path == "/pins/analytics" else None
    )
    pinterest.faults.append(
        lambda path, _: Reply(404, {"code": 50}) if path == "/pins/72/analytics" else None
    )

    found = read(PinAnalytics(context(pinterest)))

    assert {each["pin_id"] for each in found.records} == {"71"}
    assert not found.error
    assert found.state["1"]["missing"] == {"72": FIRST}
    assert "Pin 72 was deleted after the list of Pins was read" in caplog.text


class Body(bytes):
    """An answer that counts how many are held."""

    held = 0

    def __init__(self, _: bytes) -> None:
        Body.held += 1

    def __del__(self) -> None:
        Body.held -= 1


def test_an_answer_that_was_emitted_is_not_held_while_the_next_one_comes(monkeypatch):
    one_by_one = replace(LIMITS, ids_per_report=1, requests_ahead=1)
    pinterest = Pinterest()
    sync = context(pinterest, reconcile=False, limits=one_by_one)
    get_array = sync.client.get_array
    monkeypatch.setattr(sync.client, "get_array", lambda *asked: Body(get_array(*asked)))
    held: list[int] = []

    def before(request: Any) -> None:
        if "/ads/analytics" in request.url:
            # the thread of an answer has it until it ends, which may be after the answer was emitted
            for thread in threading.enumerate():
                if thread.name == "pool" and thread is not threading.current_thread():
                    thread.join()
            held.append(Body.held)

    pinterest.before = before

    read(AdAnalyticsDaily(sync))

    assert held == [0] * len(IDS["ads"])


@pytest.mark.parametrize(
    ("size", "factor"), [(1 << 19, 1), (2 << 20, 4), (8 << 20, 6)], ids=["small", "large", "huge"]
)
def test_what_an_answer_weighs_is_learned_from_large_ones(size, factor, monkeypatch):
    """33 bytes a value, at first; 50 times as many of a huge answer, which are believed up to 200."""
    one_by_one = replace(LIMITS, ids_per_report=1, requests_ahead=1)
    sync = context(Pinterest(), reconcile=False, limits=one_by_one)
    get_array = sync.client.get_array
    stream = AdAnalyticsDaily(sync)
    monkeypatch.setattr(stream, "cells", lambda _: 16_000)
    monkeypatch.setattr(
        sync.client, "get_array", lambda *asked: get_array(*asked)[:-1] + b" " * size + b"]"
    )
    weights: list[int] = []
    submit = sync.pool.submit

    def submitted(work: Any, category: str, account: str, weight: int) -> Any:
        if category == stream.category:
            weights.append(weight)
        return submit(work, category, account, weight)

    monkeypatch.setattr(sync.pool, "submit", submitted)

    read(stream)

    assert weights[0] == 16_000
    assert [round(each / 16_000, 1) for each in weights[1:]] == pytest.approx(
        [factor, factor], rel=0.05
    )
