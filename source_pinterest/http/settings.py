"""How a process speaks to Pinterest, whatever the user has configured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE, SYNC, RetryPolicy


def _budget(limits: Limits) -> RateBudget:
    return RateBudget(limits=limits)


@dataclass(frozen=True)
class Settings:
    """The limits that requests are planned by, and how long what fails is tried again."""

    limits: Limits = LIMITS
    sync: RetryPolicy = SYNC
    interactive: RetryPolicy = INTERACTIVE
    budget: Callable[[Limits], RateBudget] = _budget
    """Makes the rate budget of one sync."""


SETTINGS = Settings()
