"""A digest of the ids that a state covers, small enough for every STATE.

If a list shows an id late, the days before that were not read. To notice it, a sync has to know the ids of the
previous sync. Ids that were created within the days of the sync need no check. The others are divided into buckets,
and the state has the sum of the hashes of each bucket: if a sum has changed, the ids of that bucket (about 25) count
as new. Reading an id again costs only its bytes.

    "2026-10-25 nww6EQ…"      the day before which the ids were created, and the sums

Pure functions; no I/O and no CDK.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any

IDS_PER_BUCKET = 25
MIN_BUCKETS = 40
"""The least number of buckets, if there are as many ids: with few ids, a late one causes no other to be read again."""
BYTES_PER_SUM = 4

Created = Mapping[str, date]
"""By id: its UTC day of creation. Old ids are missing."""


def digest(ids: Iterable[str], created: Created, before: date) -> str:
    """The digest of the ids that were created before a day. An id that is not in `created` is older."""
    old = _old(ids, created, before)
    buckets = max(1, min(len(old), MIN_BUCKETS), -(-len(old) // IDS_PER_BUCKET))
    sums = _sums(old, buckets)
    packed = b"".join(one.to_bytes(BYTES_PER_SUM, "big") for one in sums)
    return f"{before} {base64.b64encode(packed).decode()}"


def late(known: str, ids: Iterable[str], created: Created, start: date) -> list[str]:
    """Those of the ids whose days before `start` a state may not cover. `known`: the digest in the state.

    >>> known = digest(["7", "8"], {}, date(2026, 10, 25))
    >>> late(known, ["7", "8", "9"], {"9": date(2026, 10, 25)}, date(2026, 10, 25))
    []
    >>> "9" in late(known, ["7", "8", "9"], {}, date(2026, 10, 25))
    True
    """
    day, _, text = known.partition(" ")
    before = date.fromisoformat(day)
    ids = list(ids)
    new = {entity_id for entity_id in ids if before <= created.get(entity_id, date.min) < start}
    old = _old(ids, created, before)
    packed = base64.b64decode(text)
    places = range(0, len(packed), BYTES_PER_SUM)
    sums = [int.from_bytes(packed[place : place + BYTES_PER_SUM], "big") for place in places]
    changed = {
        bucket
        for bucket, (was, now) in enumerate(zip(sums, _sums(old, len(sums)), strict=True))
        if was != now
    }
    if changed:
        new |= {entity_id for entity_id in old if _hashed(entity_id)[0] % len(sums) in changed}
    return [entity_id for entity_id in ids if entity_id in new]


def is_digest(value: Any) -> bool:
    """Whether a value of a state is a digest."""
    if not isinstance(value, str):
        return False
    day, _, text = value.partition(" ")
    try:
        date.fromisoformat(day)
        packed = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return len(packed) > 0 and len(packed) % BYTES_PER_SUM == 0


def creation_day(record: Mapping[str, Any]) -> date | None:
    """The UTC day of creation of an entity or a Pin. None if its record has no valid creation time.

    >>> str(creation_day({"created_time": 1_764_000_000})), creation_day({"created_time": "soon"})
    ('2025-11-24', None)
    >>> str(creation_day({"created_at": "2026-01-31T01:40:29"}))
    '2026-01-31'
    """
    try:
        if text := record.get("created_at"):
            return date.fromisoformat(str(text)[:10])
        seconds = float(record.get("created_time") or "")
        return datetime.fromtimestamp(seconds, timezone.utc).date()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _old(ids: Iterable[str], created: Created, before: date) -> list[str]:
    return [entity_id for entity_id in ids if created.get(entity_id, date.min) < before]


def _sums(ids: Iterable[str], buckets: int) -> list[int]:
    sums = [0] * buckets
    for entity_id in ids:
        bucket, value = _hashed(entity_id)
        sums[bucket % buckets] += value
    return [one % (1 << 8 * BYTES_PER_SUM) for one in sums]


def _hashed(entity_id: str) -> tuple[int, int]:
    found = hashlib.blake2b(entity_id.encode(), digest_size=8).digest()
    return int.from_bytes(found[:4], "big"), int.from_bytes(found[4:], "big")
