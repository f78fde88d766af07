"""The settings of a process: a budget for each sync, within the limits that are given."""

from __future__ import annotations

import pytest

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.retry import INTERACTIVE, SYNC
from source_pinterest.http.settings import SETTINGS


class Waits(Exception):
    """Raised in place of a wait."""


def wait(_: float) -> None:
    raise Waits


def test_a_process_has_the_limits_of_pinterest_and_the_policies_of_syncs_and_of_people():
    assert SETTINGS.limits is LIMITS
    assert (SETTINGS.sync, SETTINGS.interactive) == (SYNC, INTERACTIVE)


@pytest.mark.parametrize("most", [1, 3])
def test_the_budget_of_a_sync_has_the_limits_that_are_given(most, monkeypatch):
    budget = SETTINGS.budget(Limits(requests_per_minute={"ads_read": most}))
    monkeypatch.setattr(budget, "_sleep", wait)

    for _ in range(most):
        budget.acquire("ads_read")

    with pytest.raises(Waits):
        budget.acquire("ads_read")


def test_each_sync_has_a_budget_of_its_own():
    assert SETTINGS.budget(LIMITS) is not SETTINGS.budget(LIMITS)
