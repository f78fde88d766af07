"""Which metrics a report has, and until when conversions are counted on a day."""

from datetime import date

import pytest

from source_pinterest.config.config import Config
from source_pinterest.streams.analytics.finality import attributed_until, kinds_of
from source_pinterest.sync.state import AccountState


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        (["date", "ad_id", "SPEND_IN_DOLLAR", "IMPRESSION_1"], {"delivery"}),
        (["TOTAL_CHECKOUT"], {"conversions"}),
        (["CHECKOUT_ROAS", "CTR"], {"delivery", "conversions"}),
        (["TOTAL_WEB_SESSIONS"], {"conversions"}),
        (["A_NEW_COLUMN"], {"conversions"}),
        (["date"], set()),
    ],
)
def test_what_is_not_known_to_be_delivery_may_be_conversions(columns, kinds):
    assert kinds_of(columns) == kinds


@pytest.mark.parametrize(
    ("config", "until"),
    [
        ({}, date(2026, 12, 1)),
        ({"view_window_days": 60}, date(2026, 12, 31)),
        ({"conversion_report_time": "TIME_OF_CONVERSION"}, date(2026, 11, 1)),
    ],
)
def test_conversions_are_counted_on_a_day_until_its_longest_window_has_passed(config, until):
    token = {"auth_method": "access_token", "access_token": "pina_token"}

    found = attributed_until(date(2026, 11, 1), Config.parse({"credentials": token, **config}))

    assert found == until


def test_what_was_final_once_stays_so():
    before = AccountState({"date": "2026-11-23", "final": {"delivery": "2026-11-22"}})

    after = before.with_final({"delivery": date(2026, 11, 20), "conversions": date(2026, 10, 1)})

    assert after["final"] == {"delivery": "2026-11-22", "conversions": "2026-10-01"}
    assert before.with_final({}) == before
