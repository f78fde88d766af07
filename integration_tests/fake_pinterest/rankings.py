"""The Pins of the fake Pinterest that did best over some days.

Traps that are always in it:

- more Pins than fit into a ranking, four of them another user's (they link to a claimed website);
- counts that come as 216.0, a metric that a Pin does not have;
- each order ranks anew, and another window has other numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from .facts import OPERATIONS
from .mixing import mixed
from .world import Record, World, is_video

OF_OTHERS = 4

METRICS: dict[str, list[str]] = {
    kind: OPERATIONS[f"GET /user_account/analytics/{kind}"]["parameters"]["metric_types"]["items"][
        "enum"
    ]
    for kind in ("top_pins", "top_video_pins")
}


def ranking(
    world: World,
    kind: str,
    *,
    sort_by: str,
    start: date,
    end: date,
    metric_types: Iterable[str] | None = None,
    num_of_pins: int = 10,
) -> Record:
    """The answer of GET /user_account/analytics/top_pins or …/top_video_pins (`kind`)."""
    names = list(metric_types or METRICS[kind])
    pins = [pin["id"] for pin in world.own_pins if kind == "top_pins" or is_video(pin)]
    if kind == "top_pins":
        pins += [str(913_744_226_420_000_000 + place * 7_919) for place in range(OF_OTHERS)]
    found = {pin: values(pin, METRICS[kind], start, end) for pin in pins}
    pins.sort(key=lambda pin: (-found[pin].get(sort_by, 0), pin))
    return {
        "date_availability": {
            "is_realtime": False,
            "latest_available_timestamp": end.toordinal() * 86_400_000,
        },
        "sort_by": sort_by,
        "pins": [
            {
                "pin_id": pin,
                "metrics": {name: found[pin][name] for name in names if name in found[pin]},
                "data_status": {
                    name: "PROCESSING" if mixed(int(pin), len(name)) % 5 == 0 else "READY"
                    for name in names
                },
            }
            for pin in pins[:num_of_pins]
        ],
    }


def values(pin: str, names: Iterable[str], start: date, end: date) -> Record:
    found: Record = {}
    for place, name in enumerate(names):
        value = mixed(int(pin), place, start.toordinal(), end.toordinal())
        if value % 17 == 3:
            continue
        if name.endswith("_RATE"):
            found[name] = value % 3_000 / 10_000
        elif name.endswith("_WATCH_TIME"):
            found[name] = value % 40_000 / 4
        else:
            count = value % 50_000
            found[name] = float(count) if value % 4 == 0 else count
    return found
