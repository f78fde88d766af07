"""How far the Pins that ads promote have been read: the state of one ad account.

    {"ad_updated_time": 1764000000, "missing": ["813"], "sweep": {"until": 1764000500, "after": "612"}}

`ad_updated_time`: every ad that was updated until then was read. `missing`: Pins that Pinterest refused. `sweep`: a
reading in progress of the ads until `until`, whose Pins up to `after`, compared as integers, are done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from source_pinterest.records.rows import Row

ID = re.compile(r"\d{1,100}", re.ASCII)


@dataclass(frozen=True)
class Promotion:
    """A Pin, and the ads of one ad account that promote it and are to be read."""

    ad_account_id: str
    pin_id: str
    ads: tuple[Row, ...] = field(hash=False)

    @property
    def updated(self) -> int:
        """The latest update of its ads; 0 if Pinterest does not say it."""
        return max((ad["ad_updated_time"] for ad in self.ads), default=0)


def promotions(ad_account_id: str, ads: Iterable[Row], state: Mapping[str, Any]) -> list[Promotion]:
    """The Pins to read, ascending: those whose ad is new, was updated, or was refused before.

    The second of the state is read again, since an ad may have been updated in it after the list was read. An ad
    whose update is unknown (0) is always read.
    """
    since, missing = state.get("ad_updated_time"), state.get("missing", ())
    sweep = state.get("sweep", {})
    by_pin: dict[str, list[Row]] = {}
    for ad in ads:
        updated = ad["ad_updated_time"]
        if since is None or not updated or updated >= since or ad["pin_id"] in missing:
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


def after_pin(state: Mapping[str, Any], pin_id: str, until: int) -> dict[str, Any]:
    """The state after this Pin and all before it were delivered, of a reading of the ads until `until`."""
    sweep = state.get("sweep", {})
    before = int(sweep.get("after", 0))
    kept = min(until, sweep["until"]) if sweep else until
    return {**state, "sweep": {"until": kept, "after": str(max(before, int(pin_id)))}}


def after_all(state: Mapping[str, Any], until: int | None) -> dict[str, Any]:
    """The state after every Pin was delivered; it never goes back."""
    rest = {name: state[name] for name in state if name != "sweep"}
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
    """Whether it is the state of an ad account. Unknown parts are kept and ignored."""
    if not isinstance(value, Mapping):
        return False
    sweep, missing = value.get("sweep", {"until": 0, "after": "0"}), value.get("missing", [])
    return (
        _is_time(value.get("ad_updated_time", 0))
        and isinstance(sweep, Mapping)
        and _is_time(sweep.get("until"))
        and _is_id(sweep.get("after"))
        and isinstance(missing, list)
        and all(map(_is_id, missing))
    )


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(ID.fullmatch(value))
