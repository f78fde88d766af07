"""Starts the next requests while the answers to the previous ones are emitted."""

from __future__ import annotations

import queue
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from source_pinterest.sync.pool import Room, Ticket

Task = TypeVar("Task")
Result = TypeVar("Result")


def prefetched(
    begin: Callable[[Task], Ticket[Result]], tasks: Iterable[Task], ahead: int
) -> Iterator[tuple[Task, Ticket[Result]]]:
    """The tasks in order, each with its ticket, which may not be done yet. The room of a ticket is released when the
    next one is taken.

    At least one task is under way, and at most `ahead`. An error of `tasks` is raised after the tasks before it.
    """
    lane: _Lane[Task, Result] = _Lane(iter(tasks))
    try:
        while True:
            lane.fill(begin, ahead)
            if not lane.under_way:
                break
            # without a variable, which would keep the answer in memory while the next ones are fetched
            yield lane.take_first()
            lane.release_taken()
        if lane.failure:
            raise lane.failure
    finally:
        lane.close()


class Lanes(Generic[Task, Result]):
    """Runs tasks in several lanes: a lane keeps the order of its tasks, and does not wait for other lanes.

    All methods have to be called from the same thread, the reader's. Tasks run in the threads of their pool.
    """

    def __init__(
        self,
        begin: Callable[[Task], Ticket[Result]],
        ahead: int,
        may_prefetch: Callable[[], bool] = lambda: True,
        most: int = sys.maxsize,
    ) -> None:
        """`begin` starts a task. `ahead`: the most tasks of a lane under way. `may_prefetch` returns whether a lane may
        start another task before its first one is done. `most`: the most lanes under way; the others wait."""
        self._begin = begin
        self._ahead = ahead
        self._may_prefetch = may_prefetch
        self._most = most
        self._lanes: set[_Lane[Task, Result]] = set()
        self._later: deque[Iterable[Task]] = deque()
        self._awaited = 0
        self._events: queue.SimpleQueue[Callable[[], None] | _Lane[Task, Result]] = (
            queue.SimpleQueue()
        )

    def call_after(self, needed: Iterable[Future[Any]], then: Callable[[], None]) -> None:
        """Calls `then` once all the futures are done, in the reader's thread. It may `add` lanes."""
        left = list(needed)
        self._awaited += 1

        def next_one(_: Future[Any] | None) -> None:
            if left:
                left.pop().add_done_callback(next_one)
            else:
                self._events.put(then)

        next_one(None)

    def add(self, tasks: Iterable[Task]) -> None:
        """Adds a lane with these tasks."""
        self._later.append(tasks)
        self._begin_lanes()

    def _begin_lanes(self) -> None:
        while self._later and len(self._lanes) < self._most:
            lane: _Lane[Task, Result] = _Lane(iter(self._later.popleft()))
            self._lanes.add(lane)
            self._fill(lane)

    def as_completed(self) -> Iterator[tuple[Task, Ticket[Result]]]:
        """Each task with its ticket, once it is done and those before it in its lane were taken. Its room is released
        when the next one is taken."""
        try:
            while self._awaited or self._lanes:
                event = self._events.get()
                if not isinstance(event, _Lane):
                    self._awaited -= 1
                    event()
                    continue
                lane = event
                if lane.is_first_done():
                    yield lane.take_first()
                    lane.release_taken()
                self._fill(lane)
                self._begin_lanes()
        finally:
            for lane in self._lanes:
                lane.close()

    def _fill(self, lane: _Lane[Task, Result]) -> None:
        """Starts the next tasks of a lane, and puts the lane into the queue of events once its first task is done."""
        lane.fill(self._begin, self._ahead, self._may_prefetch)
        if lane.under_way:
            lane.notify_once(lambda: self._events.put(lane))
            return
        self._lanes.discard(lane)
        if lane.failure:
            raise lane.failure


@dataclass(eq=False)
class _Lane(Generic[Task, Result]):
    """Tasks that keep their order."""

    tasks: Iterator[Task]
    under_way: deque[tuple[Task, Ticket[Result]]] = field(default_factory=deque)
    failure: Exception | None = None
    """The error that ended `tasks`, to be raised after the tasks before it."""
    _is_ended: bool = False
    _notifies: Ticket[Result] | None = None
    """The first ticket, if it will notify when it is done."""
    _taken: Room | None = None
    """The room of the answer that the reader is using."""

    def fill(
        self,
        begin: Callable[[Task], Ticket[Result]],
        ahead: int,
        may_prefetch: Callable[[], bool] = lambda: True,
    ) -> None:
        """Starts tasks until `ahead` are under way, or one if it may not prefetch."""
        while not self._is_ended and len(self.under_way) < max(1, ahead):
            if self.under_way and not may_prefetch():
                return
            try:
                for task in islice(self.tasks, 1):
                    self.under_way.append((task, begin(task)))
                    break
                else:
                    self._is_ended = True
            except Exception as error:  # noqa: BLE001  raised after the tasks before it
                self._is_ended, self.failure = True, error

    def is_first_done(self) -> bool:
        return bool(self.under_way) and self.under_way[0][1].done()

    def notify_once(self, callback: Callable[[], None]) -> None:
        """Calls `callback`, from any thread, once the first task is done. Does nothing if it will be called."""
        first = self.under_way[0][1]
        if self._notifies is not first:
            self._notifies = first
            first.add_done_callback(lambda _: callback())

    def take_first(self) -> tuple[Task, Ticket[Result]]:
        self._taken, self._notifies = self.under_way[0][1].room, None
        return self.under_way.popleft()

    def release_taken(self) -> None:
        if self._taken:
            self._taken.release()
            self._taken = None

    def close(self) -> None:
        self.release_taken()
        for _, ticket in self.under_way:
            ticket.room.release()
