"""Runs several iterators at once, each in a thread and in its own order: in `source.py`, the streams of a sync."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import repeat
from typing import Any, TypeVar

Item = TypeVar("Item")

MAX_WAITING_ITEMS = 8
"""The most items that wait for the reader: a line has up to 300 kB."""

SECONDS_TO_NOTICE = 1.0
"""Seconds until a waiting thread notices that the reader has gone."""


Start = Callable[[Callable[[], None]], Any]
"""A function that runs another one in some thread, now or later."""


def in_a_thread(work: Callable[[], None]) -> None:
    """Runs a function in a daemon thread of its own."""
    threading.Thread(target=work, daemon=True).start()


def interleave(
    iterators: Iterable[Iterator[Item]],
    starts: Iterable[Start] = repeat(in_a_thread),
    *,
    wait: Callable[[], float] | None = None,
) -> Iterator[Item | None]:
    """Every item of every iterator, as it comes. None whenever no item has come for `wait()` seconds.

    `starts` has, for each iterator, the function that runs it to its end. An exception of an iterator is raised
    after the items before it. The default threads are daemons, so that they do not keep the process alive.
    """
    ready: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(MAX_WAITING_ITEMS)
    ended = threading.Event()

    def hand_over(event: tuple[Item] | BaseException | None) -> None:
        while not ended.is_set():
            with suppress(queue.Full):
                ready.put(event, timeout=SECONDS_TO_NOTICE)
                return

    def work(iterator: Iterator[Item]) -> None:
        try:
            if ended.is_set():
                return
            for item in iterator:
                hand_over((item,))
                if ended.is_set():
                    return
                del item  # the item may be large, and the next one may take long
            hand_over(None)
        except BaseException as error:  # noqa: BLE001  the reader gets it
            hand_over(error)

    running = 0
    for iterator, start in zip(iterators, starts, strict=False):
        start(partial(work, iterator))
        running += 1
    try:
        while running:
            try:
                event = ready.get(timeout=wait() if wait else None)
            except queue.Empty:
                yield None
                continue
            if event is None:
                running -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event[0]
    finally:
        ended.set()
