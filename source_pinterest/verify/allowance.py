"""Limits the requests and the time of a verification."""

from __future__ import annotations

import time
from collections.abc import Callable

REQUESTS = 90
"""The most requests in total, including failed ones and those for tokens."""

SECONDS = 120.0
"""The most seconds in total."""

SECONDS_OF_A_REQUEST = 30.0
"""The most seconds of one request: to connect, to wait for the first byte, and to read. In the last so many seconds, no
request is sent."""


class AllowanceUsedUp(Exception):
    """No request, or no time, is left. `str()` says which."""


class Allowance:
    """Counts requests, and the time since it was made."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        requests: int = REQUESTS,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._most = requests
        self._began = clock()
        self.requests = 0
        """How many requests were sent."""

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return self.clock() - self._began

    @property
    def left(self) -> float:
        """Seconds in which a new request may still be sent."""
        return SECONDS - SECONDS_OF_A_REQUEST - self.elapsed

    def take(self) -> None:
        """Counts a request. Raises AllowanceUsedUp if no request or no time is left."""
        if self.requests >= self._most:
            raise AllowanceUsedUp(
                f"the {self._most} requests of a verification were used up before"
            )
        self._check_time()
        self.requests += 1

    def sleep(self, seconds: float) -> None:
        """Sleeps. Raises AllowanceUsedUp if no request could be sent afterwards."""
        if seconds > self.left:
            self._raise_time()
        self._sleep(seconds)

    def _check_time(self) -> None:
        if self.left <= 0:
            self._raise_time()

    def _raise_time(self) -> None:
        raise AllowanceUsedUp(f"the {SECONDS / 60:.0f} minutes of a verification were over before")
