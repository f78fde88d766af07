"""Large worlds: how much memory, how many requests, how the rate budget is used. Minutes each."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from integration_tests.connector import ROOT, Connector, documented
from integration_tests.fake_pinterest import FakePinterest, World
from integration_tests.faults.fault_harness import CONFIG, catalog

IN_A_HURRY = """
import sys, time
from datetime import datetime
from source_pinterest.http.rate_limiter import RateBudget
from source_pinterest.http.settings import Settings
from source_pinterest.run import run

def budget(limits):
    return RateBudget(
        clock=lambda: time.monotonic() * 100,
        sleep=lambda seconds: time.sleep(seconds / 100),
        limits=limits,
    )

now = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
run(["read", *sys.argv[1:]], lambda: now, Settings(budget=budget))
"""
"""A minute of the rate budget takes 0.6 s: 100,000 Pins would take 17 minutes otherwise."""


@dataclass(frozen=True)
class Load:
    name: str
    world: World
    streams: tuple[str, ...]


LOADS = [
    Load(
        "100 ad accounts",
        World(ad_accounts=100, campaigns=3, ad_groups=2, ads=4),
        ("campaigns", "ads", "campaign_analytics", "ad_analytics", "ad_analytics_daily"),
    ),
    Load(
        "100,000 ads in one ad account",
        World(ad_accounts=1, campaigns=100, ad_groups=50, ads=20, pins=100),
        ("ads", "ad_analytics"),
    ),
    Load("100,000 Pins", World(ad_accounts=1, pins=100_000), ("pins", "pin_analytics")),
]


def resident(process: subprocess.Popen[bytes]) -> int:
    """MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def measured(load: Load, discovered: list[dict[str, Any]]) -> str:
    """A line: records by stream, requests, seconds, and the memory at every fifth of the way."""
    counts: Counter[str] = Counter()
    memory: list[tuple[int, int]] = []
    statuses: list[str] = []
    with FakePinterest(load.world) as pinterest, tempfile.TemporaryDirectory() as name:
        credentials = {"auth_method": "access_token", "access_token": pinterest.access_token}
        files = {
            "config": {"credentials": credentials, "base_url": pinterest.url, **CONFIG},
            "catalog": catalog(discovered, list(load.streams)),
            "state": [],
        }
        arguments = []
        for what, content in files.items():
            (Path(name) / what).write_bytes(orjson.dumps(content))
            arguments += [f"--{what}", str(Path(name) / what)]
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", IN_A_HURRY, *arguments], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdout
        with process:
            for number, line in enumerate(process.stdout):
                if line.startswith(b'{"type":"RECORD"'):
                    counts[line[36:70].decode().split('"')[1]] += 1
                elif b'"stream_status"' in line:
                    statuses.append(orjson.loads(line)["trace"]["stream_status"]["status"])
                if number % 2_000 == 0:
                    memory.append((number, resident(process)))
        seconds = time.monotonic() - started
        fifths = [memory[n * (len(memory) - 1) // 5][1] for n in range(6)]
        ends = Counter(status for status in statuses if status in ("COMPLETE", "INCOMPLETE"))
        return (
            f"{load.name}: {dict(counts)}; {dict(ends)}; {len(pinterest.requests):,} requests; "
            f"{seconds:.0f} s; memory in MB at each fifth of the way: {fifths}, at most "
            f"{max(mb for _, mb in memory)}"
        )


def loads(only: str = "") -> bool:
    discovered = documented(Connector({}).discover().catalog)
    found = []
    for load in LOADS:
        if only in load.name:
            found.append(measured(load, discovered))
            sys.stdout.write(f"{found[-1]}\n")
            sys.stdout.flush()
    return not any("INCOMPLETE" in line for line in found)
