"""How fast `source-pinterest load` is: rows of ten columns from the connector's output into DuckDB.

    python -m benchmarks.loading

The connector is a process that prints a file, so that the load is what is measured; beside it, in the same
run, a bare loop that parses the same lines and keeps nothing.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

ROWS = 500_000
TARGET = 50_000
"""Rows a second of processor time, at least."""

PRINT = (
    "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer, 1 << 20)"
)
NUMBERS = [
    "SPEND_IN_DOLLAR",
    "SPEND_IN_MICRO_DOLLAR",
    "CTR",
    "PAID_IMPRESSION",
    "TOTAL_CLICKTHROUGH",
]
PROPERTIES: dict[str, Any] = {
    **{name: {"type": "string"} for name in ("ad_id", "ad_account_id", "campaign_id", "currency")},
    "date": {"type": "string", "format": "date"},
    **{name: {"type": ["null", "number"]} for name in NUMBERS},
}


def row(number: int) -> dict[str, Any]:
    """One ad and day of a report."""
    return {
        "ad_id": str(687_201_361_754 + number // 90),
        "ad_account_id": "549755885175",
        "campaign_id": str(626_735_565_838 + number // 9_000),
        "currency": "EUR",
        "date": f"2026-{9 + number % 90 // 30:02}-{1 + number % 30:02}",
        "SPEND_IN_DOLLAR": number % 10_007 / 100,
        "SPEND_IN_MICRO_DOLLAR": number % 10_007 * 10_000,
        "CTR": number % 997 / 7_919,
        "PAID_IMPRESSION": number % 7_919,
        "TOTAL_CLICKTHROUGH": number % 97,
    }


def messages(rows: int) -> list[bytes]:
    """What the connector prints of a complete report."""
    stream = {"name": "ad_analytics_daily"}
    lines = [
        orjson.dumps(
            {
                "type": "RECORD",
                "record": {"stream": stream["name"], "data": row(number), "emitted_at": 1},
            }
        )
        for number in range(rows)
    ]
    status = {"stream_descriptor": stream, "status": "COMPLETE"}
    trace = {"type": "STREAM_STATUS", "stream_status": status}
    return [*lines, orjson.dumps({"type": "TRACE", "trace": trace})]


def catalog() -> dict[str, Any]:
    stream = {
        "name": "ad_analytics_daily",
        "json_schema": {"properties": PROPERTIES},
        "supported_sync_modes": ["incremental"],
        "source_defined_primary_key": [["ad_id"], ["date"]],
    }
    return {
        "streams": [
            {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        ]
    }


def processor_time() -> float:
    """Seconds, of this process and of those that it has started: what else the machine does is not in it."""
    usages = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    from source_pinterest.load.command import run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = messages(rows)
        (folder / "messages.jsonl").write_bytes(b"\n".join([*lines, b""]))
        (folder / "catalog.json").write_bytes(orjson.dumps(catalog()))
        credentials = {"auth_method": "access_token", "access_token": "pina_test_token"}
        (folder / "my.json").write_bytes(orjson.dumps({"credentials": credentials}))

        began = time.perf_counter()
        for line in lines:
            orjson.loads(line)
        bare = time.perf_counter() - began

        files = ["--config", f"{folder}/my.json", "--catalog", f"{folder}/catalog.json"]
        began, busy = time.perf_counter(), processor_time()
        run(
            [*files, "--into", f"{folder}/benchmark.duckdb"],
            connector=[sys.executable, "-c", PRINT, f"{folder}/messages.jsonl"],
        )
        load, busy = time.perf_counter() - began, processor_time() - busy

    print(f"{rows:,} rows of {len(PROPERTIES)} columns, dlt's start included")
    print(f"loaded into DuckDB: {rows / load:>10,.0f} rows/s")
    print(f"in processor time:  {rows / busy:>10,.0f} rows/s, of one processor")
    print(f"a bare orjson loop: {rows / bare:>10,.0f} rows/s, {load / bare:.1f} times as fast")
    sys.exit(rows / busy < TARGET)


if __name__ == "__main__":
    main()
