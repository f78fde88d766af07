"""The least that Python can do: parse the answers, and write each row as a RECORD line.

    python -m benchmarks.bare_loop '{"report": "ad_analytics_daily", "set": "clean", "ids": 500, "columns": ["CTR"]}'

No HTTP, no types, no keys, no state. Prints rows, bytes, seconds and processor seconds of the loop, as
JSON. The answers are those that the connector gets: about as many ids, with the same columns.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import orjson

from benchmarks.answers import REPORTS, TARGETING_VALUES, ads, ids, pins, rows_of

CELLS, IDS = 1_000_000, 250
"""Of an answer, at most."""


def main() -> None:
    asked = json.loads(sys.argv[1])
    report, of, columns = asked["report"], asked["set"], asked["columns"]
    today = datetime.now(timezone.utc).date()
    window = str(today - timedelta(days=90)), str(today - timedelta(days=1))
    rows_per_id = {REPORTS["ads, totals"]: 1}.get(report, 90)
    if report == REPORTS["targeting by day"]:
        rows_per_id *= len(TARGETING_VALUES)
    most = max(1, min(IDS, CELLS // (rows_per_id * len(columns))))
    rows, size, seconds, cpu_seconds = 0, 0, 0.0, 0.0
    everything = ids(asked["ids"])
    with Path("/dev/null").open("wb") as nowhere:
        write = nowhere.write
        for start in range(0, len(everything), most):
            batch = everything[start : start + most]
            if report == REPORTS["Pins by day"]:
                body = pins(batch, columns, *window, of)
            else:
                body = ads(report, batch, columns, *window, of)
            size += len(body)
            now = time.time_ns() // 1_000_000
            began, cpu_began = time.perf_counter(), time.process_time()
            for row in rows_of(report, orjson.loads(body)):
                record = {"stream": report, "data": row, "emitted_at": now}
                write(orjson.dumps({"type": "RECORD", "record": record}) + b"\n")
                rows += 1
            seconds += time.perf_counter() - began
            cpu_seconds += time.process_time() - cpu_began
    found = {
        "rows": rows,
        "bytes": size,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "ids_of_an_answer": most,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
