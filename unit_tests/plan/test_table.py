from collections import Counter
from datetime import date

from source_pinterest.api.limits import LIMITS
from source_pinterest.plan.estimate import Plan, StreamPlan
from source_pinterest.plan.table import as_text


def test_a_plan_as_a_table():
    plan = Plan(
        {
            "ads": StreamPlan(Counter(ads_read=1_001), 500, 100_000, 100_000, 120_000_000),
            "pins": StreamPlan(Counter(org_read=1), 0, 12, 12, 5),
            "by_item": StreamPlan(Counter(ads_analytics=1_000), 500, 0, None, 0),
        },
        LIMITS,
    )

    assert as_text(plan, date(2026, 11, 24)) == TABLE


TABLE = """\
A sync on 2026-11-24: 500 ad accounts, 2,002 requests, at least 3 minutes.

Stream   Ad accounts  Entities  Requests  Rows, at most      GB
-------  -----------  --------  --------  -------------  ------
ads              500   100,000     1,001        100,000    0.12
pins                        12         1             12  < 0.01
by_item          500         0     1,000      not known  < 0.01
Total            500               2,002        100,012    0.12

Rate limit     Requests  Per minute  Minutes, at least
-------------  --------  ----------  -----------------
ads_analytics     1,000         300           3, binds
ads_read          1,001       1,000                  1
org_read              1       1,000                  0"""
