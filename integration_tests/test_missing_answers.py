"""Answers that do not come, or lack something: they are requested again, or reported, and everything ends."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from integration_tests.conftest import connector
from integration_tests.connector import Output, configured
from integration_tests.expected.keys import KEYS
from integration_tests.expected.reports import compare, rows
from integration_tests.fake_pinterest import FakePinterest, Request, World
from source_pinterest.http.retry import SYNC

FIRST = {"today": date(2026, 11, 24), "start": date(2026, 8, 27), "end": date(2026, 11, 23)}
USD, EUR = "549755885175", "549756933748"
NOT_FOUND = (404, {"code": 50, "message": "Not found."}, {})
INGRESS = (404, "<html>404 page not found</html>", {})


def read(pinterest: FakePinterest, streams: Any, *names: str, state: Any = ()) -> Output:
    return connector(pinterest).read(configured(streams, names), state)


# --- 404 ---


@pytest.mark.parametrize("answer", [NOT_FOUND, INGRESS], ids=["Pinterest's own", "of an ingress"])
@pytest.mark.parametrize("multi_pin", [True, False])
def test_a_404_for_every_pin_is_no_deletion(multi_pin, answer, discovered):
    world = World(ad_accounts=0, pins=8)
    with FakePinterest(world, multi_pin=multi_pin) as pinterest:
        pinterest.fault = lambda request: (
            answer if "/analytics" in request.path and request.path.startswith("/pins") else None
        )
        first = read(pinterest, discovered, "pin_analytics")
        pinterest.fault = None
        second = read(pinterest, discovered, "pin_analytics", state=first.last_states)

    assert first.statuses["pin_analytics"] == "INCOMPLETE"
    expected = rows(world, "pin_analytics", **FIRST)
    found = [*first.records("pin_analytics"), *second.records("pin_analytics")]
    comparison = compare(expected, found, KEYS["pin_analytics"])
    assert comparison.same, str(comparison)
    assert second.exit_code == 0


def test_a_404_for_all_pins_but_the_first_is_no_deletion(discovered):
    world = World(ad_accounts=0, pins=30)
    first_pin = min((pin["id"] for pin in world.own_pins), key=int)
    with FakePinterest(world, multi_pin=False) as pinterest:
        pinterest.fault = lambda request: (
            NOT_FOUND
            if request.operation == "GET /pins/{pin_id}/analytics" and first_pin not in request.path
            else None
        )
        first = read(pinterest, discovered, "pin_analytics")
        pinterest.fault = None
        second = read(pinterest, discovered, "pin_analytics", state=first.last_states)

    assert first.statuses["pin_analytics"] == "INCOMPLETE"
    table = {
        (row["pin_id"], row["date"]): row
        for row in [*first.records("pin_analytics"), *second.records("pin_analytics")]
    }
    comparison = compare(rows(world, "pin_analytics", **FIRST), table.values(), ["pin_id", "date"])
    assert comparison.same, str(comparison)


@pytest.mark.parametrize("boards", [2, 10])
def test_a_404_for_every_board_is_no_deletion(boards, everything):
    with FakePinterest(World(ad_accounts=0, boards=boards)) as pinterest:
        pinterest.fault = lambda request: NOT_FOUND if "/pins" in request.path else None
        output = read(pinterest, everything, "boards", "board_pins")

    assert output.statuses == {"boards": "COMPLETE", "board_pins": "INCOMPLETE"}


# --- What comes empty ---


def test_an_empty_list_of_ads_is_compared_with_the_total_of_the_ad_account(discovered):
    with FakePinterest(World(ad_accounts=2)) as pinterest:
        pinterest.fault = lambda request: (
            (200, {"items": [], "bookmark": None}, {})
            if request.operation == "GET /ad_accounts/{ad_account_id}/ads" and EUR in request.path
            else None
        )
        first = read(pinterest, discovered, "ad_analytics_daily")
        pinterest.fault = None
        second = read(pinterest, discovered, "ad_analytics_daily", state=first.last_states)

    assert first.statuses["ad_analytics_daily"] == "INCOMPLETE"
    assert f"ad account {EUR}" in first.errors[0]["message"]
    assert "Pinterest lists no ad, but the ad account's own total" in first.errors[0]["message"]
    found = [
        *first.records("ad_analytics_daily"),
        *(row for row in second.records("ad_analytics_daily") if row["ad_account_id"] == EUR),
    ]
    expected = rows(World(ad_accounts=2), "ad_analytics_daily", **FIRST)
    comparison = compare(expected, found, KEYS["ad_analytics_daily"])
    assert comparison.same, str(comparison)


def test_the_first_days_of_the_user_that_are_missing_are_reported_and_asked_for_again(discovered):
    stream = "user_account_analytics"
    with FakePinterest(World(ad_accounts=0)) as pinterest:
        answer = pinterest.user_account_analytics

        def without_40_days(values: Any) -> Any:
            body = answer(values)
            days = body["all"]["daily_metrics"]
            body["all"]["daily_metrics"] = [day for day in days if day["date"] >= "2026-10-05"]
            return body

        pinterest.user_account_analytics = without_40_days  # type: ignore[method-assign]
        first = read(pinterest, discovered, stream)
        asked = [each for each in pinterest.requests if each.path.endswith("/analytics")]
        pinterest.user_account_analytics = answer  # type: ignore[method-assign]
        second = read(pinterest, discovered, stream, state=first.last_states)

    assert len([each for each in asked if each.status == 200]) == 2
    assert "The days 2026-08-27 to 2026-10-04 are missing" in first.logs
    assert [entry["since"] for entry in first.states(stream)[-1].values()] == ["2026-10-05"]
    comparison = compare(
        rows(World(ad_accounts=0), stream, **FIRST), second.records(stream), KEYS[stream]
    )
    assert comparison.same, str(comparison)


def test_an_item_of_another_ad_account_is_left_out(discovered):
    world = World(ad_accounts=2)
    stranger = dict(world.accounts[EUR].campaigns[0])
    with FakePinterest(world) as pinterest:
        listed = [*world.accounts[USD].campaigns, stranger]
        pinterest.fault = lambda request: (
            (200, {"items": listed, "bookmark": None}, {})
            if request.operation == "GET /ad_accounts/{ad_account_id}/campaigns"
            and USD in request.path
            and "campaign_ids" not in request.params
            else None
        )
        output = read(pinterest, discovered, "campaigns")

    of_usd = [row["id"] for row in output.records("campaigns") if row["ad_account_id"] == USD]
    assert stranger["id"] not in of_usd
    assert len(of_usd) == len(world.accounts[USD].campaigns)
    assert "1 of another ad account" in output.errors[0]["message"]


EMPTY_LIST = {"items": [], "bookmark": None}
NO_DAYS = {"all": {"daily_metrics": []}}
NOTHING_OF = {
    "boards": ("GET /boards", EMPTY_LIST),
    "campaigns": ("GET /ad_accounts/{ad_account_id}/campaigns", EMPTY_LIST),
    "conversion_tags": ("GET /ad_accounts/{ad_account_id}/conversion_tags", EMPTY_LIST),
    "top_pins": ("GET /user_account/analytics/top_pins", {"pins": [], "date_availability": {}}),
    "pin_analytics": ("GET /pins/{pin_id}/analytics", NO_DAYS),
    "user_account_analytics": ("GET /user_account/analytics", NO_DAYS),
    "ad_targeting_analytics": (
        "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics",
        {"data": []},
    ),
}
WENT_WRONG = {"code": 12, "message": "Something went wrong on our end."}
QUOTED = "an error in place of the content; Pinterest: 200, "


def named_twice(nothing: dict[str, Any]) -> bytes:
    """JSON in which the name of the content comes before, too, with other content."""
    (name, *_) = nothing
    again = json.dumps({**nothing, "end": None}).encode()[1:]
    return b'{"%b": [{"id": "1"}], %b' % (name.encode(), again)


INSTEAD = {
    "a code": (lambda nothing: (200, {**nothing, **WENT_WRONG}, {}), QUOTED),
    "an error": (lambda nothing: (200, {**nothing, "error": "unavailable"}, {}), QUOTED),
    "a part": (lambda nothing: (206, nothing, {}), "status 206"),
    "twice": (
        lambda nothing: (200, named_twice(nothing), {}),
        "that this endpoint does not return",
    ),
}


@pytest.mark.parametrize("instead", INSTEAD)
@pytest.mark.parametrize("stream", NOTHING_OF)
def test_an_answer_without_content_is_not_taken_for_an_empty_list(stream, instead, everything):
    operation, nothing = NOTHING_OF[stream]
    answer, words = INSTEAD[instead]

    with FakePinterest(World(ad_accounts=1, pins=2), multi_pin=False) as pinterest:
        expected = read(pinterest, everything, stream).records(stream)
        left = iter([answer(nothing)])
        pinterest.fault = lambda request: (
            next(left, None) if request.operation == operation else None
        )
        once = read(pinterest, everything, stream)
        is_left = next(left, None)
        pinterest.fault = lambda request: (
            answer(nothing) if request.operation == operation else None
        )
        always = read(pinterest, everything, stream)

    assert expected
    assert is_left is None
    assert once.statuses == {stream: "COMPLETE"}
    assert once.records(stream) == expected
    assert always.statuses == {stream: "INCOMPLETE"}
    assert always.records(stream) == []
    assert words in always.errors[0]["message"]


@pytest.mark.parametrize("digits", [17, 23])
def test_ids_of_many_digits_stay_apart_though_they_come_as_numbers(digits, everything):
    with FakePinterest(World(ad_accounts=1)) as pinterest:
        (campaign, *_) = pinterest.world.accounts[USD].campaigns
        ids = [10**digits + 1, 10**digits + 2]
        items = [{**campaign, "id": one, "daily_spend_cap": one, "new": one} for one in ids]
        body = json.dumps({"items": items, "bookmark": None}).encode()
        pinterest.fault = lambda request: (
            (200, body, {})
            if request.operation == "GET /ad_accounts/{ad_account_id}/campaigns"
            else None
        )
        output = read(pinterest, everything, "campaigns", "campaigns_history")

    for stream in ("campaigns", "campaigns_history"):
        assert [row["id"] for row in output.records(stream)] == list(map(str, ids))
        assert [row["daily_spend_cap"] for row in output.records(stream)] == ids
        assert [row["new"] for row in output.records(stream)] == ids


@pytest.mark.parametrize("stream", ["conversion_tags", "delivery_metrics"])
def test_a_list_of_one_page_that_has_another_one_is_reported(stream, everything):
    with FakePinterest(World(ad_accounts=1)) as pinterest:
        pinterest.fault = lambda request: (
            (200, {"items": [], "bookmark": "next"}, {}) if stream in request.path else None
        )
        output = read(pinterest, everything, stream)

    assert output.statuses == {stream: "INCOMPLETE"}
    assert "a body that this endpoint does not return" in output.errors[0]["message"]


# --- Everything ends ---


def test_reading_ends_if_bookmarks_lead_on_for_ever_without_a_new_item(discovered, adjust):
    adjust(empty_pages=5)
    with FakePinterest(World(ad_accounts=0, boards=4)) as pinterest:
        numbers = iter(range(10_000))
        boards = pinterest.world.all_boards
        pinterest.fault = lambda request: (
            (200, {"items": [{**board, "new": n} for board in boards], "bookmark": f"page{n}"}, {})
            if request.operation == "GET /boards" and (n := next(numbers)) is not None
            else None
        )
        output = read(pinterest, discovered, "boards", "followers")

    assert output.statuses == {"boards": "INCOMPLETE", "followers": "COMPLETE"}
    assert "does not end" in output.errors[0]["message"]
    assert len(pinterest.requests) < 20


def test_an_ad_account_that_never_answers_costs_few_requests_for_all_its_reports(discovered):
    with FakePinterest(World(ad_accounts=2, pins=0, boards=0)) as pinterest:

        def fault(request: Request) -> Any:
            return (503, "", {}) if f"/ad_accounts/{EUR}/" in request.path else None

        pinterest.fault = fault
        output = read(pinterest, discovered, *KEYS)
        of_the_account = [each for each in pinterest.requests if EUR in each.path]

    ads = [name for name in KEYS if "ad" in name or "campaign" in name]
    assert {output.statuses[name] for name in ads} == {"INCOMPLETE"}
    # three lists, each in every size of a page; the reports do not ask again
    assert len(of_the_account) <= 3 * 5 * SYNC.tries
    for stream in ads:
        assert any(EUR in each["message"] for each in output.errors if stream in each["message"])
