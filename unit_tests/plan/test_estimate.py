from collections import Counter
from dataclasses import replace

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.plan.estimate import Plan, StreamPlan, least_minutes, plan_of, plan_of_counts
from source_pinterest.plan.rehearsal import Expected

LISTS = Expected(
    Counter({("", "ads_read"): 1, ("7", "ads_read"): 2, ("8", "ads_read"): 3}),
    Counter({"": 40}),
    Counter({"": 40}),
    5_000,
)
REPORTS = Expected(
    Counter({("7", "ads_analytics"): 400, ("8", "ads_analytics"): 201}),
    Counter({"7": 30, "8": 10}),
    Counter({"7": 2_700, "8": 900}),
    2_000_000_000,
)


@pytest.mark.parametrize(
    ("requests", "minutes"), [(1, 0), (300, 0), (301, 1), (600, 1), (601, 2), (5_100, 16)]
)
def test_a_minute_passes_after_each_full_budget(requests, minutes):
    assert least_minutes({"ads_analytics": requests}, LIMITS) == {"ads_analytics": minutes}


def test_a_plan_adds_up():
    plan = plan_of({"ads": LISTS, "ad_analytics_daily": REPORTS}, LIMITS)

    assert plan.as_json() == {
        "requests": {"ads_read": 6, "ads_analytics": 601},
        "minutes": 2,
        "binding": "ads_analytics",
        "ad_accounts": 2,
        "rows": 3_640,
        "gigabytes": 2.0,
        "streams": {
            "ads": {
                "requests": 6,
                "requests_by_category": {"ads_read": 6},
                "ad_accounts": 2,
                "entities": 40,
                "rows": 40,
                "gigabytes": 0.0,
            },
            "ad_analytics_daily": {
                "requests": 601,
                "requests_by_category": {"ads_analytics": 601},
                "ad_accounts": 2,
                "entities": 40,
                "rows": 3_600,
                "gigabytes": 2.0,
            },
        },
    }


def test_the_limit_that_takes_longest_binds():
    requests = Counter({"org_analytics": 70, "ads_read": 900})
    plan = Plan({"pins": StreamPlan(requests, 0, 0, 0, 0)}, LIMITS)

    assert plan.binding == "org_analytics"
    assert Plan({}, LIMITS).binding == ""
    assert Plan({}, LIMITS).minutes == 0


def test_with_counts_one_ad_account_is_taken_as_many_times():
    found = {
        "ads": replace(LISTS, requests=Counter({("", "ads_read"): 2, ("7", "ads_read"): 3})),
        "pins": replace(LISTS, requests=Counter({("", "org_read"): 1})),
    }

    plan = plan_of_counts(found, LIMITS, 500, {"ads": 10, "pins": 10})

    assert plan.requests == {"ads_read": 2 + 3 * 500, "org_read": 1}
    assert plan.streams["ads"].rows == 40 * 500
    assert plan.streams["ads"].size == 40 * 500 * 10 * LIMITS.bytes_per_cell
    assert plan.streams["pins"].rows == 40
    assert (plan.streams["ads"].ad_accounts, plan.streams["pins"].ad_accounts) == (500, 0)


def test_rows_that_are_not_known_are_null_and_a_problem_is_named():
    found = {"mine": replace(REPORTS, is_rows_known=False, problem="Refused.")}

    stream = plan_of(found, LIMITS).as_json()["streams"]["mine"]

    assert (stream["rows"], stream["incomplete"]) == (None, "Refused.")
