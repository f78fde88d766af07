"""The Pins' own metrics, which their list has if it is asked: sums of their daily analytics.

They come late: a day counts in them once it is two days old. QuietWorld has the traps.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property

from .world import Record, World, summary

NAMES = {
    "impression": "IMPRESSION",
    "pin_click": "PIN_CLICK",
    "clickthrough": "OUTBOUND_CLICK",
    "save": "SAVE",
}
"""By their names here: those of the analytics."""

LIFETIME_FACTOR = 3
"""How many times the sum of the days a Pin has had in its life."""


def with_metrics(world: World, pins: Iterable[Record], today: date) -> list[Record]:
    """The Pins as a list that is asked for their metrics has them."""
    return [
        {**{name: value for name, value in pin.items() if name != "pin_metrics"}, **metrics}
        for pin in pins
        for metrics in [shown(world, pin["id"], today)]
    ]


def shown(world: World, pin_id: str, today: date) -> Record:
    """`pin_metrics` as one field, or none. Those of a Pin of somebody else's are null."""
    if pin_id not in world.pins_by_id:
        return {"pin_metrics": None}
    summary = world.pin_analytics(
        pin_id,
        start=today - timedelta(days=90),
        end=today - timedelta(days=2),
        today=today,
        metric_types=NAMES.values(),
    )["summary_metrics"]
    sums = {ours: summary.get(theirs, 0) for ours, theirs in NAMES.items()}
    lifetime = {name: value * LIFETIME_FACTOR for name, value in sums.items()}
    metrics: Record = {"90d": sums, "lifetime_metrics": {**lifetime, "reaction": 0, "comment": 0}}
    kind = world.kinds.get(pin_id, "") if isinstance(world, QuietWorld) else ""
    if kind == "idle, once it was not":
        metrics["lifetime_metrics"]["impression"] = 5_000
    elif kind == "idle, which is not said":
        return {}
    elif kind in STRANGE:
        metrics = STRANGE[kind]
    return {"pin_metrics": metrics}


STRANGE: dict[str, Record | None] = {
    "idle, null": None,
    "idle, without 90 days": {"lifetime_metrics": {"impression": 0}},
    "idle, 90 days null": {"90d": None, "lifetime_metrics": {"impression": 0}},
    "idle, 90 days empty": {"90d": {}, "lifetime_metrics": {"impression": 0}},
    "idle, in words": {"90d": dict.fromkeys(NAMES, "0")},
    "idle, one null": {"90d": {"impression": 0, "save": None}},
    "idle, without impressions": {"90d": {"pin_click": 0, "save": 0}},
}

LEFT_OUT = ("idle", "idle, once it was not", "active since yesterday")
"""The kinds of Pins that had no activity as far as their metrics tell on the day of the epoch."""

KINDS = (
    *("idle", "active", "idle, null", "idle, once it was not", "saved only", "idle"),
    *("young", "idle, which is not said", "idle, without 90 days", "active since yesterday"),
    *("idle, 90 days null", "idle, 90 days empty", "idle", "idle, in words", "idle, one null"),
    *("idle, without impressions", "idle"),
)


class QuietWorld(World):
    """Most Pins had no activity, and some metrics do not say so, or have another shape.

    "young" is a Pin of the day before the epoch; "active since yesterday" has had activity since
    that day. Both are not in the metrics yet on the day of the epoch.
    """

    @cached_property
    def kinds(self) -> dict[str, str]:
        """By Pin."""
        owned = [pin for pin in World.all_pins.func(self) if pin.get("is_owner") is not False]
        return {pin["id"]: KINDS[place % len(KINDS)] for place, pin in enumerate(owned)}

    @cached_property
    def all_pins(self) -> tuple[Record, ...]:
        created = {
            "young": f"{self.yesterday}T00:30:00",
            "active since yesterday": "2025-01-31T01:40:29",
        }
        return tuple(
            {**pin, "created_at": created.get(self.kinds.get(pin["id"], ""), pin["created_at"])}
            for pin in World.all_pins.func(self)
        )

    @property
    def yesterday(self) -> date:
        return self.epoch - timedelta(days=1)

    def pin_analytics(
        self,
        pin_id: str,
        *,
        start: date,
        end: date,
        today: date,
        metric_types: Iterable[str],
        salt: int = 0,
    ) -> Record:
        found = super().pin_analytics(
            pin_id, start=start, end=end, today=today, metric_types=metric_types, salt=salt
        )
        for day in found["daily_metrics"]:
            day["metrics"] = self._of_a_day(pin_id, day)
        found["summary_metrics"] = summary(found["daily_metrics"], list(found["summary_metrics"]))
        return found

    def _of_a_day(self, pin_id: str, day: Record) -> Record:
        metrics: Record = day["metrics"]
        kind = self.kinds.get(pin_id, "active")
        if kind in {"active", "young"}:
            return metrics
        if kind == "active since yesterday" and day["date"] >= str(self.yesterday):
            return dict.fromkeys(metrics, 7)
        kept = {"SAVE"} if kind == "saved only" else set()
        return {name: value if name in kept else 0 for name, value in metrics.items()}
