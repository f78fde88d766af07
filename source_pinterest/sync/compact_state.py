"""Makes the state of many ad accounts compact: what several entries have in common is written once.

    {"common": [
        {"entry": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-23", "ids": "2026-10-25 "},
         "accounts": "549755885175 6 933748", "ids": ["nww6EQ==", "9hTdEA==", "ab+rEQ=="]}],
     "549755885177": {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-20"}}

All `accounts` of a group have its `entry`. Their ids ascend, and each is written without the first digits that it shares
with the one before: 549755885175, 549755885176, 549755933748. `ids` has the rest of each account's own `ids`, in the same
order. Since the ad accounts of a connection have mostly been read to the same day, each adds few bytes to the state. A
state of few ad accounts is not compacted, so that people can read it.

Pure functions; no I/O.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from os.path import commonprefix
from typing import Any

COMMON = "common"

ACCOUNT = re.compile(r"\d+", re.ASCII)

MAX_ENTRIES_IN_FULL = 20
"""The most entries of a state that is not compacted. Our choice."""


def compact(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The entries by account, with those that have something in common as groups under `common`.

    >>> entry = {"date": "2026-11-23", "ids": "2026-10-25 nww6EQ=="}
    >>> compact({str(number): entry for number in range(70, 99)})["common"][0]["accounts"][:17]
    '70 1 2 3 4 5 6 7 '
    """
    if len(entries) <= MAX_ENTRIES_IN_FULL:
        return dict(entries)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for account, entry in entries.items():
        if ACCOUNT.fullmatch(account) and isinstance(entry.get("ids", ""), str):
            others = {name: value for name, value in entry.items() if name != "ids"}
            alike[json.dumps([others, "ids" in entry], sort_keys=True)].append(account)
    groups = [accounts for accounts in alike.values() if len(accounts) > 1]
    if not groups:
        return dict(entries)
    in_groups = {account for accounts in groups for account in accounts}
    own = {account: entry for account, entry in entries.items() if account not in in_groups}
    return {COMMON: [_group(accounts, entries) for accounts in groups], **own}


def _group(accounts: list[str], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    ordered = sorted(accounts, key=lambda account: (len(account), account))
    entry, together = entries[ordered[0]], _joined(ordered)
    if "ids" not in entry:
        return {"entry": entry, "accounts": together}
    ids = [entries[account]["ids"] for account in ordered]
    begin = commonprefix(ids)  # noqa: RUF071  of any texts
    ends = [text[len(begin) :] for text in ids]
    return {"entry": {**entry, "ids": begin}, "accounts": together, "ids": ends}


def _joined(accounts: Iterable[str]) -> str:
    """Ascending ids as text, each without the first digits that it shares with the one before.

    >>> _joined(["7", "549755885175", "549755885176", "549755933748"])
    '7 549755885175 6 933748'
    """
    found, before = [], ""
    for account in accounts:
        is_as_long = len(account) == len(before)
        same = len(commonprefix([account, before])) if is_as_long else 0  # noqa: RUF071
        found.append(account[same:])
        before = account
    return " ".join(found)


def _split(together: str) -> list[str]:
    """The ids that `_joined` has made a text of.

    >>> _split("7 549755885175 6 933748")
    ['7', '549755885175', '549755885176', '549755933748']
    """
    found, before = [], ""
    for end in together.split(" "):
        before = before[: max(0, len(before) - len(end))] + end
        found.append(before)
    return found


def expand(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state with an entry for each account, whether it was compacted or not. Other keys stay as they are.

    Raises ValueError if `compact` cannot have made it.
    """
    if COMMON not in state:
        return dict(state)
    groups = state[COMMON]
    if not isinstance(groups, list):
        raise ValueError(COMMON)
    found = {key: value for key, value in state.items() if key != COMMON}
    for group in groups:
        for account, entry in _entries(group):
            if account in found:
                raise ValueError(COMMON)
            found[account] = entry
    return found


def _entries(group: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The accounts of a group, each with its entry."""
    if not isinstance(group, Mapping):
        raise ValueError(COMMON)
    entry, together = group.get("entry"), group.get("accounts")
    if not isinstance(entry, Mapping) or not isinstance(together, str):
        raise ValueError(COMMON)
    accounts = _split(together)
    if not all(map(ACCOUNT.fullmatch, accounts)):
        raise ValueError(COMMON)
    if "ids" not in entry:
        yield from ((account, dict(entry)) for account in accounts)
        return
    begin, ends = entry["ids"], group.get("ids")
    if not isinstance(ends, list) or not all(isinstance(text, str) for text in [begin, *ends]):
        raise ValueError(COMMON)
    if len(ends) != len(accounts):
        raise ValueError(COMMON)
    for account, end in zip(accounts, ends, strict=True):
        yield account, {**entry, "ids": begin + end}
