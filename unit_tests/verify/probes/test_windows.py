"""The probes of windows, where Pinterest goes back less far or refuses for another reason."""

from __future__ import annotations

import pytest

from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import windows
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import ACCOUNT, Account, Request, found, refusal, results

ANALYTICS = f"GET {ACCOUNT}/analytics"
USER_ANALYTICS = "GET /user_account/analytics"
MAKE = f"POST {ACCOUNT}/reports"
OUT_OF_WINDOW = refusal("You can only get data from the last 90 days.")
ROWS = Reply(200, [{"DATE": "2026-11-23", "SPEND_IN_DOLLAR": 1.5}])


def test_an_accepted_first_day_shows_three_beliefs_at_once():
    account = Account({ANALYTICS: ROWS})

    findings = account.found(windows.of_ads)

    (request,) = account.asked(ANALYTICS)
    assert (request.value("start_date"), request.value("end_date")) == ("2026-08-26", "2026-11-23")
    assert results(findings) == {
        "first-day-90-days-back": Result.HOLDS,
        "window-refusals-may-pass": Result.UNKNOWN,
        "windows-of-90-days": Result.HOLDS,
        "date-of-daily-rows": Result.HOLDS,
    }


def test_a_refusal_that_passes_after_a_second_is_told():
    account = Account({ANALYTICS: [OUT_OF_WINDOW, ROWS]})

    findings = account.found(windows.of_ads)

    assert account.clock.sleeps == [1.0]
    assert findings["window-refusals-may-pass"].result is Result.HOLDS
    assert findings["first-day-90-days-back"].result is Result.HOLDS


def test_a_first_day_that_is_accepted_only_a_day_later_differs():
    def answer(request: Request) -> Reply:
        return ROWS if request.value("start_date") >= "2026-08-27" else OUT_OF_WINDOW

    findings = found(windows.of_ads, {ANALYTICS: answer})

    assert findings["first-day-90-days-back"].result is Result.DIFFERS
    assert findings["first-day-90-days-back"].detail.endswith("89 days back: accepted.")
    assert findings["window-refusals-may-pass"].result is Result.UNKNOWN


def test_a_refusal_of_both_days_tells_nothing_of_the_day():
    findings = found(windows.of_ads, {ANALYTICS: OUT_OF_WINDOW})

    assert findings["first-day-90-days-back"].result is Result.UNKNOWN
    assert "windows-of-90-days" not in findings


def test_a_refusal_about_something_else_is_not_taken_for_one_of_the_day():
    findings = found(windows.of_ads, {ANALYTICS: refusal("Bad granularity.")})

    assert findings["first-day-90-days-back"].result is Result.UNKNOWN
    assert findings["first-day-90-days-back"].detail.endswith("which is not about the day.")


@pytest.mark.parametrize(
    ("rows", "result"),
    [
        ([], Result.UNKNOWN),
        ([{"DATE": "24.11.2026"}, {"DATE": "2026-11-23"}], Result.DIFFERS),
        ([{"DATE": 20261123}], Result.DIFFERS),
        ({"data": []}, Result.UNKNOWN),
    ],
)
def test_daily_rows_have_their_day_in_one_form(rows, result):
    findings = found(windows.of_ads, {ANALYTICS: Reply(200, rows)})

    assert findings["date-of-daily-rows"].result is result


def test_metrics_of_the_user_are_asked_for_on_the_first_day_that_is_accepted():
    account = Account({USER_ANALYTICS: [OUT_OF_WINDOW, Reply(200, {})]})

    findings = account.found(windows.of_the_user)

    assert results(findings) == {
        "first-day-of-organic-reports": Result.DIFFERS,
        "metrics-of-the-user": Result.HOLDS,
    }
    assert [each.value("start_date") for each in account.asked(USER_ANALYTICS)] == [
        *("2026-08-26", "2026-08-27"),
    ]


@pytest.mark.parametrize(
    ("probe", "first", "next_day", "field", "value"),
    [
        (windows.of_asynchronous_reports, "2024-05-24", "2024-05-25", "granularity", "DAY"),
        (windows.of_hourly_reports, "2026-11-16", "2026-11-17", "granularity", "HOUR"),
        (windows.of_product_items, "2026-08-24", "2026-08-25", "level", "PRODUCT_ITEM"),
    ],
)
def test_each_kind_of_asynchronous_report_is_asked_for_on_its_own_first_day(
    probe, first, next_day, field, value
):
    def answer(request: Request) -> Reply:
        is_first = request.content["start_date"] == first
        return refusal("start_date is too old.") if is_first else Reply(200, {"token": "t"})

    account = Account({MAKE: answer})

    findings = account.found(probe)

    (name,) = probe.beliefs
    assert findings[name].result is Result.DIFFERS
    contents = [each.content for each in account.asked(MAKE)]
    assert {contents[0]["start_date"], contents[0]["end_date"]} == {first}
    assert contents[-1]["start_date"] == next_day
    assert {each[field] for each in contents} == {value}


@pytest.mark.parametrize(
    ("answers", "result", "detail"),
    [
        ([Reply(200, {"token": "t"})], Result.HOLDS, "186 days: accepted."),
        (
            [refusal("Less than 186 days."), Reply(200, {"token": "t"})],
            Result.DIFFERS,
            "186 days: Pinterest: 400, code 1, Less than 186 days. 185 days: accepted.",
        ),
        (
            [refusal("Not for you.", 403, 29)],
            Result.UNKNOWN,
            "186 days: Pinterest: 403, code 29, Not for you.",
        ),
    ],
)
def test_a_report_of_186_days_is_asked_for_and_one_of_185_where_it_is_refused(
    answers, result, detail
):
    finding = found(windows.longest, {MAKE: answers})["days-of-an-asynchronous-report"]

    assert (finding.result, finding.detail) == (result, detail)
