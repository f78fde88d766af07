"""Compares the reports of an ad account with each other: an entity with numbers on some days also has a total."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple


class _Totals(NamedTuple):
    start: str
    ids: frozenset[str]
    description: str


class Activity:
    """The entities with numbers, by ad account and level, from the reports of one sync in any order. Thread-safe.

    >>> activity = Activity()
    >>> activity.note_days("7", "ad", "2026-11-09", ["1", "2"])
    ('', [])
    >>> activity.note_totals("7", "ad", "2026-11-09", ["1"], "ad_analytics of ad account 7")
    ('ad_analytics of ad account 7', ['2'])
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        """By account and level: the entities, by the first day of their report. Reports of lower levels name campaigns,
        too."""
        self._returned: dict[tuple[str, str], set[str]] = defaultdict(set)
        """By account and level: the entities that were returned as lacking, once each."""
        self._totals: dict[tuple[str, str], _Totals] = {}

    def note_days(
        self, account: str, level: str, start: str, ids: Collection[str]
    ) -> tuple[str, list[str]]:
        """Notes the entities with numbers on days from `start` (ISO 8601) on. Returns the totals that lack some of them, and
        which, unless it has returned these before."""
        with self._lock:
            self._days[account, level][start].update(ids)
            return self._lacking(account, level)

    def note_totals(
        self, account: str, level: str, start: str, ids: Collection[str], description: str
    ) -> tuple[str, list[str]]:
        """Notes the entities with totals over a window. `description`: of the totals, in a warning."""
        with self._lock:
            self._totals[account, level] = _Totals(start, frozenset(ids), description)
            return self._lacking(account, level)

    def _lacking(self, account: str, level: str) -> tuple[str, list[str]]:
        totals, returned = self._totals.get((account, level)), self._returned[account, level]
        if not totals:
            return "", []
        days = self._days[account, level].items()
        active = set[str]().union(*(ids for start, ids in days if start >= totals.start))
        lacking = active - totals.ids - returned
        returned |= lacking
        return (totals.description, sorted(lacking)) if lacking else ("", [])
