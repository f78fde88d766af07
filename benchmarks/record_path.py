"""Rows a second through the real entry point, beside a bare loop; memory; start-up."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.answers import FIRST_AD, KINDS
from benchmarks.canned_pinterest import TEN
from benchmarks.measure import OURS, ROOT, Server, config, files, median, read, run

ROUNDS = 5
COLUMNS: dict[str, tuple[str, ...] | None] = {"ten": TEN, "all": None}
ADS = {"ten": 10_000, "all": 2_000}
"""Enough for seconds of work, 90 days each."""

MEMORY = ((2_500, "all"), (25_000, "ten"))

Say = Callable[[str], None]


def bare_loop(report: str, of: str, ids: int, columns: Sequence[str]) -> dict[str, float]:
    asked = json.dumps({"report": report, "set": of, "ids": ids, "columns": columns})
    command = [sys.executable, "-m", "benchmarks.bare_loop", asked]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    found: dict[str, float] = json.loads(printed)
    return found


def throughput(say: Say) -> list[dict[str, Any]]:
    """Each round runs the connector, from its first answer of a report on, and the loop."""
    results = []
    for which, columns in COLUMNS.items():
        ads = ADS[which]
        rows = ads * 90
        loops, reads = [], []
        with Server(ads) as server:
            for _ in range(ROUNDS):
                reads.append(read(server, columns, from_first_report=True))
                asked = server.statistics()["columns"]
                loops.append(bare_loop("ad_analytics_daily", "clean", ads, asked))
        loop = median(each["seconds"] for each in loops)
        loop_cpu = median(each["cpu_seconds"] for each in loops)
        took = median(each.seconds for each in reads)
        took_cpu = median(each.cpu_seconds for each in reads)
        found = {
            "columns": which,
            "number_of_columns": len(asked),
            "rows": rows,
            "loop_rows_per_second": round(rows / loop),
            "rows_per_second": round(rows / took),
            "ratio": round(loop / took, 3),
            "loop_rows_per_cpu_second": round(rows / loop_cpu),
            "rows_per_cpu_second": round(rows / took_cpu),
            "cpu_ratio": round(loop_cpu / took_cpu, 3),
        }
        say(f"record path, {which} columns: {found['rows_per_second']:,} rows/s, {found['ratio']}")
        results.append(found)
    return results


def memory(say: Say) -> list[dict[str, Any]]:
    results = []
    for ads, which in MEMORY:
        with Server(ads) as server:
            used = read(server, COLUMNS[which])
        say(f"memory, {ads:,} ads with {which} columns: {used.peak_mb:.0f} MB")
        results.append({"ads": ads, "columns": which, "rows": ads * 90, **used.as_dict()})
    return results


def start_up(say: Say) -> dict[str, float]:
    """Medians in seconds: of importing the CDK's entry point alone, of `spec`, of `discover`."""
    cdk = [sys.executable, "-c", "import airbyte_cdk.entrypoint, airbyte_cdk.sources"]
    found: dict[str, list[Any]] = {"import_cdk": [], "spec": [], "discover": []}
    run([*OURS, "spec"])  # compiles
    with files(config=config("http://127.0.0.1:9/v5")) as arguments:
        for _ in range(ROUNDS + 2):
            found["import_cdk"].append(run(cdk))
            found["spec"].append(run([*OURS, "spec"]))
            found["discover"].append(run([*OURS, "discover", *arguments]))
    result = {name: round(median(u.seconds for u in used), 3) for name, used in found.items()}
    cpu = {f"{n}_cpu": round(median(u.cpu_seconds for u in used), 3) for n, used in found.items()}
    say(f"start-up: {result}, {cpu}")
    return result | cpu


def capacity(say: Say) -> dict[str, int]:
    """What the server gives to one connection that asks and throws away, at no latency."""

    with Server(2_500) as server:
        connection = server.connection()
        account = "/ad_accounts/549755885175"
        pages = 500
        began = time.perf_counter()
        for _ in range(pages):
            server.get(connection, f"{account}/ads?page_size=25")
        per_page = (time.perf_counter() - began) / pages
        asked = "&".join(f"ad_ids={FIRST_AD + place}" for place in range(64))
        report = f"{account}/ads/analytics?granularity=DAY&columns={','.join(KINDS)}&{asked}"
        report += "&start_date=2026-08-26&end_date=2026-11-23"
        server.get(connection, report)
        began, size = time.perf_counter(), 0
        for _ in range(10):
            size += len(server.get(connection, report))
        seconds = time.perf_counter() - began
    found = {
        "requests_per_second": round(1 / per_page),
        "mb_per_second": round(size / seconds / 1e6),
        "rows_per_second": round(64 * 90 * 10 / seconds),
    }
    say(f"the server: {found}")
    return found
