"""The rankings of the user's Pins through the real entry point."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import USER_AND_CATALOG_KEYS as KEYS
from integration_tests.expected.reports import compare
from integration_tests.expected.user_and_catalogs import ORDERS, rankings
from integration_tests.fake_pinterest.rankings import ranking
from integration_tests.schemas import misfits

STREAMS = ["top_pins", "top_video_pins"]
WINDOW = (date(2026, 8, 27), date(2026, 11, 23))


@pytest.fixture(scope="module")
def sync(server, everything) -> Output:
    server.requests.clear()
    return connector(server).read(configured(everything, STREAMS))


@pytest.mark.parametrize("stream", STREAMS)
def test_each_order_has_its_pins_once_in_their_places(stream, server, sync):
    expected = rankings(server.world, stream, *WINDOW)

    comparison = compare(expected, sync.records(stream), KEYS[stream])

    assert comparison.same, str(comparison)
    assert expected
    assert sync.statuses[stream] == "COMPLETE"
    places = Counter(record["sort_by"] for record in sync.records(stream))
    assert list(places) == ORDERS[stream]
    for sort_by, pins in places.items():
        ranks = [each["rank"] for each in sync.records(stream) if each["sort_by"] == sort_by]
        assert ranks == list(range(1, pins + 1))


def test_a_ranking_ends_at_the_50th_pin_and_has_pins_of_others(server, sync):
    own = {pin["id"] for pin in server.world.all_pins}
    records = sync.records("top_pins")

    assert Counter(record["sort_by"] for record in records)["SAVE"] == 50
    assert {record["pin_id"] for record in records} - own


def test_it_takes_one_request_for_each_order_and_one_for_the_user(server, sync):
    assert sync.exit_code == 0
    paths = Counter(request.path for request in server.requests)

    again = paths - Counter(
        {
            "/user_account": 1,
            "/user_account/analytics/top_pins": 5,
            "/user_account/analytics/top_video_pins": 9,
        }
    )
    # the first day is refused, twice, to whichever stream asks before the other has found out
    assert set(again) <= {f"/user_account/analytics/{stream}" for stream in STREAMS}
    assert set(again.values()) == {2}


@pytest.mark.parametrize("stream", STREAMS)
def test_it_is_a_full_refresh_whose_records_fit_their_schema(stream, everything, sync):
    (found,) = [each for each in everything if each["name"] == stream]

    assert misfits(found["json_schema"], sync.records(stream)) == []
    assert found["supported_sync_modes"] == ["full_refresh"]
    assert found["source_defined_primary_key"] == [[field] for field in KEYS[stream]]
    assert set().union(*sync.records(stream)) <= found["json_schema"]["properties"].keys()


def test_a_count_is_an_integer_whatever_pinterest_answers(server, sync):
    answered = [
        pin["metrics"].get("SAVE")
        for sort_by in ORDERS["top_pins"]
        for pin in ranking(
            server.world, "top_pins", sort_by=sort_by, start=WINDOW[0], end=WINDOW[1]
        )["pins"]
    ]

    assert {type(count) for count in answered} >= {int, float}
    read = [record.get("SAVE") for record in sync.records("top_pins")]
    assert {type(count) for count in read} <= {int, type(None)}


def test_the_next_day_has_another_window_and_other_keys(server, everything, sync):
    server.today = date(2026, 11, 25)
    try:
        output = connector(server, "2026-11-25", backfill_days=30).read(
            configured(everything, ["top_pins"])
        )
    finally:
        server.today = date(2026, 11, 24)

    expected = rankings(server.world, "top_pins", date(2026, 10, 26), date(2026, 11, 24))
    comparison = compare(expected, output.records("top_pins"), KEYS["top_pins"])
    assert comparison.same, str(comparison)
    first = {
        tuple(record[name] for name in KEYS["top_pins"]) for record in sync.records("top_pins")
    }
    assert not first & {
        tuple(record[name] for name in KEYS["top_pins"]) for record in output.records("top_pins")
    }


def test_an_order_that_is_refused_is_named_and_the_others_are_read(pinterest, everything):
    pinterest.fault = lambda request: (
        (403, {"code": 403, "message": "No right."}, {})
        if request.params.get("sort_by") == ["SAVE"]
        else None
    )

    output = connector(pinterest).read(configured(everything, ["top_pins"]))

    expected = [
        row for row in rankings(pinterest.world, "top_pins", *WINDOW) if row["sort_by"] != "SAVE"
    ]
    comparison = compare(expected, output.records("top_pins"), KEYS["top_pins"])
    assert comparison.same, str(comparison)
    assert output.statuses == {"top_pins": "INCOMPLETE"}
    named = f"top_pins of user {pinterest.world.user_id} by SAVE, 2026-08-26 to 2026-11-23: "
    assert named in output.errors[0]["message"]


def test_when_midnight_passes_the_window_begins_one_day_later_and_the_log_says_why(
    pinterest, everything
):
    pinterest.today = date(2026, 11, 25)  # the sync has begun on the 24th

    def clock() -> datetime:
        now = "2026-11-25T00:01:00+00:00" if pinterest.requests else "2026-11-24T23:59:00+00:00"
        return datetime.fromisoformat(now)

    output = replace(connector(pinterest), now=clock).read(configured(everything, ["top_pins"]))

    expected = rankings(pinterest.world, "top_pins", date(2026, 8, 28), date(2026, 11, 23))
    comparison = compare(expected, output.records("top_pins"), KEYS["top_pins"])
    assert comparison.same, str(comparison)
    assert output.statuses == {"top_pins": "COMPLETE"}
    for day in ("2026-08-26", "2026-08-27"):
        assert (
            f"WARN Pinterest refused {day} as the first day of synchronous reports twice: midnight (UTC) "
            "has passed since the sync began." in output.logs
        )


def test_a_first_day_that_goes_on_being_refused_is_an_error(pinterest, everything):
    pinterest.lookback_days = 30

    output = connector(pinterest).read(configured(everything, ["top_pins"]))

    assert output.records("top_pins") == []
    assert output.statuses == {"top_pins": "INCOMPLETE"}
    assert "You can only get data from the last 90 days." in output.errors[0]["message"]


@pytest.mark.parametrize("pin", [{"metrics": {"SAVE": 1}}, {"pin_id": None}])
def test_a_place_without_a_pin_is_an_error_and_not_a_row(pin, pinterest, everything):
    pinterest.fault = lambda request: (
        (200, {"sort_by": "SAVE", "pins": [pin]}, {}) if "top_pins" in request.path else None
    )

    output = connector(pinterest).read(configured(everything, ["top_pins"]))

    assert output.records("top_pins") == []
    assert "has no pin_id" in output.errors[0]["message"]
