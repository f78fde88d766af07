"""Fetches what comes next while what came before is being emitted; the order stays."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class ReadAhead(Generic[Task, Result]):
    """Tasks with their futures, in order; a bounded number and weight of them is under way.

    Daemon threads, so that a reader who goes away does not keep the process alive.
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
        """At least one task is under way, however heavy it is."""
        work: queue.SimpleQueue[tuple[Task, Future[Result]] | None] = queue.SimpleQueue()
        under_way: deque[tuple[Task, Future[Result]]] = deque()
        weight = 0
        threads = 0
        source = iter(tasks)
        upcoming = next(source, None)
        try:
            while upcoming is not None or under_way:
                while (
                    upcoming is not None
                    and len(under_way) < self._most_tasks
                    and (not under_way or weight + self._weight(upcoming) <= self._most_weight)
                ):
                    future: Future[Result] = Future()
                    under_way.append((upcoming, future))
                    weight += self._weight(upcoming)
                    work.put((upcoming, future))
                    if threads < len(under_way):
                        threading.Thread(target=self._work, args=(work,), daemon=True).start()
                        threads += 1
                    upcoming = next(source, None)
                task, future = under_way.popleft()
                weight -= self._weight(task)
                yield task, future
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
