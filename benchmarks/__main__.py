"""Measures the connector beside the official one, the API's floor and a bare loop.

    benchmarks/run                      within 15 minutes
    benchmarks/run --full               every size at every latency: about 40 minutes
    benchmarks/run --only record_path   one part anew; the others stay as they were

Writes results.json and results.png beside this file, and the table into the README.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks import (
    accounts,
    comparison,
    concurrency,
    record_path,
    report,
    rival,
    variety,
)

HERE = Path(__file__).resolve().parent
RESULTS, CHART, README = HERE / "results.json", HERE / "results.png", HERE.parent / "README.md"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--full", action="store_true", help="every size at every latency")
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)

    parts: dict[str, Callable[[bool], Any]] = {
        "server": lambda _: record_path.capacity(say),
        "start_up": lambda _: record_path.start_up(say),
        "record_path": lambda _: record_path.throughput(say),
        "memory": lambda _: record_path.memory(say),
        "variety": lambda _: variety.measure(say, arguments.against),
        "accounts": lambda _: accounts.measure(say),
        "concurrency": lambda full: concurrency.measure(
            say, arguments.against, () if full else concurrency.QUICK
        ),
        "comparison": lambda full: comparison.compare(say, full=full),
    }
    parser.add_argument("--only", nargs="+", choices=parts, help="these parts anew")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="measure the record path and the concurrency of this one, too",
    )
    arguments = parser.parse_args()

    results: dict[str, Any] = {}
    if arguments.only and RESULTS.is_file():
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for name, measure in parts.items():
        if not arguments.only or name in arguments.only:
            say(f"-- {name}")
            results[name] = measure(arguments.full)
            today = str(datetime.now(timezone.utc).date())
            results.setdefault("measured", {})[name] = today
            results["machine"] = {
                "processors": len(os.sched_getaffinity(0)),
                "python": platform.python_version(),
            }
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if not results.keys() >= report.PARTS:
        return
    if drawing := rival.interpreter_for_the_chart(str(rival.ENVIRONMENT / "bin" / "python")):
        chart = [*drawing, str(HERE / "chart.py"), str(RESULTS), str(CHART)]
        subprocess.run(chart, check=True)
        say(f"{CHART.name} is drawn")
    else:
        say("no chart: no Python here has matplotlib")
    if not results["comparison"]["rival"]:
        say("without the official connector there is no table to show: README.md stays as it is")
        return
    text = report.markdown(results)
    print(f"\n{text}\n")
    if not report.put_into(README, text):
        say(f"README.md has no {report.BEGIN} … {report.END}")


if __name__ == "__main__":
    main()
