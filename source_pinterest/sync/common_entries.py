"""The state of many ad accounts in few bytes: what is the same in several entries is written once.

    {"common": [
        {"entry": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-23", "ids": "2026-10-25 "},
         "ids": {"549755885175": "nww6EQ==", "549755885176": "9hTdEA=="}}],
     "549755885177": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-20"}}

The ad accounts in `ids` have the entry above, and end its `ids`. Those of one connection stand at the same day, so a state
grows by little more than their ids. A state of few ad accounts is written whole, so that people can read it.

Pure functions; no I/O.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from os.path import commonprefix
from typing import Any

COMMON = "common"

FEW = 20
"""Entries of a state that is written whole, at most. Our choice."""


def shortened(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The entries by account, with what several of them have in common once.

    >>> entry = {"date": "2026-11-23", "ids": "2026-10-25 nww6EQ=="}
    >>> found = shortened({str(number): entry for number in range(100)})["common"]
    >>> found[0]["entry"], found[0]["ids"]["7"]
    ({'date': '2026-11-23', 'ids': '2026-10-25 nww6EQ=='}, '')
    """
    if len(entries) <= FEW:
        return dict(entries)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for account, entry in entries.items():
        ids = entry.get("ids", "")
        others = {name: value for name, value in entry.items() if name != "ids"}
        key = json.dumps([others, "ids" in entry], sort_keys=True)
        alike[key].append(account if isinstance(ids, str) else "")
    groups = [accounts for accounts in alike.values() if len(accounts) > 1 and all(accounts)]
    found: dict[str, Any] = {COMMON: [_group(accounts, entries) for accounts in groups]}
    in_groups = {account for accounts in groups for account in accounts}
    own = {account: entry for account, entry in entries.items() if account not in in_groups}
    return {**found, **own} if groups else dict(entries)


def _group(accounts: list[str], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    first = entries[accounts[0]]
    ids = {account: str(entries[account].get("ids", "")) for account in accounts}
    begin = commonprefix(list(ids.values()))  # noqa: RUF071  of any texts
    return {
        "entry": {**first, "ids": begin} if "ids" in first else first,
        "ids": {account: text[len(begin) :] for account, text in ids.items()},
    }


def whole(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state with an entry for each account, whether it was shortened or not. What is no entry stays as it is.

    Raises ValueError for a state that `shortened` cannot have made.
    """
    if COMMON not in state:
        return dict(state)
    groups = state[COMMON]
    if not isinstance(groups, list):
        raise ValueError(COMMON)
    found = {key: value for key, value in state.items() if key != COMMON}
    for group in groups:
        for account, entry in _entries(group).items():
            if account in found:
                raise ValueError(COMMON)
            found[account] = entry
    return found


def _entries(group: Any) -> dict[str, Any]:
    """By account."""
    entry, ids = (group.get("entry"), group.get("ids")) if isinstance(group, Mapping) else (0, 0)
    if not isinstance(entry, Mapping) or not isinstance(ids, Mapping):
        raise ValueError(COMMON)
    begin = entry.get("ids", "")
    if not all(isinstance(text, str) for text in [begin, *ids.values()]):
        raise ValueError(COMMON)
    return {
        account: {**entry, "ids": begin + text} if "ids" in entry else dict(entry)
        for account, text in ids.items()
    }
