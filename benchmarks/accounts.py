"""Many small ad accounts: the bytes of all states, requests, time and memory, by the number of accounts.

Reads the 16 documented streams of a fake Pinterest (`integration_tests/fake_pinterest`) without rate limits, and, of
100 ad accounts and 15 days, all streams.

    benchmarks/run --only accounts
    python -m benchmarks.accounts 100 1000 all
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.canned_pinterest import TEN
from benchmarks.measure import ENVIRONMENT, ROOT, config, files
from integration_tests.connector import Connector, configured, documented
from integration_tests.fake_pinterest import FakePinterest, World

SIZES = (10, 100, 300, 1_000)
OF_ALL_STREAMS = 100
COMMAND = [sys.executable, "-m", "benchmarks.without_limits"]
TODAY = date(2026, 11, 24)

Say = Callable[[str], None]


def measure(
    say: Say, sizes: tuple[int, ...] = SIZES, *, all_streams: bool = True
) -> list[dict[str, Any]]:
    found = [_of(size, say) for size in sizes]
    return [*found, _of(OF_ALL_STREAMS, say, all_streams=True)] if all_streams else found


def _of(accounts: int, say: Say, *, all_streams: bool = False) -> dict[str, Any]:
    world = World(
        epoch=TODAY, ad_accounts=accounts, campaigns=1, ad_groups=1, ads=2, pins=20, boards=2
    )
    with FakePinterest(world, today=TODAY) as pinterest:
        settings = config(pinterest.url, **({"backfill_days": 15} if all_streams else {}))
        settings["credentials"]["access_token"] = pinterest.access_token
        offered = Connector(settings).discover().catalog
        streams = offered if all_streams else documented(offered)
        fields = {each["name"]: _few(each) for each in streams}
        catalog = configured(streams, fields=fields)
        with files(config=settings, catalog=catalog, state=[]) as arguments:
            found = _read([*COMMAND, "read", *arguments])
        found["requests"] = len(pinterest.requests)
    found["streams"] = len(streams)
    found = {"ad_accounts": accounts, **found}
    say(f"many ad accounts: {found}")
    return found


def _few(stream: dict[str, Any]) -> list[str]:
    """Its fields that are no metrics, and ten metrics."""
    offered = stream["json_schema"]["properties"]
    return [name for name in offered if not name.isupper() or name in TEN]


def _read(command: list[str]) -> dict[str, Any]:
    began = time.perf_counter()
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout  # noqa: S101  it was asked for
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    silence, heard, peak = 0.0, time.perf_counter(), 0.0
    for line in process.stdout:
        kind = _kind(line)
        sizes[kind] += len(line)
        counts[kind] += 1
        if kind in ("RECORD", "STATE"):
            now = time.perf_counter()
            silence, heard = max(silence, now - heard), now
        if kind != "RECORD":
            peak = max(peak, _peak_mb(process.pid))
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed")
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(peak),
        "records": counts["RECORD"],
        "states": counts["STATE"],
        "bytes_of_states": sizes["STATE"],
        "bytes": sum(sizes.values()),
        "share_of_states": round(sizes["STATE"] / sum(sizes.values()), 4),
        "longest_silence": round(silence, 1),
    }


def _peak_mb(process: int) -> float:
    """Of a running process so far; 0 once it has ended, when Linux also counts what its starter had."""
    status = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return sum(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def _kind(line: bytes) -> str:
    if line.startswith(b'{"type":"RECORD"'):
        return "RECORD"
    return str(json.loads(line)["type"])


if __name__ == "__main__":
    wanted = sys.argv[1:] or [*map(str, SIZES), "all"]
    measure(
        lambda text: print(text, flush=True),
        tuple(int(each) for each in wanted if each != "all"),
        all_streams="all" in wanted,
    )
