"""A clock for rate budgets, so that nothing waits for one in real time."""

from __future__ import annotations

import threading

from source_pinterest.api.limits import Limits
from source_pinterest.http.rate_limiter import RateBudget


class Clock:
    """Moves only while a request waits for the budget, however long the machine takes for the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0.0
        self._own = threading.local()

    def now(self) -> float:
        self._own.last = self._now
        return self._own.last

    def last(self) -> float:
        """What it told this thread when it asked last."""
        return self._own.last

    def sleep(self, seconds: float) -> None:
        until = self.last() + seconds
        with self._lock:
            self._now = max(self._now, until)


def budget(limits: Limits) -> RateBudget:
    """Lets the same requests go in the same order as one whose minutes pass, but at once."""
    clock = Clock()
    return RateBudget(clock.now, clock.sleep, limits)
