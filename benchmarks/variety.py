"""The record path on answers that nobody rehearsed, beside a bare loop over the same bytes.

Through the real entry point, in processor time: each round runs the loop and the connector, and the least
of all rounds counts, since a machine that does other things makes figures larger, never smaller. What
the connector takes for a single id is taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.answers import PIN_COUNTS, REPORTS, SETS, STATUS, TARGETING_TYPE
from benchmarks.canned_pinterest import TEN
from benchmarks.measure import ROOT, Server, read
from benchmarks.record_path import bare_loop

ROUNDS = 3

SELECTED: dict[str, tuple[str, ...] | None] = {"ten": (*TEN[:-1], STATUS), "all": None}
"""Ten columns, one of them a text; or all that there are."""

IDS = {
    ("ads by day", "ten"): 5_000,
    ("ads by day", "all"): 500,
    ("ads, totals", "ten"): 250_000,
    ("ads, totals", "all"): 25_000,
    ("targeting by day", "ten"): 1_000,
    ("targeting by day", "all"): 100,
    ("Pins by day", "all"): 5_000,
}
"""Enough for a second of work. Pins have ten metrics in all."""

OPTIONS = {"reconcile": False, "targeting_types": [TARGETING_TYPE]}
"""Answers with gaps have no sum that could be compared."""

Say = Callable[[str], None]


def measure(
    say: Say,
    sets: Iterable[str] = tuple(SETS),
    against: Path | None = None,
    reports: Iterable[str] = tuple(REPORTS),
) -> list[dict[str, Any]]:
    """A result for each report, selection and set. `against`: another checkout, to be measured in the
    same rounds."""
    results = []
    roots = {"ours": ROOT, **({"before": against} if against else {})}
    for (report, which), ids in IDS.items():
        for of in sets if report in reports else ():
            if report == "Pins by day" and of == "b":
                continue  # its rows have no ids
            found: dict[str, Any] = {"report": report, "columns": which, "set": of}
            least: dict[str, float] = {}
            for name, used in _rounds(report, which, of, ids, roots, found):
                least[name] = min(used, least.get(name, used))
            for name in roots:
                work = least[name] - least[f"{name}, one"]
                found[name] = round(least["loop"] / work, 3)
                found[f"{name} cells per second"] = round(
                    found["rows"] * found["number_of_columns"] / work
                )
            found["loop seconds"] = round(least["loop"], 3)
            say(", ".join(f"{name}: {value}" for name, value in found.items()))
            results.append(found)
    return results


def _rounds(
    report: str,
    which: str,
    of: str,
    ids: int,
    roots: dict[str, Path],
    found: dict[str, Any],
) -> Iterable[tuple[str, float]]:
    """What was run, and the seconds of a processor that it took."""
    stream, columns = REPORTS[report], SELECTED[which]
    if report == "Pins by day":
        columns = PIN_COUNTS
    with Server(ids, of=of) as server, Server(1, of=of) as small:
        for _ in range(ROUNDS):
            for name, root in roots.items():
                more: dict[str, Any] = {"stream": stream, "root": root, **OPTIONS}
                yield f"{name}, one", read(small, columns, **more).cpu_seconds
                yield name, read(server, columns, **more).cpu_seconds
            asked = server.statistics()["columns"]
            loop = bare_loop(stream, of, ids, asked)
            found |= {"rows": loop["rows"], "number_of_columns": len(asked)}
            yield "loop", loop["cpu_seconds"]
