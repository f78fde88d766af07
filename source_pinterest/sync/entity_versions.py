"""The state of a history stream: which version of each entity earlier syncs have read.

    {"549755885175": {"updated_time": 1763942400, "listed_at": 1763971200, "entities": "2N7rx…"}}

- `updated_time`: the time of the latest update that was read, in seconds since 1970-01-01 UTC.
- `listed_at`: when the list was read, in the same unit.
- `entities`: each entity's id, and four bytes of a hash of its latest version; zeros if no list has it any more. That
  takes 8 to 15 characters per entity. Missing if the ad account has more of them than the limit: then a version is
  new if its time is not before `updated_time`.
- `done`: the account has been read in a sync that is not complete.

No I/O.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from source_pinterest.records.rows import Row
from source_pinterest.sync.slices import ID, ascending
from source_pinterest.sync.state import foreign_state_error

UNLISTED = 0
"""In place of a hash: no list has the entity any more, and a record with `is_listed` false was emitted."""

BYTES_PER_HASH = 4

NUMBER = re.compile(r"0|[1-9]\d{0,99}", re.ASCII)
"""The ids that a state can hold. Pinterest's have up to 19 digits."""


@dataclass(frozen=True)
class AccountVersions:
    """The versions of one ad account's entities that were read."""

    updated_time: int = 0
    listed_at: int = 0
    entities: Mapping[str, int] | None = None
    """By id: the hash of the latest version. None if there are too many."""
    is_done: bool = False

    @property
    def was_read(self) -> bool:
        return bool(self.listed_at)

    def as_json(self) -> dict[str, Any]:
        """The value in a STATE message."""
        state: dict[str, Any] = {"updated_time": self.updated_time, "listed_at": self.listed_at}
        if self.entities is not None:
            state["entities"] = packed(self.entities)
        return state | ({"done": True} if self.is_done else {})

    @classmethod
    def from_json(cls, state: Any) -> AccountVersions:
        """The versions in a value from a STATE message. Raises ValueError if `as_json` cannot have made it. Unknown
        parts are ignored."""
        if not isinstance(state, Mapping):
            raise ValueError
        entities, is_done = state.get("entities"), state.get("done", False)
        times: list[Any] = [state.get("updated_time"), state.get("listed_at", 0)]
        if not isinstance(is_done, bool) or not all(map(_is_time, times)):
            raise ValueError
        known = None if entities is None else unpacked(entities)
        return cls(times[0], times[1], known, is_done)


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


