"""Draws results.json as a PNG: python benchmarks/chart.py results.json results.png"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

OURS, OFFICIAL, FLOOR = "#4e79a7", "#e15759", "#9c9c9c"
MARKS = {0.05: "o", 0.2: "s", 1.0: "^"}


def requests(axes: Any, rows: list[dict[str, Any]]) -> None:
    for label, colour, of in (
        ("official", OFFICIAL, lambda row: row.get("rival", {}).get("requests")),
        ("this connector", OURS, lambda row: row.get("ours", {}).get("requests")),
        ("the API's floor", FLOOR, lambda row: row["floor"]),
    ):
        points = sorted({(row["ads"], of(row)) for row in rows if of(row)})
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker="o", label=label)
            axes.annotate(f"{points[-1][1]:,}", points[-1], textcoords="offset points", xytext=(-4, 7), ha="right", color=colour)  # fmt: skip
    axes.set_title("Requests")


def times(axes: Any, rows: list[dict[str, Any]]) -> None:
    for who, label, colour in (("rival", "official", OFFICIAL), ("ours", "this connector", OURS)):
        for latency, mark in MARKS.items():
            points = [
                (row["ads"], row[who]["seconds"], row[who].get("estimated", False))
                for row in rows
                if row["latency"] == latency and who in row
            ]
            name = f"{label}, {latency * 1_000:,.0f} ms"
            axes.plot([p[0] for p in points], [p[1] for p in points], color=colour, lw=1)
            for estimated, face in ((False, colour), (True, "white")):
                shown = [p for p in points if p[2] is estimated]
                axes.plot([p[0] for p in shown], [p[1] for p in shown], mark, color=colour, mfc=face, label=name if not estimated else None)  # fmt: skip
    axes.set_title("Time (hollow: extrapolated)")
    ticks = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3_600: "1 h", 36_000: "10 h"}
    axes.set_yticks(list(ticks), list(ticks.values()))


def main() -> None:
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = results["comparison"]["rows"]
    figure, both = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for axes, draw in zip(both, (requests, times), strict=True):
        axes.set_xscale("log")
        axes.set_yscale("log")
        draw(axes, rows)
        sizes = sorted({row["ads"] for row in rows})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("ads")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
    day = results["measured"]["comparison"]
    figure.suptitle(f"90 days of each ad, by day ({day})", fontsize=11)
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
