"""Keeps messages on stdout whole, whatever ends the process. Also makes freed memory go back to the system.

`records/record_messages.py` makes the RECORD messages.
"""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from airbyte_cdk.logger import PRINT_BUFFER

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Options of `mallopt`, as in malloc.h."""

LARGE_BYTES = 4 << 20
"""Allocations from this size on come from the operating system and go back to it. Their memory is new each time, which
takes as long as reading an answer into it."""

KEPT_BYTES = 8 << 20
"""How much freed memory an arena keeps: enough for two copies of an answer that is not large."""

ARENAS = 4
"""How many arenas there are. A few suffice, since only one thread at a time has Python's lock."""

SECONDS_TO_END = 3.0
"""Seconds after SIGTERM in which the reader can take the printed output. Platforms kill a process some seconds
later."""


def write_lines(lines: bytes) -> None:
    """Writes lines to stdout in one piece, after everything that was printed before, whatever other threads log."""
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        sys.__stdout__.buffer.write(lines)  # type: ignore[union-attr]


def return_freed_memory() -> None:
    """Makes the memory of large answers go back to the system once they are freed.

    glibc would keep it: each time a large allocation is freed, it raises the size below which it keeps memory, up to
    32 MB, and it has an arena for each of many threads. Other C libraries lack this call, and do not need it.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_ARENA_MAX, ARENAS)


def buffer_stdout() -> None:
    """Buffers stdout, if PYTHONUNBUFFERED has made it raw, so that each message is written whole.

    A raw write ends early if a signal arrives while it waits for the reader. Nobody would write the rest, so that the
    message would be cut, and the next one lost with it.
    """
    stdout = sys.__stdout__
    if stdout and isinstance(stdout.buffer, io.RawIOBase):
        stdout.flush()
        buffered = open(stdout.fileno(), "w", encoding=stdout.encoding, closefd=False)  # noqa: SIM115
        sys.stdout = sys.__stdout__ = buffered  # type: ignore[misc]


@contextmanager
def ending_between_messages() -> Iterator[None]:
    """Within the context, SIGTERM and Ctrl-C end the process once all printed messages have been written whole.

    By default, Python would end in the middle of a line, or as process 1 of a container not at all. The states written
    so far are valid, so only time is lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {
        number: signal.signal(
            number, lambda got, _: threading.Thread(target=_end, args=[got], daemon=True).start()
        )
        for number in (signal.SIGTERM, signal.SIGINT)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _end(number: int) -> None:
    status = 128 + number
    threading.Timer(
        SECONDS_TO_END, os._exit, [status]
    ).start()  # the reader may have stopped reading
    try:
        PRINT_BUFFER.lock.acquire()  # never released, so that no thread begins another message
        PRINT_BUFFER.flush()
        if number == signal.SIGINT:
            sys.stderr.write(
                "\nStopped. The next sync continues from the last STATE that was printed.\n"
            )
            sys.stderr.flush()
    finally:
        os._exit(status)
