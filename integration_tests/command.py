"""`source-pinterest` at a given instant, with any of its verbs, as a command that a client or a test can kill.

    python -m integration_tests.command 2026-11-24T09:00:00+00:00 read --config … --catalog …

What it imports is imported as the console script does it, which is a third faster.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from datetime import datetime

from source_pinterest.load.job import Job
from source_pinterest.startup import skip_attribute_docs


def command(now: str) -> list[str]:
    """Of a process; what follows begins with the verb."""
    return [sys.executable, "-m", "integration_tests.command", now]


def main() -> None:
    if sys.argv[1] == "worker":
        _work()
        return
    gc.disable()
    skip_attribute_docs()
    from integration_tests import settings
    from integration_tests.loading import load
    from source_pinterest import entrypoint  # noqa: F401  which `run` would import later
    from source_pinterest.run import run

    gc.freeze()
    gc.enable()
    instant, verb, *arguments = sys.argv[1:]
    if verb == "load":
        sys.exit(load(*arguments, now=instant, start=_in_its_process))
    run([verb, *arguments], lambda: datetime.fromisoformat(instant), settings.in_use())


def _in_its_process(job: Job, args: Sequence[str]) -> None:
    """What `source-pinterest load` does: this process becomes the one that loads."""
    from source_pinterest.load import worker

    worker.replace_this_process(job, args, command("worker"))


def _work() -> None:
    """Loads. `MAX_WAITING_ROWS` in the environment: after how many rows those that have arrived are loaded."""
    from source_pinterest.load import load, worker

    if "MAX_WAITING_ROWS" in os.environ:
        load.MAX_WAITING_ROWS = int(os.environ["MAX_WAITING_ROWS"])
    sys.argv.pop(1)
    worker.main()


if __name__ == "__main__":
    main()
