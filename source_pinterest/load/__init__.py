"""`source-pinterest load`: reads the streams of a configuration into tables. Needs the extra `load`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime


def run(args: Sequence[str], now: Callable[[], datetime]) -> None:
    """Runs the command. Does not return: the process becomes the one that loads.

    Imports the command only here, since the process that loads must not import the CDK.
    """
    from source_pinterest.load import command, worker

    command.run(args, now, start=worker.replace_this_process)
