"""Settings of a process that do not come from the configuration, such as clocks and limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.retry import INTERACTIVE, SYNC, RetryPolicy


def _budget(limits: Limits) -> RateBudget:
    return RateBudget(limits=limits)


@dataclass(frozen=True)
class Settings:
    """Limits, retry policies and clocks. Tests replace them."""

    limits: Limits = LIMITS
    sync: RetryPolicy = SYNC
    interactive: RetryPolicy = INTERACTIVE
    budget: Callable[[Limits], RateBudget] = _budget
    """Makes the rate budget of one sync."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, to measure durations, such as of answers and between two STATE messages."""
    sleep: Callable[[float], None] = time.sleep
    """Pauses between attempts, and between polls."""


SETTINGS = Settings()
