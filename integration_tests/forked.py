"""The connector in a process of its own, forked from one that has imported it and done nothing else.

For tests that cut a read off, or a login: it begins at once, where a Python that starts takes a second. How a
process begins and ends by itself is tested with those that start.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import IO, Any

from integration_tests.settings import changed, in_use
from source_pinterest.run import run

# The process that forks has no thread, unlike that of the tests, and ends with it.
_forks = get_context("forkserver")
_forks.set_forkserver_preload(
    [
        *(__name__, "source_pinterest.source", "source_pinterest.entrypoint"),
        "source_pinterest.login.command",
    ]
)


class Process:
    """Like a `subprocess.Popen`, for tests that wait for it or kill it."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        self._process = _forks.Process(target=target, args=arguments)
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float = 60) -> int:
        """The exit code; of a process that was killed, the negative number of the signal."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"it has not ended after {timeout} s"
        return self._process.exitcode


class Forked(Process):
    """A read, whose stdout is a pipe."""

    def __init__(self, arguments: Sequence[str], now: str, **limits: Any) -> None:
        """`limits`: settings that differ from those of other tests."""
        ours, theirs = _forks.Pipe(duplex=False)
        super().__init__(_run, theirs, dict(os.environ), list(arguments), now, limits)
        theirs.close()
        self.stdout: IO[bytes] = os.fdopen(os.dup(ours.fileno()), "rb")
        ours.close()


@contextmanager
def forked(arguments: Sequence[str], now: str, **limits: Any) -> Iterator[Forked]:
    """Killed at the end, if it has not ended."""
    process = Forked(arguments, now, **limits)
    try:
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _run(
    stdout: Connection,
    environment: dict[str, str],
    arguments: list[str],
    now: str,
    limits: dict[str, Any],
) -> None:
    os.dup2(stdout.fileno(), 1)
    stdout.close()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    run(arguments, lambda: datetime.fromisoformat(now), changed(in_use(), **limits))


def logging_in(terminal: int, arguments: Sequence[str], environment: dict[str, str]) -> Process:
    """`source-pinterest-login`, which believes to be in this terminal."""
    theirs = Connection(os.dup(terminal))
    try:
        return Process(_log_in, theirs, environment, list(arguments))
    finally:
        theirs.close()


def _log_in(terminal: Connection, environment: dict[str, str], arguments: list[str]) -> None:
    from source_pinterest import login

    for descriptor in range(3):
        os.dup2(terminal.fileno(), descriptor)
    terminal.close()
    os.setsid()
    # has Ctrl-C at this terminal go to the process, as a shell in front of it would
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin, sys.stdout, sys.stderr = (
        open(descriptor, mode, buffering=1, closefd=False)  # noqa: SIM115  until the process ends
        for descriptor, mode in enumerate("rww")
    )
    os.environ.clear()
    os.environ.update(environment)
    login.run(arguments)
