"""The probes of rows of reports, above all at rows of another kind than believed."""

from __future__ import annotations

import pytest

from source_pinterest.verify.findings import Result
from source_pinterest.verify.probes import rows
from source_pinterest.verify.subject import NotAsked
from unit_tests.http.scripted import Reply
from unit_tests.verify.account import ACCOUNT, Account, Request, found, page, refusal, results

ADS = f"GET {ACCOUNT}/ads"
REPORT = f"GET {ACCOUNT}/ads/analytics"
TWO = page({"id": "1", "status": "ACTIVE"}, {"id": "2", "status": "ACTIVE"})
ROW = {
    "AD_ID": "1",
    "CAMPAIGN_ID": 9,
    "IMPRESSION_1": 5.0,
    "TOTAL_CLICKTHROUGH": None,
    "CTR": 0.25,
}


def of_ads(*found_rows: object, ads: Reply = TWO):
    return found(rows.of_ads, {ADS: ads, REPORT: Reply(200, list(found_rows))})


def test_the_kinds_of_ids_and_metrics_are_told():
    findings = of_ads(ROW)

    assert findings["ids-of-rows"].detail == "AD_ID text; CAMPAIGN_ID whole number."
    assert findings["types-of-metrics"].detail == (
        "IMPRESSION_1 whole number with a point; TOTAL_CLICKTHROUGH null; CTR fraction."
    )
    assert set(results(findings).values()) == {Result.HOLDS}


@pytest.mark.parametrize(
    ("belief", "wrong_row"),
    [
        ("report-rows", {"CAMPAIGN_ID": 9, "IMPRESSION_1": 5}),
        ("types-of-metrics", {**ROW, "CTR": "0.25"}),
        ("total-without-date", {**ROW, "DATE": "2026-11-23"}),
    ],
)
def test_a_row_of_another_kind_speaks_against_its_belief_alone(belief, wrong_row):
    findings = of_ads(ROW, wrong_row)

    differing = [name for name, result in results(findings).items() if result is Result.DIFFERS]
    assert differing == [belief]


def test_rows_of_zeros_for_every_ad_show_that_ads_without_activity_have_rows():
    zeros = {"IMPRESSION_1": 0, "TOTAL_CLICKTHROUGH": 0}

    finding = of_ads({"AD_ID": "1", **zeros}, {"AD_ID": "2", **zeros})["no-activity-no-row"]

    assert finding.result is Result.DIFFERS
    assert finding.detail == "Of 2 ads, 2 have rows; 2 of these are zeros."


def test_ads_without_activity_show_nothing_else():
    findings = of_ads()

    assert findings["no-activity-no-row"].result is Result.HOLDS
    assert {each for name, each in results(findings).items() if name != "no-activity-no-row"} == {
        Result.UNKNOWN
    }


def test_a_report_that_is_no_list_differs():
    findings = found(rows.of_ads, {ADS: TWO, REPORT: Reply(200, {"data": []})})

    assert results(findings) == {"report-rows": Result.DIFFERS}
    assert findings["report-rows"].detail == "The answer is a dict."


def test_a_refused_report_tells_nothing_of_rows():
    with pytest.raises(NotAsked, match="The report of your ads: Pinterest: 400, code 1, Bad ids"):
        found(rows.of_ads, {ADS: TWO, REPORT: refusal("Bad ids.")})


OCTOBER_FIRST = 1_790_812_800
"""2026-10-01T00:00:00Z, 54 days before the day of the tests."""


def created(*days: str) -> Account:
    """An ad that was created on the first of October, with rows of these days."""

    def report(request: Request) -> Reply:
        by_day = request.value("granularity") == "DAY"
        return Reply(200, [{"AD_ID": "1", "DATE": day} for day in days] if by_day else [ROW])

    return Account({ADS: page({"id": "1", "created_time": OCTOBER_FIRST}), REPORT: report})


