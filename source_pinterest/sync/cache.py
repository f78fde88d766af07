"""A cache for values that a sync fetches once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Values by key. Thread-safe: a thread that needs a value which another one is fetching waits for it.

    >>> squares: Cache[int, int] = Cache()
    >>> squares.get_or_fetch(3, lambda: 9), squares.get_or_fetch(3, lambda: 0), squares.peek(4)
    (9, 9, None)
    """

    def __init__(self) -> None:
        self._values: dict[Key, Value] = {}
        self._locks: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def get_or_fetch(self, key: Key, fetch: Callable[[], Value]) -> Value:
        """The value of the key, from `fetch` the first time. An error of `fetch` is raised and not cached."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._values:
                self._values[key] = fetch()
            return self._values[key]

    def store(self, key: Key, value: Value) -> None:
        """Stores a value that is known without fetching it."""
        self._values[key] = value

    def peek(self, key: Key) -> Value | None:
        """The value of the key. None if it is not known yet."""
        return self._values.get(key)
