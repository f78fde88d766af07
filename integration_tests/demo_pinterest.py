"""The fake Pinterest of script/demo, in a process of its own: it ends when its stdin does.

    python -m integration_tests.demo_pinterest --today 2026-11-25 --made-on 2026-11-24 --log FILE

Prints its base URL, and appends a line of JSON to the log for each request.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from .fake_pinterest import SIZES, FakePinterest, Request, World


class RequestLog(list[Request]):
    """The fake's own list of requests, each also written to a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def append(self, request: Request) -> None:
        super().append(request)
        with self._path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line(request)) + "\n")


def line(request: Request) -> dict[str, Any]:
    params = {name: values[0] for name, values in request.params.items() if len(values) == 1}
    return {
        "operation": request.operation,
        "granularity": params.get("granularity"),
        "start_date": params.get("start_date"),
        "end_date": params.get("end_date"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--today", type=date.fromisoformat, required=True, help="its UTC day")
    parser.add_argument("--made-on", type=date.fromisoformat, help="its first day, if another")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--refresh-tokens-die", action="store_true", help="one works once")
    arguments = parser.parse_args()

    world = World(epoch=arguments.made_on or arguments.today, **SIZES["demo"])
    with FakePinterest(world, today=arguments.today, port=arguments.port) as pinterest:
        pinterest.requests = RequestLog(arguments.log)
        pinterest.refresh_tokens_die = arguments.refresh_tokens_die
        print(pinterest.url, flush=True)  # noqa: T201  what it is started for
        sys.stdin.read()


if __name__ == "__main__":
    main()
