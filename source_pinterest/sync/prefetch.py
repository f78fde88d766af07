"""Fetches the next answers while the previous ones are emitted, in order."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

from source_pinterest.api.limits import LIMITS

Task = TypeVar("Task")
Result = TypeVar("Result")


class Prefetcher(Generic[Task, Result]):
    """Tasks with their futures, in order. Limits the number and the weight of those in flight.

    The threads are daemons, so that they do not keep the process alive after the reader has gone.
    """

    def __init__(
        self,
        fetch: Callable[[Task], Result],
        weight: Callable[[Task], int],
        most_tasks: int,
        most_weight: int,
    ) -> None:
        self._fetch = fetch
        self._weight = weight
        self._most_tasks = most_tasks
        self._most_weight = most_weight

    def over(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Future[Result]]]:
        """At least one task is under way, however heavy it is.

        A task is taken from `tasks` once there is room for it, by the reader's own thread. If
        `tasks` fails, that reaches the reader after the tasks before it.
        """
        work: queue.SimpleQueue[tuple[Task, Future[Result]] | None] = queue.SimpleQueue()
        under_way: deque[tuple[Task, Future[Result]]] = deque()
        weights: deque[int] = deque()
        upcoming: deque[tuple[Task, int]] = deque(maxlen=1)
        failure: Exception | None = None
        ended = False
        threads = 0
        source = iter(tasks)
        try:
            while True:
                while not under_way or len(under_way) < self._most_tasks:
                    if not upcoming and not ended:
                        try:
                            task = next(source)
                            upcoming.append((task, self._weight(task)))
                            del task
                        except StopIteration:
                            ended = True
                        except Exception as error:  # noqa: BLE001  raised below, in its place
                            ended, failure = True, error
                    if not upcoming:
                        break
                    if under_way and sum(weights) + upcoming[0][1] > self._most_weight:
                        break
                    weights.append(upcoming[0][1])
                    under_way.append((upcoming.popleft()[0], Future()))
                    work.put(under_way[-1])
                    if threads < len(under_way):
                        threading.Thread(target=self._work, args=(work,), daemon=True).start()
                        threads += 1
                if not under_way:
                    break
                weights.popleft()
                # without a variable, which would keep the answer in memory while the next ones are fetched
                yield under_way.popleft()
            if failure:
                raise failure
        finally:
            for _, future in under_way:
                future.cancel()
            for _ in range(threads):
                work.put(None)

    def _work(self, work: queue.SimpleQueue[tuple[Task, Future[Result]] | None]) -> None:
        while (item := work.get()) is not None:
            task, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._fetch(task))
            except BaseException as error:  # noqa: BLE001  the reader of the future gets it
                future.set_exception(error)
            del item, task, future


def prefetch(find: Callable[[Task], Result]) -> Prefetcher[Task, Result]:
    """A prefetcher for tasks of a few requests each, with small results."""
    return Prefetcher(find, lambda _: 1, LIMITS.requests_ahead, LIMITS.requests_ahead)
