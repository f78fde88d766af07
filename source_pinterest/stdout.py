"""Keeps stdout whole, so that no message is cut, whatever ends the process. Also returns memory to the
system."""

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
"""The names in malloc.h."""

LARGE_BYTES = 4 << 20
"""Allocations of this size come from the operating system and go back to it. That memory is fresh each time, which takes
as long as reading an answer into it."""

KEPT_BYTES = 8 << 20
"""What an arena keeps of freed memory: an answer that is not large, twice while it is put together."""

ARENAS = 4
"""One thread at a time has Python's lock, so that few suffice."""

SECONDS_TO_END = 3.0
"""Seconds after SIGTERM for the reader to take the printed output. Platforms kill a process some seconds
later."""


def write_lines(lines: bytes) -> None:
    """Writes the lines to stdout, after everything printed before and in one piece, whatever another thread
    logs."""
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        sys.__stdout__.buffer.write(lines)  # type: ignore[union-attr]


def return_freed_memory() -> None:
    """Makes the memory of large answers go back to the system once they are freed.

    glibc would keep them: with each one that is freed it raises the size below which it does not
    give memory back, up to 32 MB, and for each of many threads it has an arena of its own. Other C libraries do not
    know this call, and need none.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_ARENA_MAX, ARENAS)


def buffer_stdout() -> None:
    """Buffers stdout if PYTHONUNBUFFERED has made it raw, so that each message is written whole.

    A raw write ends early if a signal arrives while it waits for the reader, and nobody writes the rest:
    the message would be cut, and the next one lost with it.
    """
    stdout = sys.__stdout__
    if stdout and isinstance(stdout.buffer, io.RawIOBase):
        stdout.flush()
        buffered = open(stdout.fileno(), "w", encoding=stdout.encoding, closefd=False)  # noqa: SIM115
        sys.stdout = sys.__stdout__ = buffered  # type: ignore[misc]


@contextmanager
def ending_between_messages() -> Iterator[None]:
    """Within this context, SIGTERM and Ctrl-C end the process after every printed message has been written
    whole.

    Python's default would end in the middle of a line, or not at all as process 1 of a container. The
    states written so far are true, so only time is lost.
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
