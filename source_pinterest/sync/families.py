"""Compares the lists of an ad account with each other: what one list names as a parent, another one has to show."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple


class Lacking(NamedTuple):
    """The entities that a list lacks, although those of another list are in them."""

    listed_in: str
    """The name of the list that lacks them."""
    named_by: str
    """The name of the list whose entities are in them."""
    ids: list[str]


class Families:
    """The lists of all ad accounts that were read whole, in any order. Thread-safe.

    >>> families = Families()
    >>> families.compare("7", "ads", (), {"campaigns": {"1", "2"}})
    []
    >>> families.compare("7", "campaigns", ["2", "3"], {})
    [Lacking(listed_in='campaigns', named_by='ads', ids=['1'])]
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed: dict[tuple[str, str], frozenset[str]] = {}
        self._named: dict[tuple[str, str], dict[str, Collection[str]]] = defaultdict(dict)
        """By ad account and list: the ids that other lists name."""

    def compare(
        self,
        account: str,
        name: str,
        ids: Collection[str],
        parents: Mapping[str, Collection[str]],
    ) -> list[Lacking]:
        """Notes a list that was read whole, and returns what it shows to be lacking.

        `ids`: those of its entities, if others are in them. `parents`: by the list that shows them.
        """
        with self._lock:
            self._listed[account, name] = frozenset(ids)
            for of, named in parents.items():
                self._named[account, of][name] = named
            pairs = [(of, name) for of in parents]
            pairs += [(name, by) for by in self._named.get((account, name), ())]
            return [
                Lacking(of, by, lacking)
                for of, by in pairs
                if (account, of) in self._listed
                and (lacking := sorted({*self._named[account, of][by]} - self._listed[account, of]))
            ]
