"""Counts requests by stream, ad account and rate limit."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

OF_AN_ACCOUNT = re.compile(r"/ad_accounts/(\d+)(?:/|$)", re.ASCII)


class Key(NamedTuple):
    """What requests are counted by."""

    stream: str
    account: str
    """The ad account; empty for requests about the user."""
    category: str
    """The category of rate limits."""


class Tally:
    """Counts the requests of a rehearsal. Thread-safe."""

    def __init__(self) -> None:
        self.requests: Counter[Key] = Counter()
        self.stream = ""
        """The stream that is being rehearsed."""
        self._is_counting = True
        self._lock = threading.Lock()

    def count(self, category: str, path: str, params: Mapping[str, Any]) -> None:
        """Counts a request, unless counting is paused."""
        with self._lock:
            if self._is_counting:
                self.requests[Key(self.stream, account_of(path, params), category)] += 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Counts nothing within the context: for requests that a sync would not send."""
        self._is_counting = False
        try:
            yield
        finally:
            self._is_counting = True


def account_of(path: str, params: Mapping[str, Any]) -> str:
    """The id of the ad account that a request is about; empty if it is about the user.

    >>> account_of("/ad_accounts/549755885175/ads", {}), account_of("/catalogs", {"ad_account_id": "7"})
    ('549755885175', '7')
    >>> account_of("/ad_accounts", {})
    ''
    """
    found = OF_AN_ACCOUNT.match(path)
    return found[1] if found else str(params.get("ad_account_id") or "")
