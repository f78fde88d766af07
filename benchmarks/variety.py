"""The record path on answers that nobody rehearsed, beside a bare loop over the same bytes.

Through the real entry point, in processor time: each round runs the loop and the connector, and the least
of all rounds counts, since a machine that does other things makes figures larger, never smaller. What
the connector takes for the same ids when the answers have the rows of two of them is taken off: start-up,
and the list of the ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.answers import PIN_COUNTS, REPORTS, SETS, STATUS, TARGETING_TYPE
from benchmarks.canned_pinterest import TEN
from benchmarks.measure import ROOT, Server, read
from benchmarks.record_path import bare_loop

ROUNDS = 2

SELECTED: dict[str, tuple[str, ...] | None] = {"ten": (*TEN[:-1], STATUS), "all": None}
"""Ten columns, one of them a text; or all that there are."""

IDS = {
    ("ads by day", "ten"): 5_000,
    ("ads by day", "all"): 400,
    ("ads, totals", "ten"): 150_000,
    ("ads, totals", "all"): 25_000,
    ("targeting by day", "ten"): 1_000,
    ("targeting by day", "all"): 80,
    ("Pins by day", "all"): 5_000,
}
"""Enough for a second of work; in the totals with ten columns, for half a second."""

OPTIONS = {"reconcile": False, "targeting_types": [TARGETING_TYPE]}
"""Answers with gaps have no sum that could be compared."""

COMPARED = ("clean", "a", "g")
"""The sets that another checkout is measured with, too."""

Say = Callable[[str], None]


def measure(
    say: Say,
    against: Path | None = None,
    sets: Iterable[str] = tuple(SETS),
    reports: Iterable[str] = tuple(REPORTS),
) -> list[dict[str, Any]]:
    """A result for each report, selection and set. `against`: another checkout, to be measured in the
    same rounds."""
    results = []
    for (report, which), ids in IDS.items():
        if report not in reports:
            continue
        roots = {"ours": ROOT, **({"before": against} if against else {})}
        aside = {name: _aside(report, which, ids, root) for name, root in roots.items()}
        for of in sets:
            if report == "Pins by day" and of == "b":
                continue  # its rows have no ids
            found: dict[str, Any] = {"report": report, "columns": which, "set": of}
            compared = roots if of in COMPARED else {"ours": ROOT}
            least = _least(_rounds(report, which, of, ids, compared, found))
            cells = found["rows"] * found["number_of_columns"]
            for name in compared:
                work = least[name] - aside[name]
                found[name] = round(least["loop"] / work, 3)
                found[f"{name}_cells_per_second"] = round(cells / work)
            found["loop_seconds"] = round(least["loop"], 3)
            say(", ".join(f"{name}: {value}" for name, value in found.items()))
            results.append(found)
    return results


def _least(measured: Iterable[tuple[str, float]]) -> dict[str, float]:
    least: dict[str, float] = {}
    for name, seconds in measured:
        least[name] = min(seconds, least.get(name, seconds))
    return least


def _columns(report: str, which: str) -> tuple[str, ...] | None:
    return PIN_COUNTS if report == "Pins by day" else SELECTED[which]


def _aside(report: str, which: str, ids: int, root: Path) -> float:
    """The seconds that are no record path's."""
    is_of_pins = report == "Pins by day"  # where an answer without some Pins asks for them again
    with Server(2 if is_of_pins else ids, has_few_rows=True) as server:
        more: dict[str, Any] = {"stream": REPORTS[report], "root": root, **OPTIONS}
        columns = _columns(report, which)
        return min(read(server, columns, **more).cpu_seconds for _ in range(ROUNDS + 1))


def _rounds(
    report: str,
    which: str,
    of: str,
    ids: int,
    roots: dict[str, Path],
    found: dict[str, Any],
) -> Iterable[tuple[str, float]]:
    """What was run, and the seconds of a processor that it took."""
    stream = REPORTS[report]
    with Server(ids, of=of) as server:
        for _ in range(ROUNDS):
            for name, root in roots.items():
                more: dict[str, Any] = {"stream": stream, "root": root, **OPTIONS}
                yield name, read(server, _columns(report, which), **more).cpu_seconds
            asked = server.statistics()["columns"]
            loop = bare_loop(stream, of, ids, asked)
            found |= {"rows": loop["rows"], "number_of_columns": len(asked)}
            yield "loop", loop["cpu_seconds"]
