"""Values that are found once a sync, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """Values by key. Safe to use from many threads: who asks for what somebody is finding waits for it.

    >>> squares: Once[int, int] = Once()
    >>> squares.get_or_fetch(3, lambda: 9), squares.get_or_fetch(3, lambda: 0), squares.peek(4)
    (9, 9, None)
    """

    def __init__(self) -> None:
        self._values: dict[Key, Value] = {}
        self._locks: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def get_or_fetch(self, key: Key, fetch: Callable[[], Value]) -> Value:
        """The value, which `fetch` gives the first time. An error is not kept."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._values:
                self._values[key] = fetch()
            return self._values[key]

    def store(self, key: Key, value: Value) -> None:
        """The value was found on the way, so that nobody need fetch it."""
        self._values[key] = value

    def peek(self, key: Key) -> Value | None:
        """The value, if it is known by now."""
        return self._values.get(key)
