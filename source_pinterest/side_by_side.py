"""Several iterators at once, each in a thread of its own and in its own order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")

BATCH = 256
"""Items that are handed over together, at most: a queue costs more than an item."""

SECONDS_TO_NOTICE = 1.0
"""Until a thread that waits for the reader sees that there is none any more."""

BATCHES_WAITING = 8
"""Batches of all iterators together that wait for the reader, at most."""


def side_by_side(
    iterators: Sequence[Iterator[Item]], may_wait: Callable[[Item], bool]
) -> Iterator[Item]:
    """Every item of every iterator. An item that may wait is handed over with those after it.

    An exception of an iterator is raised when the reader gets to its place. Daemon threads, so that
    a reader who goes away does not keep the process alive.
    """
    ready: queue.Queue[list[Item] | BaseException | None] = queue.Queue(BATCHES_WAITING)
    ended = threading.Event()

    def hand_over(what: list[Item] | BaseException | None) -> None:
        while not ended.is_set():
            with suppress(queue.Full):
                ready.put(what, timeout=SECONDS_TO_NOTICE)
                return

    def work(iterator: Iterator[Item]) -> None:
        batch: list[Item] = []
        try:
            for item in iterator:
                batch.append(item)
                if len(batch) >= BATCH or not may_wait(item):
                    hand_over(batch)
                    batch = []
                if ended.is_set():
                    return
            hand_over(batch)
            hand_over(None)
        except BaseException as error:  # noqa: BLE001  the reader gets it
            hand_over(batch)
            hand_over(error)

    for iterator in iterators:
        threading.Thread(target=work, args=(iterator,), daemon=True).start()
    try:
        running = len(iterators)
        while running:
            batch = ready.get()
            if batch is None:
                running -= 1
            elif isinstance(batch, BaseException):
                raise batch
            else:
                yield from batch
    finally:
        ended.set()
