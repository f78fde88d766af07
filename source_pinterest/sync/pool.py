"""A thread pool for the requests of a sync, with limits per category and a fair share for each ad account."""

from __future__ import annotations

import threading
import weakref
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Room:
    """The share of a pool's limits that a task takes up, from its start until `release`."""

    def __init__(self, pool: Pool, ticket: Ticket[Any], category: str, account: str, weight: int):
        self.category = category
        self.account = account
        self.weight = weight
        self.is_in_use = False
        self._pool = pool
        # a strong reference would keep the ticket's result in memory, which may be large
        self._ticket = weakref.ref(ticket)

    def release(self) -> None:
        """Gives the room back, at once or when the task ends. Called once nobody needs the result any more."""
        ticket = self._ticket()
        if ticket is None:
            self._pool.give_back(self)
        elif not ticket.cancel():
            ticket.add_done_callback(lambda _: self._pool.give_back(self))


class Ticket(Future[Result], Generic[Result]):
    """A task of a pool: the future of its result, and its room."""

    def __init__(
        self, pool: Pool, work: Callable[[], Result], category: str, account: str, weight: int
    ) -> None:
        super().__init__()
        self.room = Room(pool, self, category, account, weight)
        self._work: Callable[[], Result] | None = work

    def run(self) -> None:
        work, self._work = self._work, None
        assert work  # noqa: S101
        try:
            self.set_result(work())
        except BaseException as error:  # noqa: BLE001  `result()` raises it
            self.set_exception(error)
            del self  # otherwise, the error and its traceback would keep each other in memory


class Pool:
    """Runs tasks in daemon threads, in the order of `submit`, as long as there is room for them.

    Each category has a limit of tasks and of weight (expected values of the answers) that is independent of the
    others, since a task may wait for the rate limit of its category; all categories together have a limit of
    weight. A task that is heavier than a limit runs once no other of its category does. If there are several ad
    accounts, none takes up all the room of a category, so that one that hangs does not stop the others.

    A task must not wait for another task: that could deadlock.
    """

    def __init__(self, max_tasks: int, max_weight: int, max_total_weight: int) -> None:
        """`max_tasks` and `max_weight` are the limits of one category."""
        self._max_tasks = max_tasks
        self._max_weight = max_weight
        self._max_total_weight = max_total_weight
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Ticket[Any]]] = defaultdict(deque)
        self._tasks: Counter[tuple[str, str | None]] = Counter()
        """By category and ad account; with None, the sum of the category."""
        self._weights: Counter[tuple[str, str | None]] = Counter()
        self._weight = 0
        self.has_several_accounts = False

    def submit(
        self,
        work: Callable[[], Result],
        category: str = "",
        account: str = "",
        weight: int = 0,
    ) -> Ticket[Result]:
        """Adds a task, which runs as soon as there is room. The caller has to release its room.

        `account`: the ad account that the task is for; empty if it is for none.
        """
        ticket = Ticket(self, work, category, account, weight)
        with self._lock:
            self._waiting[category].append(ticket)
        self._start_what_fits()
        return ticket

    def run(
        self, work: Callable[[], Result], category: str = "", account: str = "", weight: int = 0
    ) -> Future[Result]:
        """The same as `submit`, with the room released when the task ends."""
        ticket = self.submit(work, category, account, weight)
        room = ticket.room
        ticket.add_done_callback(lambda _: self.give_back(room))
        return ticket

    def give_back(self, room: Room) -> None:
        """Gives a room back. Further calls do nothing."""
        with self._lock:
            if not room.is_in_use:
                return
            self._count(room, -1)
        self._start_what_fits()

    def reweigh(self, room: Room, weight: int) -> None:
        """Replaces the expected weight of a task by that of its result."""
        with self._lock:
            is_in_use = room.is_in_use
            if is_in_use:
                self._count(room, -1)
            room.weight = weight
            if is_in_use:
                self._count(room, 1)
        self._start_what_fits()

    def _start_what_fits(self) -> None:
        for ticket in self._take_startable():
            threading.Thread(target=ticket.run, name="pool", daemon=True).start()

    def _take_startable(self) -> list[Ticket[Any]]:
        """Takes the waiting tasks that there is room for, one of each category in turn."""
        taken: list[Ticket[Any]] = []
        with self._lock:
            before = -1
            while len(taken) > before:
                before = len(taken)
                for category in self._waiting:
                    if ticket := self._take_next(category):
                        self._count(ticket.room, 1)
                        taken.append(ticket)
        return taken

    def _take_next(self, category: str) -> Ticket[Any] | None:
        """Takes the category's first task whose ad account has not used up its share. None if there is no room
        for it.

        No task overtakes it, or a heavy one would wait for ever; and no task overtakes another one of the same ad
        account, whose answer may have to be emitted first.
        """
        waiting = self._waiting[category]
        with_share: set[str] = set()
        place = 0
        while place < len(waiting):
            ticket = waiting[place]
            if ticket.room.account in with_share or self._has_its_share(ticket.room):
                with_share.add(ticket.room.account)
                place += 1
                continue
            if not ticket.cancelled() and not self._has_room_for(ticket.room):
                return None
            del waiting[place]
            if ticket.set_running_or_notify_cancel():
                return ticket
        return None

    def _has_room_for(self, room: Room) -> bool:
        of_category = room.category, None
        if not self._tasks[of_category]:
            return True
        return (
            self._tasks[of_category] < self._max_tasks
            and self._weights[of_category] + room.weight <= self._max_weight
            and self._weight + room.weight <= self._max_total_weight
        )

    def _has_its_share(self, room: Room) -> bool:
        """Whether the ad account has a quarter of the tasks, or half of the weight, of the category."""
        if not room.account or not self.has_several_accounts:
            return False
        own = room.category, room.account
        if not self._tasks[own]:
            return False
        return (
            self._tasks[own] >= max(1, self._max_tasks // 4)
            or self._weights[own] + room.weight > self._max_weight // 2
        )

    def _count(self, room: Room, sign: int) -> None:
        """Adds a room to what is in use (`sign` 1), or removes it (-1)."""
        room.is_in_use = sign > 0
        self._weight += sign * room.weight
        for key in ((room.category, None), (room.category, room.account)):
            self._tasks[key] += sign
            self._weights[key] += sign * room.weight
