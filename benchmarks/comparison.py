"""The connector, the official one and the floor: requests and seconds as an ad account grows."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import rival
from benchmarks.answers import KINDS
from benchmarks.canned_pinterest import TEN
from benchmarks.measure import Server, read

SIZES = (100, 500, 5_000, 25_000)
LATENCIES = (0.05, 0.2, 1.0)

Say = Callable[[str], None]


def floor(ads: int) -> int:
    """The account, 250 ads on a page, 250 ads and 90 days in a report."""
    return 1 + 2 * math.ceil(ads / 250)


def is_measured(ads: int, latency: float, *, full: bool) -> bool:
    """Of ours; by default what is done within minutes."""
    return full or ads <= 500 or (ads == 5_000 and latency == 0.2)


def is_rival_measured(ads: int, latency: float, *, full: bool) -> bool:
    """Past 500 ads the official connector needs hours."""
    return ads == 100 or (ads == 500 and (full or latency == 0.05))


def compare(say: Say, *, full: bool) -> dict[str, Any]:
    python = rival.make_environment()
    columns: Sequence[str] = TEN
    small: dict[float, rival.Measured] = {}
    rows: list[dict[str, Any]] = []
    for ads in SIZES:
        for latency in LATENCIES:
            row: dict[str, Any] = {"ads": ads, "latency": latency, "floor": floor(ads)}
            if python:
                found, asked = _rival(python, ads, latency, small, full=full)
                columns = columns if columns is not TEN else asked
                row["rival"] = found
            if is_measured(ads, latency, full=full):
                row["ours"] = _ours(ads, latency, columns)
            say(json.dumps(row))
            rows.append(row)
    return {
        "rival": rival.REQUIREMENTS[0] if python else None,
        "number_of_columns": len(columns),
        "rows": rows,
    }


def _ours(ads: int, latency: float, columns: Sequence[str]) -> dict[str, Any]:
    with Server(ads, latency, has_limits=True) as server:
        counting = ads == 100
        used = read(server, columns, count_records=counting)
        statistics = server.statistics()
    if counting and used.records != ads * 90:
        raise RuntimeError(f"ours has emitted {used.records} records of {ads * 90}")
    asked = statistics["asked"]
    return {"requests": sum(asked.values()), "refused": statistics["refused"], **used.as_dict()}


def _rival(
    python: str, ads: int, latency: float, small: dict[float, rival.Measured], *, full: bool
) -> tuple[dict[str, Any], list[str]]:
    """What it took, or would take; and the columns that it asks for, of those that both know."""
    used = None
    if is_rival_measured(ads, latency, full=full):
        with Server(ads, latency, has_limits=True) as server:
            try:
                used = rival.read(python, server)
            except RuntimeError as error:
                if ads == 100:
                    raise
                print(f"The official connector has failed, so its time is extrapolated: {error}")
            statistics = server.statistics()
    if not used:
        seconds = round(rival.estimated_seconds(ads, small[latency]), 1)
        return {"requests": rival.requests(ads), "seconds": seconds, "estimated": True}, []
    if used.records != ads * 90:
        raise RuntimeError(f"the official one has emitted {used.records} records of {ads * 90}")
    count = sum(statistics["asked"].values())
    if count != rival.requests(ads):
        raise RuntimeError(f"the official one has sent {count} requests, not as its formula says")
    if ads == 100:
        small[latency] = rival.Measured(ads, used.seconds)
    found = {"requests": count, "refused": statistics["refused"], **used.as_dict()}
    return found, [name for name in statistics["columns"] if name in KINDS]
