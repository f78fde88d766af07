"""The connector without Pinterest's rate limits, so that a world of many small ad accounts is read in minutes:

python -m benchmarks.without_limits [--minute=SECONDS] [--today] read --config … --catalog …

`--minute`: how many seconds pass from one STATE to the next, at most. `--today`: by this machine's clock.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from datetime import datetime, timezone

import source_pinterest.entrypoint  # noqa: F401  which `run` would import later
from source_pinterest.api.limits import LIMITS
from source_pinterest.clock import utc_now
from source_pinterest.http.settings import Settings
from source_pinterest.run import run

NOW = datetime(2026, 11, 24, 9, tzinfo=timezone.utc)
"""When the fake Pinterest believes that it is."""


def main() -> None:
    a_minute = dict.fromkeys(LIMITS.requests_per_minute, 10**6)
    limits = replace(LIMITS, requests_per_minute=a_minute, requests_per_second=10**6)
    arguments = sys.argv[1:]
    if arguments[0].startswith("--minute="):
        seconds = float(arguments.pop(0).partition("=")[2])
        limits = replace(limits, seconds_between_states=seconds)
    is_today = arguments[0] == "--today"
    gc.freeze()  # as the console script does
    run(arguments[is_today:], utc_now if is_today else lambda: NOW, Settings(limits=limits))


if __name__ == "__main__":
    main()
