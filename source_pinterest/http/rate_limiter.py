"""Makes requests wait for Pinterest's rate limits. All streams of a sync share one budget.

The limits are in `api/limits.py`, and the category of each endpoint in `api/pinterest_api.json`.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from source_pinterest.api.limits import LIMITS, Limits

UNIVERSAL = "universal"
"""Pinterest's name for the limit that counts requests of all categories together."""


class RateBudget:
    """Lets a request go as soon as its category and the universal limit have room for it. Thread-safe.

    It counts over a moving window: there are never more requests than the limit in any minute (or second).
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        limits: Limits = LIMITS,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._paused_until: dict[str, float] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def acquire(self, category: str) -> None:
        """Waits until a request of the category may be sent, and counts it. Requests of a category go in order."""
        with self._lock:
            turn = self._turns[category]
        with turn:
            while (wait := self._try(category)) > 0:
                self._sleep(wait)

    def pause(self, category: str, seconds: float) -> None:
        """Makes all requests of the category wait for this long, because Pinterest answered 429."""
        with self._lock:
            until = self._clock() + seconds
            self._paused_until[category] = max(until, self._paused_until.get(category, 0.0))

    def _try(self, category: str) -> float:
        """Counts a request if it may be sent now, and returns 0; otherwise returns the seconds to wait."""
        with self._lock:
            now = self._clock()
            windows = [(UNIVERSAL, self._limits.requests_per_second, 1.0)]
            if category in self._limits.requests_per_minute:
                windows.append((category, self._limits.requests_per_minute[category], 60.0))
            wait = self._paused_until.get(category, 0.0) - now
            for name, limit, seconds in windows:
                sent = self._sent[name]
                # the same sum as for the wait below, since rounding would let one request too many go
                while sent and sent[0] + seconds <= now:
                    sent.popleft()
                if len(sent) >= limit:
                    wait = max(wait, sent[0] + seconds - now)
            if wait > 0:
                return wait
            for name, _, _ in windows:
                self._sent[name].append(now)
            return 0.0
