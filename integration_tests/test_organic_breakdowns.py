"""The user's account by breakdown, and the Pins' lifetime metrics, through the real entry point."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import configured
from integration_tests.expected.keys import USER_AND_CATALOG_KEYS as KEYS
from integration_tests.expected.organic_breakdowns import (
    breakdowns,
    lifetime_metrics,
    pin_app_types,
)
from integration_tests.expected.reports import compare
from integration_tests.fake_pinterest import FakePinterest, Request, World
from integration_tests.fake_pinterest.world import is_video

STREAM = "user_account_breakdown_analytics"
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
WINDOW = (date(2026, 10, 25), date(2026, 11, 23))


def test_a_first_sync_has_every_day_of_every_value_and_the_next_one_the_lookback(
    pinterest, everything
):
    catalog = configured(everything, [STREAM])
    options = {"backfill_days": 30, "lookback_days": 7}

    first = connector(pinterest, **options).read(catalog)
    asked = [each for each in pinterest.requests if each.path == "/user_account/analytics"]
    pinterest.today = TOMORROW
    second = connector(pinterest, "2026-11-25", **options).read(catalog, first.last_states)

    expected = breakdowns(pinterest.world, TODAY, *WINDOW)
    assert compare(expected, first.records(STREAM), KEYS[STREAM]).same
    assert len({(each["breakdown"], each["breakdown_value"]) for each in expected}) == 13
    assert len(asked) == 6  # four splits, and a filter with two values
    state = first.states(STREAM)[-1][pinterest.world.user_id]["date"]
    start = date.fromordinal(date.fromisoformat(state).toordinal() - 6)
    again = breakdowns(pinterest.world, TOMORROW, start, date(2026, 11, 24))
    assert compare(again, second.records(STREAM), KEYS[STREAM]).same


def test_a_refused_breakdown_is_left_out_alone(pinterest, everything):
    fields = {STREAM: [*KEYS[STREAM], "data_status", "IMPRESSION"]}

    def fault(request: Request) -> Any:
        is_format = request.params.get("split_field") == ["PIN_FORMAT"]
        return (400, {"code": 1, "message": "Not for you."}, {}) if is_format else None

    pinterest.fault = fault
    output = connector(pinterest, backfill_days=30).read(
        configured(everything, [STREAM], fields=fields)
    )

    expected = breakdowns(
        pinterest.world, TODAY, *WINDOW, fields=fields[STREAM], without=["PIN_FORMAT"]
    )
    assert compare(expected, output.records(STREAM), KEYS[STREAM]).same
    assert output.statuses == {STREAM: "COMPLETE"}
    assert "Pinterest does not give the breakdown PIN_FORMAT of the user's analytics" in output.logs


@pytest.mark.parametrize("status", [400, 403])
def test_if_all_are_refused_the_stream_says_so(pinterest, everything, status):
    def fault(request: Request) -> Any:
        is_report = request.path == "/user_account/analytics"
        return (status, {"code": 1, "message": "Not for you."}, {}) if is_report else None

    pinterest.fault = fault
    output = connector(pinterest, backfill_days=15).read(configured(everything, [STREAM]))

    assert output.statuses == {STREAM: "INCOMPLETE"}
    assert output.records(STREAM) == []


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_pins_by_app_type_are_complete_and_the_next_sync_reads_the_lookback(
    is_closed, everything
):
    """With the endpoint for several Pins, and without it."""
    stream, options = "pin_app_type_analytics", {"backfill_days": 15, "lookback_days": 3}
    world = World(pins=14, ad_accounts=1)
    fields = [*KEYS[stream], "user_id", "data_status", "IMPRESSION", "VIDEO_START"]
    catalog = configured(everything, [stream], fields={stream: fields})
    with FakePinterest(world) as pinterest:
        pinterest.multi_pin = not is_closed
        first = connector(pinterest, **options).read(catalog)
        asked = Counter(each.operation for each in pinterest.requests if each.status == 200)
        pinterest.today = TOMORROW
        second = connector(pinterest, "2026-11-25", **options).read(catalog, first.last_states)

    start, end = date(2026, 11, 9), date(2026, 11, 23)
    expected = pin_app_types(world, TODAY, start, end, fields)
    assert compare(expected, first.records(stream), KEYS[stream]).same
    videos = sum(map(is_video, world.own_pins))
    kinds = [videos, len(world.own_pins) - videos]
    together, alone = "GET /pins/analytics", "GET /pins/{pin_id}/analytics"
    assert min(kinds) > 1
    assert (asked[together], asked[alone]) == ((0, sum(kinds)) if is_closed else (3 * 2, 0))
    state = first.states(stream)[-1][world.user_id]["date"]
    start = date.fromordinal(date.fromisoformat(state).toordinal() - 2)
    again = pin_app_types(world, TOMORROW, start, date(2026, 11, 24), fields)
    assert compare(again, second.records(stream), KEYS[stream]).same


@pytest.mark.parametrize(
    ("stream", "path", "is_read_without"),
    [
        ("pin_app_type_analytics", "/pins", False),
        ("pin_app_type_analytics", "/pins/analytics", True),
        ("pin_app_type_analytics", "/pins/", False),
        ("pin_lifetime_metrics", "/pins", False),
        (STREAM, "/user_account/analytics", False),
    ],
)
def test_a_user_that_is_refused_is_reported_and_the_next_sync_reads_all(
    stream, path, is_read_without, everything
):
    """`path`: what is refused, and what is below it if it ends with a slash."""
    world, options = World(pins=7, ad_accounts=1), {"backfill_days": 15}
    metric = "SAVE" if stream == "pin_lifetime_metrics" else "IMPRESSION"
    fields = [*KEYS[stream], metric]
    catalog = configured(everything, [stream], fields={stream: fields})

    def fault(request: Request) -> Any:
        is_below = path.endswith("/") and request.path.startswith(path)
        is_refused = request.path == path or is_below
        return (403, {"code": 29, "message": "Not permitted."}, {}) if is_refused else None

    with FakePinterest(world) as pinterest:
        whole = connector(pinterest, **options).read(catalog)
        pinterest.fault = fault
        refused = connector(pinterest, **options).read(catalog)
        pinterest.fault = None
        again = connector(pinterest, **options).read(catalog, refused.last_states)

    assert whole.statuses == again.statuses == {stream: "COMPLETE"}
    if is_read_without:
        assert refused.statuses == {stream: "COMPLETE"}
        assert compare(whole.records(stream), refused.records(stream), KEYS[stream]).same
        return
    assert refused.statuses == {stream: "INCOMPLETE"}
    assert refused.records(stream) == []
    assert stream in refused.errors[0]["message"]
    assert compare(whole.records(stream), again.records(stream), KEYS[stream]).same


def test_the_lifetime_metrics_are_a_row_of_each_pin_of_the_users_own(pinterest, everything):
    output = connector(pinterest).read(configured(everything, ["pin_lifetime_metrics"]))

    expected = lifetime_metrics(pinterest.world, TODAY)
    found = output.records("pin_lifetime_metrics")
    assert compare(expected, found, ["pin_id"]).same
    assert expected
    assert {each.path for each in pinterest.requests} == {"/pins"}