@pytest.mark.parametrize(
    ("days", "result", "detail"),
    [
        (("2026-10-01", "2026-10-02"), Result.HOLDS, "Of 2 rows of 1 ad, 0 are of days before"),
        (("2026-09-30", "2026-10-02"), Result.DIFFERS, "Of 2 rows of 1 ad, 1 are of days before"),
    ],
)
def test_a_row_of_the_day_before_an_ad_was_created_differs(days, result, detail):
    account = created(*days)

    finding = account.found(rows.creation)["creation-times"]

    assert finding.result is result
    assert finding.detail.startswith(detail)
    assert account.asked(REPORT)[-1].value("start_date") == "2026-08-27"


def test_only_ads_that_are_younger_than_89_days_show_their_creation():
    old = page({"id": "1", "created_time": OCTOBER_FIRST - 86_400 * 60})

    with pytest.raises(NotAsked, match="younger than 89 days"):
        found(rows.creation, {ADS: old, REPORT: Reply(200, [ROW])})


def test_a_refused_report_by_day_tells_nothing_of_creation():
    ads = page({"id": "1", "created_time": OCTOBER_FIRST})

    with pytest.raises(NotAsked, match="by day of your newest ads: Pinterest: 400"):
        found(rows.creation, {ADS: ads, REPORT: [Reply(200, [ROW]), refusal()]})


# --- The days of an ad account ---


def spent(days: dict[str, float], ids: tuple[str, ...] = ("",)):
    """A report of the spend by day; of each of these ids."""

    def answer(request: Request) -> Reply:
        assert request.value("granularity") == "DAY"
        assert (request.value("start_date"), request.value("end_date")) == (
            *("2026-10-22", "2026-11-20"),
        )
        rows = [{"DATE": d, "SPEND_IN_MICRO_DOLLAR": value} for d, value in days.items()]
        return Reply(200, rows * len(ids))

    return answer


DAYS = {"2026-11-01": 7_000_000, "2026-11-02": 3_000_000.4}
CAMPAIGNS = page({"id": "5", "status": "ACTIVE"})


def adding_up(campaigns: dict[str, float], ads: dict[str, float], total: dict[str, float]):
    answers = {
        f"GET {ACCOUNT}/campaigns": CAMPAIGNS,
        ADS: TWO,
        f"GET {ACCOUNT}/analytics": spent(total),
        f"GET {ACCOUNT}/campaigns/analytics": spent(campaigns),
        REPORT: spent(ads, ("1", "2")),
    }
    return found(rows.adding_up, answers)["days-of-an-account-add-up"]


HALF = {day: value / 2 for day, value in DAYS.items()}


def test_days_that_add_up_are_told_whatever_is_rounded():
    finding = adding_up(DAYS, HALF, {**DAYS, "2026-11-02": 3_000_000})

    assert finding.result is Result.HOLDS
    assert finding.detail == (
        "Of 2 days, the spend of 1 campaign differs from that of the ad account on 0. "
        "Of 2 days, the spend of 2 ads differs from that of the ad account on 0."
    )


@pytest.mark.parametrize(
    ("campaigns", "ads"),
    [
        (DAYS, {"2026-11-01": 3_500_000}),
        ({**DAYS, "2026-11-03": 9_000_000}, HALF),
        ({**DAYS, "2026-11-01": 6_000_000}, HALF),
    ],
)
def test_a_day_that_differs_speaks_against_it(campaigns, ads):
    finding = adding_up(campaigns, ads, DAYS)

    assert finding.result is Result.DIFFERS
    assert "differs from that of the ad account on 1." in finding.detail


def test_an_ad_account_without_spend_shows_nothing():
    with pytest.raises(NotAsked, match="has spent nothing"):
        adding_up(DAYS, HALF, {})


def test_more_ads_than_a_request_takes_show_nothing():
    many = page(*({"id": str(n), "status": "ACTIVE"} for n in range(250)))
    answers = {ADS: many, f"GET {ACCOUNT}/analytics": spent(DAYS)}

    finding = found(rows.adding_up, answers)["days-of-an-account-add-up"]

    assert finding.result is Result.UNKNOWN
