"""`source-pinterest load`: read a configuration's streams into tables. Needs the extra `load`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime


def run(args: Sequence[str], now: Callable[[], datetime]) -> None:
    """Runs the command, and does not return: the process becomes the one that loads.

    Imports the command only here, because the process that loads has to do without what it imports.
    """
    from source_pinterest.load import command, worker

    command.run(args, now, start=worker.instead_of_this_process)
