"""The probes of the user and the user's Pins, above all at unexpected answers."""

from __future__ import annotations

import pytest

from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import organic
from source_pinterest.verify.subject import NotAsked
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import (
    Account,
    Request,
    exchange,
    found,
    page,
    refusal,
    results,
    seen,
)

PINS = "GET /pins"
TOGETHER = "GET /pins/analytics"
TOP_PINS = "GET /user_account/analytics/top_pins"
READY = "GET /resources/metrics_ready_state"
WEEK = [f"2026-11-{day}" for day in range(17, 24)]


def pin(number: int, **more: object) -> dict[str, object]:
    return {"id": str(number), "is_owner": True, "created_at": "2026-01-31T01:40:29", **more}


def daily(*days: str, status: str = "READY") -> dict[str, object]:
    return {
        "all": {
            "daily_metrics": [
                {"date": day, "data_status": status, "metrics": {"IMPRESSION": 1}} for day in days
            ]
        }
    }


def pins(*items: dict[str, object], **answers: object):
    usual = {
        PINS: page(*items),
        TOGETHER: lambda request: Reply(
            200, {each: daily(*WEEK) for each in request.value("pin_ids").split(",")}
        ),
        "GET /pins/1/analytics": Reply(200, daily(*WEEK)),
    }
    return found(organic.pins, {**usual, **answers})


def test_pins_of_ones_own_show_most_beliefs():
    user = Reply(200, {"username": "someone", "pin_count": 2})

    findings = pins(pin(1), pin(2), **{"GET /user_account": user})

    told = results(findings)
    assert told.pop("own-pins") is Result.UNKNOWN
    assert set(told.values()) == {Result.HOLDS}
    assert len(told) == 5


@pytest.mark.parametrize(
    ("answer", "words"),
    [(refusal("No."), "Pins: Pinterest: 400, code 1, No"), (page(), "You have no Pins")],
)
def test_without_pins_nothing_is_told_of_them(answer, words):
    with pytest.raises(NotAsked, match=words):
        found(organic.pins, {PINS: answer})


def test_metrics_that_come_without_asking_are_counted():
    finding = pins(pin(1, pin_metrics={"all_time": {}}), pin(2))["pin-metrics-on-request"]

    assert (finding.result, finding.detail) == (
        Result.DIFFERS,
        "1 of 2 Pins have it without asking.",
    )


def test_a_count_above_the_whole_list_shows_that_protected_pins_are_missing():
    user = Reply(200, {"username": "someone", "pin_count": 1_234})

    finding = pins(pin(1), pin(2), **{"GET /user_account": user})["protected-pins"]

    assert finding.result is Result.DIFFERS
    assert finding.detail == "The list has 2 Pins, and your record says 1,234."


def test_a_short_first_page_is_followed_by_the_next_one():
    def answer(request: Request) -> Reply:
        return page(pin(3)) if request.value("bookmark") else page(pin(1), pin(2), bookmark="b")

    user = Reply(200, {"username": "someone", "pin_count": 3})
    finding = pins(**{PINS: answer, "GET /user_account": user})["protected-pins"]

    assert finding.result is Result.HOLDS
    assert finding.detail == "The list has 3 Pins, and your record says 3."


def by_form(by_commas: list[str], by_keys: list[str]):
    def answer(request: Request) -> Reply:
        came = by_keys if len(request.query["pin_ids"]) > 1 else by_commas
        return Reply(200, {each: daily(*WEEK) for each in came})

    return answer


@pytest.mark.parametrize(
    ("answer", "result", "detail"),
    [
        (by_form(["1", "2"], []), Result.HOLDS, "Of two Pins in one value, 2 came."),
        (by_form(["1"], ["1", "2"]), Result.HOLDS, "Of two Pins with the key repeated, 2 came."),
        (by_form(["1"], ["2"]), Result.DIFFERS, "Of two Pins with the key repeated, 1 came."),
        (refusal("Bad."), Result.DIFFERS, "Pinterest: 400, code 1, Bad."),
        (refusal("Beta.", 403, 29), Result.DIFFERS, "Pinterest: 403, code 29, Beta."),
    ],
)
def test_several_pins_at_once_are_asked_for_in_both_forms(answer, result, detail):
    finding = pins(pin(1), pin(2), **{TOGETHER: answer})["several-pins-at-once"]

    assert (finding.result, finding.detail) == (result, detail)


def test_videos_are_not_asked_for_together_and_have_their_own_metrics():
    video = {"creative_type": "VIDEO"}
    account = Account(
        {
            PINS: page(pin(1, **video), pin(2, **video)),
            "GET /pins/1/analytics": Reply(200, daily(*WEEK)),
        }
    )

    findings = account.found(organic.pins)

    assert findings["several-pins-at-once"].result is Result.UNKNOWN
    assert account.asked(TOGETHER) == []
    (request,) = account.asked("GET /pins/1/analytics")
    assert "VIDEO_MRC_VIEW" in request.value("metric_types")
    assert "of a video: accepted." in findings["metrics-by-type-of-pin"].detail


@pytest.mark.parametrize(
    ("created_at", "days", "result", "detail"),
    [
        (
            "2026-01-31T01:40:29",
            WEEK[:-1],
            Result.DIFFERS,
            "Of the last 7 days of a Pin, 1 are missing.",
        ),
        (
            "2026-11-22T01:40:29",
            WEEK[-2:],
            Result.HOLDS,
            "Of the last 2 days of a Pin, 0 are missing.",
        ),
        ("yesterday", [], Result.HOLDS, "Of the last 0 days of a Pin, 0 are missing."),
    ],
)
def test_days_are_missing_only_from_the_creation_of_a_pin_on(created_at, days, result, detail):
    alone = {"GET /pins/1/analytics": Reply(200, daily(*days))}

    finding = pins(pin(1, created_at=created_at), **alone)["days-without-activity"]

    assert (finding.result, finding.detail) == (result, detail)


