"""The longest silence of each stream, read alone from a slow Pinterest: how long it sends neither RECORD nor STATE.

    python -m benchmarks.silence [STREAM …]

A minute is `MINUTE` seconds here, and each request takes `LATENCY`, so that every wait is longer than a minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from benchmarks.measure import ENVIRONMENT, ROOT, config, files
from integration_tests.connector import Connector, configured
from integration_tests.fake_pinterest import FakePinterest, Request, World

TODAY = date(2026, 11, 24)
MINUTE = 0.4
LATENCY = 1.0
COMMAND = [sys.executable, "-m", "benchmarks.without_limits", f"--minute={MINUTE}"]

Say = Callable[[str], None]


def measure(say: Say, only: tuple[str, ...] = ()) -> dict[str, float]:
    """By stream, in minutes: from its STARTED on, the longest time without a RECORD or STATE."""
    world = World(epoch=TODAY, ad_accounts=2, campaigns=2, ad_groups=1, ads=1, pins=6, boards=2)
    found: dict[str, float] = {}
    with FakePinterest(world, today=TODAY) as pinterest:
        settings = config(pinterest.url, reconcile=True)
        settings["credentials"]["access_token"] = pinterest.access_token
        streams = Connector(settings).discover().catalog
        pinterest.fault = _slow
        for stream in streams:
            name = stream["name"]
            if only and name not in only:
                continue
            with files(config=settings, catalog=configured([stream]), state=[]) as arguments:
                found[name] = round(_silence([*COMMAND, "read", *arguments]) / MINUTE, 2)
            say(f"silence, {name}: {found[name]} minutes")
    say(f"the longest of {len(found)} streams: {max(found.values())} minutes")
    return found


def _slow(_: Request) -> None:
    time.sleep(LATENCY)


def _silence(command: list[str]) -> float:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout  # noqa: S101  it was asked for
    heard = longest = 0.0
    for line in process.stdout:
        now = time.perf_counter()
        message: dict[str, Any] = json.loads(line)
        is_life = message["type"] in ("RECORD", "STATE")
        is_begin = (message.get("trace") or {}).get("stream_status", {}).get("status") == "STARTED"
        if heard and (is_life or "stream_status" in (message.get("trace") or {})):
            longest = max(longest, now - heard)
        if is_life or is_begin:
            heard = now
    process.stdout.close()
    process.wait()
    return longest


if __name__ == "__main__":
    measure(lambda text: print(text, flush=True), tuple(sys.argv[1:]))
