"""Runs several iterators at once, each in a thread and in its own order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import repeat
from typing import Any, TypeVar

Item = TypeVar("Item")

ITEMS_WAITING = 8
"""Items of all iterators that wait for the reader, at most: lines have up to 300 kB each."""

SECONDS_TO_NOTICE = 1.0
"""Seconds until a waiting thread notices that the reader has gone."""


Start = Callable[[Callable[[], None]], Any]
"""Runs a function in some thread, now or later."""


def in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def interleave(
    iterators: Iterable[Iterator[Item]],
    starts: Iterable[Start] = repeat(in_a_thread),
    *,
    wait: Callable[[], float] | None = None,
) -> Iterator[Item | None]:
    """Every item of every iterator, as it comes; and None whenever nothing came for `wait()` seconds.

    `starts`: for each iterator, what runs it to its end. An exception of an iterator is raised when the reader
    gets to its place. The threads are daemons, so that they do not keep the process alive after the reader has
    gone.
    """
    ready: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(ITEMS_WAITING)
    ended = threading.Event()

    def hand_over(what: tuple[Item] | BaseException | None) -> None:
        while not ended.is_set():
            with suppress(queue.Full):
                ready.put(what, timeout=SECONDS_TO_NOTICE)
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
                what = ready.get(timeout=wait() if wait else None)
            except queue.Empty:
                yield None
                continue
            if what is None:
                running -= 1
            elif isinstance(what, BaseException):
                raise what
            else:
                yield what[0]
    finally:
        ended.set()
