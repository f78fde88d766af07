"""How long a sync lasts beside its longest chain of answers and its fullest budget, by the number of ad accounts.

Reads the 16 documented streams with few columns from a Pinterest far away (`distant_pinterest.py`). The start of the
process does not count: the clock runs from the first request to the end.

    benchmarks/run --only concurrency [--full] [--against CHECKOUT]
    python -m benchmarks.concurrency 2 30 [--against CHECKOUT]

Writes in_flight.txt: the requests in flight over time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.canned_pinterest import TEN
from benchmarks.measure import ENVIRONMENT, ROOT, Server, files
from integration_tests.connector import Connector, configured, documented
from source_pinterest.api.limits import LIMITS

PICTURE = Path(__file__).resolve().parent / "in_flight.txt"
BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 64

Say = Callable[[str], None]


@dataclass(frozen=True)
class Case:
    """Ad accounts with so many ads each, and the seconds until an answer."""

    name: str
    accounts: int
    ads: int
    latency: float


CASES = {
    each.name: each
    for each in (
        Case("1", 1, 2, 1.0),
        Case("2", 2, 2, 1.0),
        Case("30", 30, 2, 0.3),
        Case("500", 500, 2, 0.3),
        Case("25,000 ads", 1, 25_000, 0.1),
    )
}
"""By what the table calls it: the number of ad accounts, or the ads of one."""

QUICK = [name for name in CASES if name != "500"]
"""Those that take less than a quarter of an hour."""


class Distant(Server):
    def __init__(self, case: Case) -> None:
        self._command = [sys.executable, "-m", "benchmarks.distant_pinterest"]
        self._command += ["--accounts", str(case.accounts), "--ads", str(case.ads)]
        self._command += ["--latency", str(case.latency)]


def measure(say: Say, against: Path | None = None, names: Sequence[str] = ()) -> dict[str, Any]:
    """By checkout and case."""
    found: dict[str, Any] = {}
    pictures = []
    for root in [*([against] if against else []), ROOT]:
        title = "before" if root is not ROOT else "now"
        for name in names or CASES:
            result, picture = _of(CASES[name], root)
            found.setdefault(title, {})[name] = result
            say(f"{title}, {name}: {result}\n{picture}")
            pictures.append(f"{title}, {_described(CASES[name])}: {result['seconds']} s\n{picture}")
    PICTURE.write_text("\n\n".join([HEAD, *pictures]) + "\n", encoding="utf-8")
    return found


HEAD = "Requests in flight, from the first one to the last (one column is a part of that time)."


def _described(case: Case) -> str:
    accounts = f"{case.accounts} ad account{'s' if case.accounts > 1 else ''}"
    return f"{accounts} of {case.ads:,} ads, {case.latency} s until an answer"


def _of(case: Case, root: Path) -> tuple[dict[str, Any], str]:
    with Distant(case) as server:
        credentials = {
            "auth_method": "oauth2.0",
            "client_id": "1",
            "client_secret": "a",
            "refresh_token": "b",
        }
        settings = {"credentials": credentials, "base_url": server.url}
        streams = documented(Connector(settings).discover().catalog)
        catalog = configured(streams, fields={each["name"]: _few(each) for each in streams})
        with files(config=settings, catalog=catalog, state=[]) as arguments:
            command = [sys.executable, "-m", "source_pinterest", "read", *arguments]
            environment = {**ENVIRONMENT, "PYTHONPATH": str(root)}
            process = subprocess.Popen(
                command, cwd=root, env=environment, stdout=subprocess.DEVNULL
            )
            _, status, used = os.wait4(process.pid, 0)
            ended = time.monotonic()
        if os.waitstatus_to_exitcode(status):
            raise RuntimeError(f"{command} failed")
        seen = server.statistics()
    changes = sorted(map(tuple, seen["changes"]))
    began = changes[0][0]
    chain, budget = chain_of(case), budget_of(seen["paths"], case.latency)
    seconds = ended - began
    result = {
        "seconds": round(seconds, 1),
        "chain": round(chain, 1),
        "budget": round(budget, 1),
        "times_the_longer": round(seconds / max(chain, budget), 2),
        "requests": len(seen["paths"]),
        "most_in_flight": max(accumulate(by for _, by in changes)),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }
    return result, _sparkline([(at - began, by) for at, by in changes], seconds)


def chain_of(case: Case) -> float:
    """Seconds of the longest chain: the token, the pages of ad accounts, those of the longest list, a report, and
    the total that it is compared with."""
    pages = -(-case.accounts // LIMITS.page_size) + -(-case.ads // LIMITS.page_size)
    return (1 + pages + 2) * case.latency


def budget_of(paths: Sequence[str], latency: float) -> float:
    """Seconds until the last of these requests may be sent and is answered, if all of them begin at once."""
    counts = Counter(map(_category, paths))
    waits = [
        60.0 * ((counts[category] - 1) // a_minute)
        for category, a_minute in LIMITS.requests_per_minute.items()
        if counts[category]
    ]
    return max([*waits, float((len(paths) - 1) // LIMITS.requests_per_second)]) + latency


def _category(path: str) -> str:
    if path.startswith("/ad_accounts"):
        return "ads_analytics" if path.endswith("analytics") else "ads_read"
    return "org_analytics" if path.endswith("analytics") else "org_read"


def _few(stream: dict[str, Any]) -> list[str]:
    """Its fields that are no metrics, and ten metrics."""
    offered = stream["json_schema"]["properties"]
    return [name for name in offered if not name.isupper() or name in TEN]


def _sparkline(changes: Sequence[tuple[float, int]], seconds: float) -> str:
    """The most requests that were in flight in each part of the time."""
    most = [0] * WIDTH
    in_flight = place = 0
    for at, by in changes:
        now = min(WIDTH - 1, int(WIDTH * at / seconds))
        for between in range(place, now + 1):
            most[between] = max(most[between], in_flight)
        place = now
        in_flight += by
        most[now] = max(most[now], in_flight)
    highest = max(most)
    bars = "".join(BARS[-(-each * (len(BARS) - 1) // highest)] for each in most)
    return f"|{bars}| at most {highest}, {seconds:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.concurrency")
    parser.add_argument("cases", nargs="*", choices=[*CASES, []])
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="measure this one, too")
    arguments = parser.parse_args()
    found = measure(lambda text: print(text, flush=True), arguments.against, arguments.cases)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
