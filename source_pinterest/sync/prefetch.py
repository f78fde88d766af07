"""Begins the next tasks while the answers to the previous ones are emitted."""

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
    """The tasks in order, each with its ticket, which may not be done yet. Its room is released afterwards.

    At most `ahead` tasks are under way, and at least one. If `tasks` fails, that reaches the reader after
    the tasks before it.
    """
    lane: _Lane[Task, Result] = _Lane(iter(tasks))
    try:
        while True:
            lane.fill(begin, ahead)
            if not lane.under_way:
                break
            # without a variable, which would keep the answer in memory while the next ones are fetched
            yield lane.taken()
            lane.release_taken()
        if lane.failure:
            raise lane.failure
    finally:
        lane.close()


class Lanes(Generic[Task, Result]):
    """Tasks in several lanes: in order within a lane, and no lane waits for another.

    All methods belong to the reader's thread. Tasks run in the threads of their pool.
    """

    def __init__(
        self,
        begin: Callable[[Task], Ticket[Result]],
        ahead: int,
        may_go_on: Callable[[], bool] = lambda: True,
        most: int = sys.maxsize,
    ) -> None:
        """`ahead`: tasks of one lane that are under way, at most. `may_go_on`: whether a lane whose first task
        is not done yet may begin the next one. `most`: lanes that are read at once, at most; the others take up
        little until their turn comes."""
        self._begin = begin
        self._ahead = ahead
        self._may_go_on = may_go_on
        self._most = most
        self._lanes: set[_Lane[Task, Result]] = set()
        self._later: deque[Iterable[Task]] = deque()
        self._awaited = 0
        self._events: queue.SimpleQueue[Callable[[], None] | _Lane[Task, Result]] = (
            queue.SimpleQueue()
        )

    def when(self, needed: Iterable[Future[Any]], then: Callable[[], None]) -> None:
        """Calls `then`, in the reader's thread, once all the futures are done. It may `add` a lane."""
        left = list(needed)
        self._awaited += 1

        def next_one(_: Future[Any] | None) -> None:
            if left:
                left.pop().add_done_callback(next_one)
            else:
                self._events.put(then)

        next_one(None)

    def add(self, tasks: Iterable[Task]) -> None:
        self._later.append(tasks)
        self._begin_lanes()

    def _begin_lanes(self) -> None:
        while self._later and len(self._lanes) < self._most:
            lane: _Lane[Task, Result] = _Lane(iter(self._later.popleft()))
            self._lanes.add(lane)
            self._fill(lane)

    def done(self) -> Iterator[tuple[Task, Ticket[Result]]]:
        """Each task once it is done and is the first of its lane. Its room is released afterwards."""
        try:
            while self._awaited or self._lanes:
                event = self._events.get()
                if not isinstance(event, _Lane):
                    self._awaited -= 1
                    event()
                    continue
                lane = event
                if lane.is_first_done():
                    yield lane.taken()
                    lane.release_taken()
                self._fill(lane)
                self._begin_lanes()
        finally:
            for lane in self._lanes:
                lane.close()

    def _fill(self, lane: _Lane[Task, Result]) -> None:
        """Begins the next tasks of a lane, and has the reader come back once its first one is done."""
        lane.fill(self._begin, self._ahead, self._may_go_on)
        if lane.under_way:
            lane.tell_once(lambda: self._events.put(lane))
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
    """What ended `tasks`, to be raised after the tasks before it."""
    _is_ended: bool = False
    _told: Ticket[Result] | None = None
    """The first ticket, if it will tell that it is done."""
    _taken: Room | None = None
    """What the answer that the reader has takes up."""

    def fill(
        self,
        begin: Callable[[Task], Ticket[Result]],
        ahead: int,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        while not self._is_ended and len(self.under_way) < max(1, ahead):
            if self.under_way and not may_go_on():
                return
            try:
                for task in islice(self.tasks, 1):
                    self.under_way.append((task, begin(task)))
                    break
                else:
                    self._is_ended = True
            except Exception as error:  # noqa: BLE001  raised in its place
                self._is_ended, self.failure = True, error

    def is_first_done(self) -> bool:
        return bool(self.under_way) and self.under_way[0][1].done()

    def tell_once(self, tell: Callable[[], None]) -> None:
        """Calls `tell`, from any thread, once the first task is done."""
        first = self.under_way[0][1]
        if self._told is not first:
            self._told = first
            first.add_done_callback(lambda _: tell())

    def taken(self) -> tuple[Task, Ticket[Result]]:
        self._taken, self._told = self.under_way[0][1].room, None
        return self.under_way.popleft()

    def release_taken(self) -> None:
        if self._taken:
            self._taken.release()
            self._taken = None

    def close(self) -> None:
        self.release_taken()
        for _, ticket in self.under_way:
            ticket.room.release()
