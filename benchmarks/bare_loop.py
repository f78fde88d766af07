"""The least that Python can do: parse the answers, and write each row as a RECORD line.

    python -m benchmarks.bare_loop 500 all

No HTTP, no types, no keys, no state. Prints rows, seconds and processor seconds of the loop, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import orjson

from benchmarks.canned_pinterest import KINDS, TEN, ids, report
from source_pinterest.sync.slices import chunks, ids_within_cells


def main() -> None:
    ads, which = int(sys.argv[1]), sys.argv[2]
    columns = ["AD_ID", *(TEN if which == "ten" else KINDS)]
    today = datetime.now(timezone.utc).date()
    start, end = str(today - timedelta(days=90)), str(today - timedelta(days=1))
    rows, seconds, cpu_seconds = 0, 0.0, 0.0
    with Path("/dev/null").open("wb") as nowhere:
        write = nowhere.write
        for batch in chunks(ids(ads), ids_within_cells(90, len(columns), 250)):
            body = report(batch, columns, start, end, is_daily=True)
            now = time.time_ns() // 1_000_000
            began, cpu_began = time.perf_counter(), time.process_time()
            for row in orjson.loads(body):
                record = {"stream": "ad_analytics_daily", "data": row, "emitted_at": now}
                write(orjson.dumps({"type": "RECORD", "record": record}) + b"\n")
                rows += 1
            seconds += time.perf_counter() - began
            cpu_seconds += time.process_time() - cpu_began
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main()
