"""The long form of the fault tests: what `script/faults` runs."""

from __future__ import annotations

import argparse
import os
import sys
import time

from integration_tests.connector import ROOT, Connector, documented
from integration_tests.fake_pinterest import World
from integration_tests.faults.all_streams import NOT_SUGGESTED, REPORT_FAULTS, catalog_of_the_others
from integration_tests.faults.fault_harness import (
    ALWAYS,
    BURST,
    ONCE,
    ONE,
    THIRTY,
    Verdict,
    catalog,
    tried,
)
from integration_tests.faults.faults import FAULTS
from integration_tests.faults.kill_harness import killed

PAGE = ROOT / "docs" / "faults.md"
HEAD = """# Faults and their outcomes

`script/faults` writes this page. It runs syncs of all 16 reports in a small world (3 ad accounts, 10 Pins, 15 days, small
limits: about 75 requests) and injects one fault into each. An incomplete stream says so, and its state does not move,
or names what is missing. A second sync without faults then reads the rest; *lost* counts the rows that it does not read.
Waits are shortened: a second of a rate limit takes half a millisecond.

*once*: the first request to each endpoint. *3 in a row*: the first three requests. *30 % of all*: random requests, with a
fixed seed. *always, for one ad account*: every request about it. *always*: every request.

| fault | when | reports | rows expected | read | ended | hits | requests | seconds | lost |
|---|---|---|---|---|---|---|---|---|---|
"""

TITLE_OF_THE_OTHERS = "## Streams that are not suggested"
HEAD_OF_THE_OTHERS = f"""{TITLE_OF_THE_OTHERS}

`script/faults --others` writes this section: syncs of all streams that are not suggested, and of two custom reports,
in the same world (about 430 requests). Synchronous reports go back five of the fifteen days here, so that every daily
report has history; `metrics_final` and `entity_names` are on. The faults also hit the creation, the status and the content of
asynchronous reports; the last faults of the table hit only these. Their content comes from another host and does not name
an ad account, so *always, for one ad account* spares it. Faults that end in a time-out happen *once*. A report that is
*FINISHED without an address* counts as one without rows, with a warning: its rows are lost.

| fault | when | streams | rows expected | read | ended | hits | requests | seconds | lost |
|---|---|---|---|---|---|---|---|---|---|
"""


def row(verdict: Verdict) -> str:
    """Of the table; with what is not as promised, if anything."""
    cells = [
        *(verdict.fault, verdict.schedule, verdict.streams, f"{verdict.expected:,}"),
        *(f"{verdict.read:,}", verdict.ended, verdict.hits, verdict.requests),
        *(f"{verdict.seconds:.1f}", verdict.lost_in_the_end),
    ]
    line = f"| {' | '.join(map(str, cells))} |"
    return "\n".join([line, *(f"  !! {problem}" for problem in verdict.problems)])


def table(only: str) -> bool:
    chosen = catalog(documented(Connector({}).discover().catalog))
    print(HEAD, end="", flush=True)
    rows, fine = [], True
    for fault in FAULTS:
        if only not in fault.name:
            continue
        for schedule in (ONCE, BURST, THIRTY, ONE, ALWAYS):
            if (fault.left_out or fault.costs) and schedule is not ALWAYS:
                continue
            verdict = tried(fault, schedule, chosen)
            if not verdict.hits and not fault.connect:
                continue
            rows.append(row(verdict))
            fine = fine and not verdict.problems
            print(rows[-1], flush=True)
    if not only and fine:
        write(HEAD + "\n".join(rows) + "\n", written()[1])
    return fine


def table_of_the_others(only: str) -> bool:
    chosen = catalog_of_the_others()
    print(HEAD_OF_THE_OTHERS, end="", flush=True)
    rows, fine = [], True
    for fault in [*FAULTS, *REPORT_FAULTS]:
        if only not in fault.name or fault.left_out or fault.costs:
            continue
        for schedule in (ONCE,) if fault.is_slow else (ONCE, ONE):
            verdict = tried(fault, schedule, chosen, NOT_SUGGESTED)
            if not verdict.hits and not fault.connect:
                continue
            rows.append(row(verdict))
            fine = fine and not verdict.problems
            print(rows[-1], flush=True)
    if not only and fine:
        write(written()[0], HEAD_OF_THE_OTHERS + "\n".join(rows) + "\n")
    return fine


def written() -> tuple[str, str]:
    """The two tables of the page, as they are."""
    first, title, second = PAGE.read_text("utf-8").partition(TITLE_OF_THE_OTHERS)
    return first.rstrip() + "\n", title + second


def write(first: str, second: str) -> None:
    PAGE.write_text(f"{first}\n{second}" if second else first)


def kills(number: int) -> bool:
    world = World(ad_accounts=2, campaigns=10, ad_groups=4, ads=6, pins=150, followers=60)
    started = time.monotonic()
    report = killed(world, catalog(documented(Connector({}).discover().catalog)), number, seed=1)
    print(
        f"{report.kills} kills in {report.syncs} syncs of all 16 reports, "
        f"{time.monotonic() - started:.0f} s: {report.expected:,} rows expected, {report.read:,} "
        f"read, {report.requests:,} requests. Of {report.in_progress:,} rows of reports with a "
        f"cursor that were in progress at a kill, {report.twice:,} were read twice "
        f"({report.share:.1%})."
    )
    for problem in report.problems:
        print(f"  !! {problem}")
    return not report.problems and report.share < 0.05


def random_worlds(number: int) -> bool:
    import pytest

    os.environ["EXAMPLES"] = str(number)
    return pytest.main(["-q", str(ROOT / "integration_tests" / "test_invariants.py")]) == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/faults")
    parser.add_argument("--only", default="", help="a part of the faults' names")
    parser.add_argument(
        "--others", action="store_true", help="of the streams that are not suggested"
    )
    parser.add_argument("--kills", type=int, help="SIGKILLs of a sync of everything")
    parser.add_argument("--random", type=int, help="random worlds, faults and kill points")
    parser.add_argument("--load", action="store_true", help="100 ad accounts, 100,000 ads and Pins")
    chosen = parser.parse_args()
    if chosen.kills:
        fine = kills(chosen.kills)
    elif chosen.random:
        fine = random_worlds(chosen.random)
    elif chosen.load:
        from integration_tests.load import loads

        fine = loads()
    else:
        fine = (table_of_the_others if chosen.others else table)(chosen.only)
    sys.exit(0 if fine else "script/faults: not as promised; the lines with !! say what")


if __name__ == "__main__":
    main()
