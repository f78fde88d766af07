"""`source-pinterest` at a given instant, with any of its verbs, as a command.

python -m integration_tests.command 2026-11-24T09:00:00+00:00 plan --config …
"""

from __future__ import annotations

import sys
from datetime import datetime

from integration_tests import settings
from integration_tests.loading import in_its_process, load
from source_pinterest.run import run

if __name__ == "__main__":
    instant, verb, *arguments = sys.argv[1:]
    if verb == "load":
        sys.exit(load(*arguments, now=instant, start=in_its_process))
    run([verb, *arguments], lambda: datetime.fromisoformat(instant), settings.in_use())
