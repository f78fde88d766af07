"""Five hundred ad accounts of two hundred ads each: the plan, one connection, and four that share a login.

    .venv-test/bin/python -m benchmarks.shards            500 ad accounts
    .venv-test/bin/python -m benchmarks.shards 20         fewer, to try it

The fake Pinterest has no rate limits. The connector's own budget runs on a clock of its own, which passes only
while a request waits for the budget: what it shows at the end is the time that the limits alone take.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import ENVIRONMENT, ROOT
from integration_tests.connector import Connector, configured
from integration_tests.fake_pinterest import FakePinterest, World
from source_pinterest.api.facts import api_facts

TODAY = date(2026, 11, 24)
STREAMS = [
    *("campaigns", "ad_groups", "ads", "campaign_analytics", "ad_group_analytics", "ad_analytics"),
    *("campaign_targeting_analytics", "ad_analytics_daily"),
]
COLUMNS = ["SPEND_IN_MICRO_DOLLAR", "IMPRESSION_1", "CLICKTHROUGH_1", "TOTAL_CONVERSIONS"]
CONNECTIONS = 4

READ = """
import sys, threading, time
from datetime import datetime
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.settings import Settings
from source_pinterest.run import run

class Clock:
    def __init__(self):
        self.now, self.lock = 0.0, threading.Lock()
    def __call__(self):
        return self.now
    def sleep(self, seconds):
        with self.lock:
            self.now += min(seconds, 0.02)
        time.sleep(0)

clock = Clock()
now = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
settings = Settings(budget=lambda limits: RateBudget(clock, clock.sleep, limits))
try:
    run(sys.argv[1:], lambda: now, settings)
finally:
    print(f"MINUTES {clock.now / 60:.2f}", file=sys.stderr)
"""


class Rows:
    """The records of some connections, whatever their order."""

    def __init__(self) -> None:
        self.number = 0
        self.sum = 0

    def add(self, line: bytes) -> None:
        record = line[: line.rindex(b',"emitted_at"')]
        self.number += 1
        self.sum += int.from_bytes(hashlib.blake2b(record, digest_size=8).digest(), "big")

    @property
    def fingerprint(self) -> tuple[int, int]:
        return self.number, self.sum & (1 << 64) - 1


def read(folders: list[Path], rows: Rows) -> list[dict[str, Any]]:
    """Reads connections at the same time: for each the seconds, the minutes of the limits, and its peak memory."""
    processes = []
    for folder in folders:
        arguments = ["read", "--config", str(folder / "config.json")]
        arguments += ["--catalog", str(folder / "catalog.json")]
        errors = (folder / "errors.txt").open("w+")
        process = subprocess.Popen(
            [sys.executable, "-c", READ, *arguments],
            cwd=ROOT,
            env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            stdout=(folder / "output.jsonl").open("wb"),
            stderr=errors,
        )
        processes.append((folder, process, errors, time.monotonic()))
    found = []
    for folder, process, errors, began in processes:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        with (folder / "output.jsonl").open("rb") as output:
            for line in output:
                if line.startswith(b'{"type":"RECORD"'):
                    rows.add(line)
        (folder / "output.jsonl").unlink()
        errors.seek(0)
        text = errors.read()
        found.append(
            {
                "exit_code": process.returncode,
                "seconds": round(seconds),
                "minutes_of_the_limits": float(text.rpartition("MINUTES ")[2]),
                "peak_mb": used.ru_maxrss // 1024,
            }
        )
    return found


def plan(folder: Path, *options: str) -> tuple[dict[str, Any], float, int]:
    """The plan, its seconds and its peak memory in MB."""
    began = time.monotonic()
    with (folder / "plan.json").open("w") as output:
        arguments = ["plan", "--json", "--config", str(folder / "config.json")]
        arguments += ["--catalog", str(folder / "catalog.json"), *options]
        process = subprocess.Popen(
            [sys.executable, "-c", READ, *arguments],
            cwd=ROOT,
            env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return (
        json.loads((folder / "plan.json").read_text()),
        time.monotonic() - began,
        used.ru_maxrss // 1024,
    )


def sent(pinterest: FakePinterest) -> dict[str, int]:
    """By rate limit, since the last look."""
    operations = api_facts()["operations"]
    found = Counter(
        str(operations[str(request.operation)]["rate_limit_category"])
        for request in pinterest.requests
    )
    pinterest.requests.clear()
    return dict(found)


def measure(ad_accounts: int) -> None:
    world = World(
        epoch=TODAY, ad_accounts=ad_accounts, campaigns=10, ad_groups=4, ads=5, pins=2, boards=1
    )
    with (
        FakePinterest(
            world, today=TODAY, lookback_days=90, refused_targeting_types=set()
        ) as pinterest,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        config = {
            "credentials": {
                "auth_method": "access_token",
                "access_token": pinterest.access_token,
            },
            "base_url": pinterest.url,
            "backfill_days": 15,
        }
        streams = Connector(config).discover().catalog
        fields = {
            each["name"]: [
                field
                for field in each["json_schema"]["properties"]
                if not field.isupper() or field in COLUMNS
            ]
            for each in streams
        }
        catalog = configured(streams, STREAMS, fields=fields)
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "catalog.json").write_text(json.dumps(catalog))
        into = folder / "shards"

        planned, seconds, memory = plan(folder, "--shards", str(CONNECTIONS), "--into", str(into))
        print(f"plan: {seconds:.0f} s, {memory} MB; asked {sent(pinterest)}")
        print(f"  requests {planned['requests']}, least minutes {planned['minutes']}")
        print(f"  rows at most {planned['rows']:,}, {planned['gigabytes']:.2f} GB")
        for shard in planned["shards"]:
            print(
                f"  {shard['name']}: {len(shard['ad_accounts'])} ad accounts, "
                f"{shard['requests']}, least minutes {shard['minutes']}"
            )
        whole, parts = Rows(), Rows()
        (single,) = read([folder], whole)
        print(
            f"one connection: {single}; sent {sent(pinterest)}; {whole.number:,} rows", flush=True
        )
        for each in read(sorted(into.iterdir()), parts):
            print(f"one of {CONNECTIONS}: {each}")
        print(f"all {CONNECTIONS}: sent {sent(pinterest)}; {parts.number:,} rows")
        print(f"rows equal: {whole.fingerprint == parts.fingerprint}")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
