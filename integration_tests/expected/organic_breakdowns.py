"""The rows of the organic breakdowns and of the lifetime metrics, from the fake Pinterest's world alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from integration_tests.expected.reports import Record, days
from integration_tests.fake_pinterest.facts import (
    ACCOUNT_METRICS,
    LIFETIME_METRICS,
    STANDARD_METRICS,
    VIDEO_METRICS,
)
from integration_tests.fake_pinterest.metrics import mixed
from integration_tests.fake_pinterest.pin_metrics import shown
from integration_tests.fake_pinterest.server import SPLITS
from integration_tests.fake_pinterest.world import World, is_video


def breakdowns(
    world: World,
    today: date,
    start: date,
    end: date,
    fields: Collection[str] | None = None,
    without: Collection[str] = (),
) -> list[Record]:
    """`without`: the breakdowns that are refused."""
    salts = {
        (split, value): mixed(*value.encode())
        for split, values in SPLITS.items()
        for value in values
        if split != "NO_SPLIT"
    }
    for value in ("PAID", "ORGANIC"):
        salts["CONTENT_TYPE", value] = mixed(*value.encode())
    metrics = [name for name in ACCOUNT_METRICS if fields is None or name in fields]
    found = []
    for (breakdown, value), salt in salts.items():
        if breakdown in without:
            continue
        body = world.user_account_analytics(
            start=start, end=end, today=today, metric_types=metrics, salt=salt
        )
        for day in body["daily_metrics"]:
            if str(day["data_status"]).startswith("BEFORE_"):
                continue
            found.append(
                {
                    "user_id": world.user_id,
                    "breakdown": breakdown,
                    "breakdown_value": value,
                    "date": day["date"],
                    "data_status": day["data_status"],
                    **(day["metrics"] or {}),
                }
            )
    return found


def pin_app_types(
    world: World, today: date, start: date, end: date, fields: Collection[str] | None = None
) -> list[Record]:
    found = []
    for pin in world.own_pins:
        offered = VIDEO_METRICS if is_video(pin) else STANDARD_METRICS
        metrics = [name for name in offered if fields is None or name in fields]
        for app_type in SPLITS["APP_TYPE"]:
            body = world.pin_analytics(
                pin["id"],
                start=start,
                end=end,
                today=today,
                metric_types=[name for name in metrics if name not in LIFETIME_METRICS],
                salt=mixed(*app_type.encode()),
            )
            of_it = {"pin_id": pin["id"], "user_id": world.user_id, "app_type": app_type}
            found += [{**of_it, **row} for row in days(body)]
    return found


def lifetime_metrics(world: World, today: date) -> list[Record]:
    names = {"impression": "IMPRESSION", "pin_click": "PIN_CLICK", "clickthrough": "OUTBOUND_CLICK"}
    names |= {"save": "SAVE", "reaction": "TOTAL_REACTIONS", "comment": "TOTAL_COMMENTS"}
    found = []
    for pin in world.own_pins:
        metrics = shown(world, pin["id"], today)["pin_metrics"] or {}
        lifetime = metrics.get("lifetime_metrics", {})
        found.append({"pin_id": pin["id"], **{names[each]: lifetime[each] for each in lifetime}})
    return found
