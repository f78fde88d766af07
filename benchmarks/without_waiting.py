"""`source-pinterest`, whose rate limits have a clock of their own; and what each process took.

    python -m benchmarks.without_waiting read --config … --catalog …

`load` becomes a process of its own, whose line has the verb `worker`. The clock passes only while a request waits for the limits, so a sync shows the minutes that they take at least, without
taking them. Each process adds a line of JSON to the file that `USAGE` in the environment names.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from source_pinterest.load import worker
from source_pinterest.load.job import Job

COMMAND = (sys.executable, "-m", "benchmarks.without_waiting")

NOW = datetime.fromisoformat("2026-11-24T09:00:00+00:00")

STEP = 0.02
"""Seconds that pass at most while a request waits once: a request that may be sent meanwhile is."""


class Clock:
    """Seconds since the start. They pass while somebody sleeps, and each of several sleepers adds its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += min(seconds, STEP)
        time.sleep(0)


def peak_mb() -> int:
    """The largest memory of this process, from Linux. What `getrusage` has is at least that of the process that
    has started this one."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def in_its_process(job: Job, args: Sequence[str]) -> None:
    """As `source-pinterest load`, which becomes the process that loads."""
    worker.replace_this_process(job, args, [*COMMAND, "worker"])


def main() -> None:
    clock = Clock()
    verb, *arguments = sys.argv[1:]
    try:
        _run(verb, arguments, clock)
    finally:
        if file := os.environ.get("USAGE"):
            used = {"verb": verb, "minutes": round(clock.now / 60, 2), "peak_mb": peak_mb()}
            with Path(file).open("a", encoding="utf-8") as usage:
                usage.write(json.dumps(used) + "\n")


def _run(verb: str, arguments: list[str], clock: Clock) -> None:
    """Imports only what the process needs that is measured."""
    if verb == "worker":  # what `load` becomes
        sys.argv.pop(1)
        worker.main()
    elif verb == "load":
        from source_pinterest.load.command import run as load

        load(arguments, lambda: NOW, COMMAND, in_its_process)
    else:
        from source_pinterest.http.rate_limiter import RateBudget
        from source_pinterest.http.settings import Settings
        from source_pinterest.run import run

        budget = Settings(budget=lambda limits: RateBudget(clock, clock.sleep, limits))
        run([verb, *arguments], lambda: NOW, budget)


if __name__ == "__main__":
    main()
