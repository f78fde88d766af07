"""The settings of a process: a budget for each sync, within the limits that are given."""

from __future__ import annotations

import pytest

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE, SYNC
from source_pinterest.http.settings import SETTINGS
from unit_tests.http.scripted import Clock


def test_a_process_has_the_limits_of_pinterest_and_the_policies_of_syncs_and_people():
    assert SETTINGS.limits is LIMITS
    assert (SETTINGS.sync, SETTINGS.interactive) == (SYNC, INTERACTIVE)


@pytest.mark.parametrize("most", [1, 3])
def test_a_budget_has_the_limits_that_are_given(most, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.sleep", clock.sleep)
    budget = SETTINGS.budget(Limits(requests_per_minute={"ads_read": most}))
    assert isinstance(budget, RateBudget)
