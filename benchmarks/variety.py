"""The record path on answers that nobody rehearsed, beside a bare loop over the same bytes.

Through the real entry point, in processor time from the first answer of a report on: start-up and the list of the ids do
not count. Pinterest's rate limits do not hold, so that a run takes seconds and not a minute. Each round runs the
connector, the same with answers that have the rows of two ids, which is taken off, and the loop, one after the other, on a
processor that the fake Pinterest does not use. The least of the rounds counts: whatever else runs on the machine only
adds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.answers import PIN_COUNTS, REPORTS, SETS, STATUS, TARGETING_TYPE
from benchmarks.canned_pinterest import TEN
from benchmarks.measure import ROOT, WITHOUT_LIMITS, Server, on_processors, read
from benchmarks.record_path import bare_loop

ROUNDS, MORE_ROUNDS = 3, 9
"""More where the work is short: what is taken off is several times as much, and varies."""

SELECTED: dict[str, tuple[str, ...] | None] = {"ten": (*TEN[:-1], STATUS), "all": None}
"""Ten columns, one of them a text; or all that there are."""

IDS = {
    ("ads by day", "ten"): 5_000,
    ("ads by day", "all"): 400,
    ("ads, totals", "ten"): 70_000,
    ("ads, totals", "all"): 25_000,
    ("targeting by day", "ten"): 1_000,
    ("targeting by day", "all"): 240,
    ("Pins by day", "all"): 5_000,
}
"""Enough for a second of work; in the totals with ten columns, for a fifth of one, as more would take long: an answer has
250 rows at most."""

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
        for of in sets:
            if report == "Pins by day" and of == "b":
                continue  # its rows have no ids
            compared = roots if of in COMPARED else {"ours": ROOT}
            found = {"report": report, "columns": which, "set": of}
            found |= _measured(report, which, of, ids, compared)
            say(", ".join(f"{name}: {value}" for name, value in found.items()))
            results.append(found)
    return results


def _columns(report: str, which: str) -> tuple[str, ...] | None:
    return PIN_COUNTS if report == "Pins by day" else SELECTED[which]


def _measured(report: str, which: str, of: str, ids: int, roots: dict[str, Path]) -> dict[str, Any]:
    """Ratios to the loop, and cells a second, of each checkout."""
    stream = REPORTS[report]
    more: dict[str, Any] = {"stream": stream, "from_first_report": True, "command": WITHOUT_LIMITS}
    more |= OPTIONS
    loops: list[float] = []
    whole: dict[str, list[float]] = {name: [] for name in roots}
    taken_off: dict[str, list[float]] = {name: [] for name in roots}
    columns = _columns(report, which)
    is_of_pins = report == "Pins by day"  # where an answer without some Pins asks for them again
    *others, own = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        with on_processors({*others} or {own}):
            server = stack.enter_context(Server(ids, of=of))
            few = stack.enter_context(Server(2 if is_of_pins else ids, of=of, has_few_rows=True))
        stack.enter_context(on_processors({own}))
        for _ in range(MORE_ROUNDS if report == "ads, totals" else ROUNDS):
            for name, root in roots.items():
                whole[name].append(read(server, columns, root=root, **more).cpu_seconds)
                taken_off[name].append(read(few, columns, root=root, **more).cpu_seconds)
            asked = server.statistics()["columns"]
            loop = bare_loop(stream, of, ids, asked)
            loops.append(loop["cpu_seconds"])
    found: dict[str, Any] = {"rows": loop["rows"], "number_of_columns": len(asked)}
    part = 1.0 if is_of_pins else 1 - 2 / loop["ids_of_an_answer"]  # the others were taken off
    for name in roots:
        seconds = min(whole[name]) - min(taken_off[name])
        found[name] = round(part * min(loops) / seconds, 3)
        cells = part * found["rows"] * len(asked)
        found[f"{name}_cells_per_second"] = round(cells / seconds)
    return found | {"loop_seconds": round(min(loops), 3)}