def test_refused_metrics_of_a_pin_leave_its_days_open():
    findings = pins(pin(1), **{"GET /pins/1/analytics": refusal("Bad metric.")})

    assert findings["metrics-by-type-of-pin"].result is Result.DIFFERS
    assert "days-without-activity" not in findings


@pytest.mark.parametrize(
    ("answer", "result"),
    [(refusal("Not yours.", 403, 29), Result.HOLDS), (Reply(200, daily()), Result.DIFFERS)],
)
def test_analytics_of_anothers_pin_are_believed_to_be_refused(answer, result):
    finding = pins(pin(1), pin(2, is_owner=False), **{"GET /pins/2/analytics": answer})["own-pins"]

    assert finding.result is result
    assert finding.detail.startswith("1 of 2 are not your own; one of them: ")


def test_only_pins_of_others_end_the_probe():
    with pytest.raises(NotAsked, match="on the first page is your own"):
        pins(pin(1, is_owner=False))


def test_analytics_without_days_and_a_new_status_of_a_day_are_told():
    findings = seen(
        organic.days,
        exchange("/pins/analytics", {"1": daily("2026-11-23", status="GUESSED"), "2": {"all": []}}),
        exchange("/user_account/analytics", daily("2026-11-23")),
    )

    assert findings["shape-of-organic-analytics"].result is Result.DIFFERS
    assert findings["shape-of-organic-analytics"].detail == "2 of 3 answers have it."
    assert findings["statuses-of-days"].result is Result.DIFFERS
    assert findings["statuses-of-days"].detail == "GUESSED, READY."


def test_without_an_answer_there_is_no_shape_of_analytics():
    with pytest.raises(NotAsked, match="were answered"):
        seen(organic.days, exchange("/user_account/analytics", {}, status=403))


@pytest.mark.parametrize(
    ("body", "result", "detail"),
    [
        ({"pins": [{}, {}]}, Result.HOLDS, "2 Pins; `date_availability` is null."),
        (
            {"pins": [], "date_availability": {"b": 1, "a": 2}},
            Result.HOLDS,
            "0 Pins; `date_availability` is an object of a, b.",
        ),
        (
            {"pins": [], "date_availability": "soon"},
            Result.DIFFERS,
            "0 Pins; `date_availability` is a str.",
        ),
        ([], Result.DIFFERS, "0 Pins; `date_availability` is null."),
    ],
)
def test_the_shape_of_a_ranking_is_told(body, result, detail):
    finding = found(organic.rankings, {TOP_PINS: Reply(200, body)})["shape-of-rankings"]

    assert (finding.result, finding.detail) == (result, detail)


def test_interests_are_those_of_the_user_whatever_the_name():
    account = Account(
        {
            "GET /user_account": Reply(200, {"username": "so/me one"}),
            "GET /users/so%2Fme%20one/interests/follow": page(),
        }
    )

    findings = account.found(organic.interests)

    assert findings["interests-endpoint"].detail == "Answered."


def test_without_a_user_nothing_is_told_of_one():
    nobody = {"GET /user_account": refusal("No.", 403, 29)}

    for probe in (organic.interests, organic.counts):
        with pytest.raises(NotAsked, match="who is logged in"):
            found(probe, nobody)


@pytest.mark.parametrize(
    ("answer", "result", "detail"),
    [
        (
            Reply(200, {"conversion_metrics_ready": False, "non_conversion_metrics_ready": True}),
            Result.HOLDS,
            "Yesterday: conversion_metrics_ready false, non_conversion_metrics_ready true.",
        ),
        (
            Reply(200, {"conversion_metrics_ready": True}),
            Result.DIFFERS,
            "Yesterday: conversion_metrics_ready true.",
        ),
        (refusal("No."), Result.DIFFERS, "Pinterest: 400, code 1, No."),
    ],
)
def test_both_flags_of_yesterday_are_expected(answer, result, detail):
    account = Account({READY: answer})

    finding = account.found(organic.ready)["days-that-are-ready"]

    assert (finding.result, finding.detail) == (result, detail)
    assert account.asked(READY)[0].value("date") == "2026-11-23"


@pytest.mark.parametrize(
    ("user", "result", "detail"),
    [
        (
            {"monthly_views": -1, "website_url": "", "pin_count": 0},
            Result.HOLDS,
            "monthly_views, website_url in your record.",
        ),
        ({"pin_count": 0}, Result.UNKNOWN, "Your record has neither."),
    ],
)
def test_counts_that_stand_for_none_are_named(user, result, detail):
    finding = found(organic.counts, {"GET /user_account": Reply(200, user)})["counts-of-the-user"]

    assert (finding.result, finding.detail) == (result, detail)


def test_answers_by_value_and_pins_themselves_are_no_days():
    by_value = exchange(
        "/user_account/analytics",
        {"WEB": daily(*WEEK)["all"]},
        query=(("split_field", "APP_TYPE"),),
    )
    days = exchange("/pins/1/analytics", daily(*WEEK))

    findings = seen(organic.days, by_value, exchange("/pins/1", {"id": "1"}), days)

    assert findings["shape-of-organic-analytics"].result is Result.HOLDS
    assert findings["shape-of-organic-analytics"].detail == "1 of 1 answer have it."
