"""The limits of `source-pinterest verify`: requests and time."""

from __future__ import annotations

import time
from collections.abc import Callable

REQUESTS = 90
"""Requests in total, including failed ones and those for tokens."""

SECONDS = 120.0
"""Seconds in total."""

SECONDS_OF_A_REQUEST = 30.0
"""Seconds of one request, at most: to connect, to wait for the first byte, and to read. No request begins
later than this before the end."""


class UsedUp(Exception):
    """The allowance is used up. `str()` says whether it was requests or time."""


class Allowance:
    """Counts requests and time, from its creation on."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        requests: int = REQUESTS,
        seconds: float = SECONDS,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._most = requests
        self._began = clock()
        self._seconds = seconds
        self.requests = 0
        """Requests that were sent."""

    @property
    def elapsed(self) -> float:
        return self.clock() - self._began

    @property
    def left(self) -> float:
        """Seconds until the last moment for a new request."""
        return self._seconds - SECONDS_OF_A_REQUEST - self.elapsed

    def take(self) -> None:
        """Takes one request. Raises UsedUp if no request or no time is left."""
        if self.requests >= self._most:
            raise UsedUp(f"the {self._most} requests of a verification were used up before")
        self._check_time()
        self.requests += 1

    def sleep(self, seconds: float) -> None:
        """Raises UsedUp if no further request is possible."""
        if seconds > self.left:
            self._raise_time()
        self._sleep(seconds)

    def _check_time(self) -> None:
        if self.left <= 0:
            self._raise_time()

    def _raise_time(self) -> None:
        raise UsedUp(f"the {self._seconds / 60:.0f} minutes of a verification were over before")