class VersionStates:
    """The state of a history stream: that of each ad account."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._states: dict[str, AccountVersions] = {}

    def load(self, value: Mapping[str, Any]) -> None:
        """Raises a config error if this connector cannot have written it."""
        self._states = {account: self._loaded(account, state) for account, state in value.items()}

    def _loaded(self, account: str, state: Any) -> AccountVersions:
        if not ID.fullmatch(str(account)):
            raise foreign_state_error(self._stream, account)
        try:
            return AccountVersions.from_json(state)
        except ValueError:
            raise foreign_state_error(self._stream, account) from None

    @property
    def by_account(self) -> Mapping[str, AccountVersions]:
        """The present states. This mapping never changes."""
        return self._states

    def of(self, account: str) -> AccountVersions:
        """The state of an account; empty if nothing of it was read."""
        return self._states.get(account) or AccountVersions()

    def replace(self, account: str, state: AccountVersions) -> None:
        self._states = {**self._states, account: state}

    def clear_done(self) -> None:
        """Removes the `done` of all accounts, at the end of a complete sync."""
        self._states = {
            account: AccountVersions(versions.updated_time, versions.listed_at, versions.entities)
            for account, versions in self._states.items()
        }


def as_json(states: Mapping[str, AccountVersions]) -> dict[str, Any]:
    """States by account as the value in a STATE message."""
    return {account: state.as_json() for account, state in states.items()}


class ListComparison:
    """Compares the list of an ad account with the versions that earlier syncs have read."""

    def __init__(self, before: AccountVersions, listed_at: int, most: int) -> None:
        """`listed_at`: the time of the list, in seconds since 1970-01-01 UTC. `most`: the most entities in a state."""
        self._before = before
        self._known = before.entities or {}
        self._listed_at = listed_at
        self._most = most
        self._newest = before.updated_time
        self._found: dict[str, int] = {}
        self._unlisted: set[str] = set()
        self.undated_time = max(before.updated_time, min(before.listed_at, listed_at)) + 1
        """The time of versions to which Pinterest gives none: one second after the last list was read."""

    @property
    def fits_state(self) -> bool:
        """Whether the state can hold all entities."""
        return len(self._found.keys() | self._known.keys()) <= self._most

    def versions(self, records: Iterable[Row]) -> list[Row]:
        """Those of the records that are new versions, as records of the stream."""
        return list(filter(None, map(self._version, records)))

    def _version(self, record: Row) -> Row | None:
        entity_id = record["id"]
        time = version_time(record)
        known, found = self._known.get(entity_id), version_hash(record)
        self._newest = max(self._newest, time)
        if NUMBER.fullmatch(entity_id):
            self._found[entity_id] = found
        if known == UNLISTED:
            return {**record, "updated_time": max(time, self.undated_time), "is_listed": True}
        if self._before.was_read and self._before.entities is None:
            # a time in the future must not hide the updates until then
            is_new = time >= min(self._before.updated_time, self._before.listed_at)
        else:
            is_new = known != found
        if known is not None and not is_time(record.get("updated_time")):
            # `time` is that of the creation, which the first version has
            time = max(time, self.undated_time)
        return {**record, "updated_time": time, "is_listed": True} if is_new else None

    def absent(self, listed: Iterable[str]) -> list[str]:
        """The ids that were listed before and are not in `listed`, ascending."""
        still_listed = set(listed)
        known = (entity_id for entity_id, found in self._known.items() if found != UNLISTED)
        return ascending([entity_id for entity_id in known if entity_id not in still_listed])

    def unlisted(self, ids: Iterable[str]) -> list[Row]:
        """The last versions of entities that no list has any more."""
        ids = list(ids)
        self._unlisted.update(ids)
        return [
            {"id": entity_id, "updated_time": self.undated_time, "is_listed": False}
            for entity_id in ids
        ]

    def after(self) -> AccountVersions:
        """The state once all of these versions were emitted."""
        kept = {**self._known, **dict.fromkeys(self._unlisted, UNLISTED), **self._found}
        entities = kept if len(kept) <= self._most else None
        return AccountVersions(self._newest, self._listed_at, entities, is_done=True)


def version_time(record: Mapping[str, Any]) -> int:
    """The time of the update that made this version; of the creation, if Pinterest names no update.

    >>> version_time({"created_time": 5, "updated_time": 7}), version_time({"created_time": 5})
    (7, 5)
    >>> version_time({"updated_time": None})
    0
    """
    times = (record.get("updated_time"), record.get("created_time"))
    return next((time for time in times if is_time(time)), 0)


def is_time(value: Any) -> TypeGuard[int]:
    """Whether a field names a time, in seconds since 1970-01-01 UTC.

    >>> is_time(7), is_time(0), is_time(None)
    (True, False, False)
    """
    return isinstance(value, int) and value > 0


def version_hash(record: Mapping[str, Any]) -> int:
    """A hash of all fields of a record. Never UNLISTED."""
    text = json.dumps(record, sort_keys=True)
    found = hashlib.blake2b(text.encode(), digest_size=BYTES_PER_HASH).digest()
    return int.from_bytes(found, "big") or 1


def packed(entities: Mapping[str, int]) -> str:
    """The ids and hashes as base64: ascending ids, each as its distance to the one before.

    >>> unpacked(packed({"687201361754": 7, "9": 0}))
    {'9': 0, '687201361754': 7}
    """
    content = bytearray()
    before = 0
    for entity_id in ascending(list(entities)):
        number = int(entity_id)
        content += _distance(number - before)
        content += entities[entity_id].to_bytes(BYTES_PER_HASH, "big")
        before = number
    return base64.b64encode(content).decode()


def _distance(number: int) -> bytes:
    """A number with seven bits per byte, the lowest first. Only the last byte is less than 128."""
    found = bytearray()
    while number >= 1 << 7:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def unpacked(text: Any) -> dict[str, int]:
    """The hashes by id. Raises ValueError if `packed` cannot have made the text."""
    if not isinstance(text, str):
        raise ValueError
    return dict(_entities(base64.b64decode(text, validate=True)))


def _entities(content: bytes) -> Iterator[tuple[str, int]]:
    place = number = 0
    while place < len(content):
        shift = 0
        while True:
            if place + BYTES_PER_HASH >= len(content) or shift > MAX_BITS:
                raise ValueError
            byte = content[place]
            place += 1
            number += (byte & 127) << shift
            shift += 7
            if byte < 1 << 7:
                break
        end = place + BYTES_PER_HASH
        yield str(number), int.from_bytes(content[place:end], "big")
        place = end


MAX_BITS = 400
"""The most bits of an id, which has at most 100 digits."""
