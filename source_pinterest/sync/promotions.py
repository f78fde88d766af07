"""The state of `promoted_pins` for one ad account: which Pins that ads promote have been read.

    {"ad_updated_time": 1764000000, "ads": "2026-11-24 nww6EQ…", "missing": ["813"],
     "sweep": {"until": 1764000500, "after": "612"}}

- `ad_updated_time`: all listed ads that were updated until then have been read (seconds since 1970-01-01 UTC).
- `ads`: a digest of these ads and their Pins (`covered_ids.py`), to notice those that a list shows late.
- `missing`: the Pins that Pinterest has refused.
- `sweep`: a reading in progress of the ads that were updated until `until`. The Pins up to `after`, compared as
  integers, are done.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from source_pinterest.records.rows import Row
from source_pinterest.sync.covered_ids import Created, digest, is_digest, late
from source_pinterest.sync.slices import ID


@dataclass(frozen=True)
class Promotion:
    """A Pin to read, and the ads of one ad account that promote it."""

    ad_account_id: str
    pin_id: str
    ads: tuple[Row, ...] = field(hash=False)

    @property
    def updated(self) -> int:
        """The time of the latest update of its ads; 0 if Pinterest does not say."""
        return max((ad["ad_updated_time"] for ad in self.ads), default=0)


def promotions(
    ad_account_id: str,
    ads: Iterable[Row],
    state: Mapping[str, Any],
    listed_late: Container[str] = frozenset(),
) -> list[Promotion]:
    """The Pins to read, by ascending id: those with a new or updated ad, and those that were refused before.

    Ads with the very time of the state are read again, since they may have been updated after the list was read.
    An ad without a time is always read. `listed_late`: the ids of ads that the last list did not have, or had with
    another Pin.
    """
    since, missing = state.get("ad_updated_time"), state.get("missing", ())
    sweep = state.get("sweep", {})
    by_pin: dict[str, list[Row]] = {}
    for ad in ads:
        is_new = since is None or ad.get("is_undated") or ad["ad_updated_time"] >= since
        if is_new or ad["pin_id"] in missing or ad["ad_id"] in listed_late:
            by_pin.setdefault(ad["pin_id"], []).append(ad)
    found = [Promotion(ad_account_id, pin, tuple(by_pin[pin])) for pin in sorted(by_pin, key=int)]
    if not sweep:
        return found
    done = int(sweep["after"])
    return [
        promotion
        for promotion in found
        if int(promotion.pin_id) > done or promotion.updated > sweep["until"]
    ]


def covered(ads: Iterable[Row], created: Created, today: date) -> str:
    """The digest of the ads created before today, with their Pins."""
    pairs = {ad["ad_id"]: _pair(ad) for ad in ads}
    return digest(pairs.values(), _created(pairs, created), today)


def listed_late(ads: Iterable[Row], created: Created, state: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the ads that the digest of a state may not cover. Empty if it has no digest."""
    if "ads" not in state:
        return frozenset()
    pairs = {ad["ad_id"]: _pair(ad) for ad in ads}
    ad_ids = {pair: ad_id for ad_id, pair in pairs.items()}
    found = late(state["ads"], pairs.values(), _created(pairs, created), date.max)
    return frozenset(ad_ids[pair] for pair in found)


def _pair(ad: Row) -> str:
    return f"{ad['ad_id']} {ad['pin_id']}"


def _created(pairs: Mapping[str, str], created: Created) -> Created:
    return {pairs[ad_id]: day for ad_id, day in created.items() if ad_id in pairs}


def after_pin(state: Mapping[str, Any], pin_id: str, until: int) -> dict[str, Any]:
    """The state after this Pin, and all with a smaller id, were delivered. `until`: the time of the latest update
    among the ads."""
    sweep = state.get("sweep", {})
    before = int(sweep.get("after", 0))
    kept = min(until, sweep["until"]) if sweep else until
    return {**state, "sweep": {"until": kept, "after": str(max(before, int(pin_id)))}}


def after_all(
    state: Mapping[str, Any], until: int | None, ads: str | None = None
) -> dict[str, Any]:
    """The state after every Pin was delivered. `until`: the time of the latest update among the ads; an earlier one
    than that of the state does not count. `ads`: the new digest; None keeps the present one."""
    rest = {name: state[name] for name in state if name != "sweep"}
    rest |= {} if ads is None else {"ads": ads}
    known = [time for time in (until, state.get("ad_updated_time")) if time is not None]
    return {**rest, "ad_updated_time": max(known)} if known else rest


def with_missing(state: Mapping[str, Any], pin_id: str, is_missing: bool) -> dict[str, Any]:
    """The state after a Pin was refused, or read.

    >>> with_missing({"missing": ["7"]}, "8", True), with_missing({"missing": ["7"]}, "7", False)
    ({'missing': ['7', '8']}, {})
    """
    missing = [pin for pin in state.get("missing", ()) if pin != pin_id]
    missing += [pin_id] if is_missing else []
    rest = {name: state[name] for name in state if name != "missing"}
    return {**rest, "missing": missing} if missing else rest


def is_state(value: Any) -> bool:
    """Whether a value is the state of an ad account. Unknown parts are kept and ignored."""
    if not isinstance(value, Mapping):
        return False
    sweep, missing = value.get("sweep", {"until": 0, "after": "0"}), value.get("missing", [])
    return (
        _is_time(value.get("ad_updated_time", 0))
        and isinstance(sweep, Mapping)
        and _is_time(sweep.get("until"))
        and is_pin_id(sweep.get("after"))
        and isinstance(missing, list)
        and all(map(is_pin_id, missing))
        and ("ads" not in value or is_digest(value["ads"]))
    )


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_pin_id(value: Any) -> bool:
    """Whether a value of a state or an ad can be the id of a Pin."""
    return isinstance(value, str) and bool(ID.fullmatch(value))
