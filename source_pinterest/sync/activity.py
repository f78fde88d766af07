"""Compares the reports of an ad account with each other: an entity with numbers on some days also has a total."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import NamedTuple


class _Days(NamedTuple):
    start: str
    ids: frozenset[str]


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
        self._days: dict[tuple[str, str], _Days] = {}
        self._totals: dict[tuple[str, str], _Totals] = {}

    def note_days(
        self, account: str, level: str, start: str, ids: Collection[str]
    ) -> tuple[str, list[str]]:
        """Notes the entities with numbers on days from `start` (ISO 8601) on. Returns the totals that lack some of them, and
        which."""
        with self._lock:
            self._days[account, level] = _Days(start, frozenset(ids))
            return self._lacking(account, level)

    def note_totals(
        self, account: str, level: str, start: str, ids: Collection[str], description: str
    ) -> tuple[str, list[str]]:
        """Notes the entities with totals over a window. `description`: of the totals, in a warning."""
        with self._lock:
            self._totals[account, level] = _Totals(start, frozenset(ids), description)
            return self._lacking(account, level)

    def _lacking(self, account: str, level: str) -> tuple[str, list[str]]:
        days, totals = self._days.get((account, level)), self._totals.get((account, level))
        if not days or not totals or days.start < totals.start:
            return "", []
        return totals.description, sorted(days.ids - totals.ids)
