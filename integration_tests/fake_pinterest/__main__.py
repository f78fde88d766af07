"""Serve until killed: python -m integration_tests.fake_pinterest --today 2026-11-24 --size demo

The first and only line on stdout is the base URL.
"""

from __future__ import annotations

import argparse
import threading
from datetime import date

from . import SIZES, FakePinterest, World


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--today", type=date.fromisoformat, required=True, help="its UTC day")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    world = World(seed=arguments.seed, epoch=arguments.today, **SIZES[arguments.size])
    with FakePinterest(world, today=arguments.today, port=arguments.port) as pinterest:
        print(pinterest.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
