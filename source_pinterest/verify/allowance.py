"""What `source-pinterest verify` may take: so many requests, and so much time. Both are held here."""

from __future__ import annotations

import time
from collections.abc import Callable

REQUESTS = 60
"""In all, the token's and those that fail included."""

SECONDS = 120.0
"""In all."""

SECONDS_OF_A_REQUEST = 30.0
"""At most: to connect, to wait for the first byte, and to read. None begins later than so long before
the end."""


class UsedUp(Exception):
    """Nothing more may be asked. `str()` says what has been used up."""


class Allowance:
    """Counts requests and time from when it is made."""

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
        """Those that were sent."""

    @property
    def elapsed(self) -> float:
        return self.clock() - self._began

    @property
    def left(self) -> float:
        """Seconds in which a request may still begin."""
        return self._seconds - SECONDS_OF_A_REQUEST - self.elapsed

    def take(self) -> None:
        """One request. Raises UsedUp where none is left, or no time for it."""
        if self.requests >= self._most:
            raise UsedUp(f"the {self._most} requests of a verification were used up before")
        self._check_time()
        self.requests += 1

    def sleep(self, seconds: float) -> None:
        """Raises UsedUp where no request could follow."""
        if seconds > self.left:
            self._raise_time()
        self._sleep(seconds)

    def _check_time(self) -> None:
        if self.left <= 0:
            self._raise_time()

    def _raise_time(self) -> None:
        raise UsedUp(f"the {self._seconds / 60:.0f} minutes of a verification were over before")
