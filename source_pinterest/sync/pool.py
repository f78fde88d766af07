"""The tasks that a sync has under way at once, whichever stream and ad account they are for."""

from __future__ import annotations

import threading
import weakref
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Room:
    """What a task takes up, from its beginning until `release`."""

    def __init__(self, pool: Pool, ticket: Ticket[Any], category: str, account: str, weight: int):
        self.category = category
        self.account = account
        self.weight = weight
        self.is_taken = False
        self._pool = pool
        self._ticket = weakref.ref(ticket)  # its result may be large

    def release(self) -> None:
        """Gives it back, now or as soon as the task ends: nobody needs the result any more."""
        ticket = self._ticket()
        if ticket is None:
            self._pool.give_back(self)
        elif not ticket.cancel():
            ticket.add_done_callback(lambda _: self._pool.give_back(self))


class Ticket(Future[Result], Generic[Result]):
    """A task of a pool, and its result."""

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
        except BaseException as error:  # noqa: BLE001  who asks for the result gets it
            self.set_exception(error)
            del self  # which the error's traceback would keep, and that the error


class Pool:
    """Runs tasks in daemon threads, as far as there is room for them, in the order of `submit`.

    Each category has room for a number of tasks and a weight, whatever the others do, since a task may
    wait for the rate limit of its category; all together have room for a weight. A task that is heavier than
    that runs if nothing else of its category does. Of several ad accounts, none takes up all the room of a
    category, so that one that hangs does not stop the others.

    A task must not wait for another task. Then each one ends, and all get their turn.
    """

    def __init__(self, most_tasks: int, most_weight: int, most_weight_in_all: int) -> None:
        """`most_tasks`, `most_weight`: of one category."""
        self._most_tasks = most_tasks
        self._most_weight = most_weight
        self._most_weight_in_all = most_weight_in_all
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Ticket[Any]]] = defaultdict(deque)
        self._tasks: Counter[tuple[str, str | None]] = Counter()
        """By category and ad account; with None, of the category."""
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
        """`account`: the ad account that the task is for; empty if it is for none. Release its room."""
        ticket = Ticket(self, work, category, account, weight)
        with self._lock:
            self._waiting[category].append(ticket)
        self._start_what_fits()
        return ticket

    def run(
        self, work: Callable[[], Result], category: str = "", account: str = "", weight: int = 0
    ) -> Future[Result]:
        """The same for a task whose result takes up no room."""
        ticket = self.submit(work, category, account, weight)
        room = ticket.room
        ticket.add_done_callback(lambda _: self.give_back(room))
        return ticket

    def give_back(self, room: Room) -> None:
        """Once, however often this is called."""
        with self._lock:
            if not room.is_taken:
                return
            self._count(room, -1)
        self._start_what_fits()

    def reweigh(self, room: Room, weight: int) -> None:
        """The weight of a result, once it is known."""
        with self._lock:
            is_taken = room.is_taken
            if is_taken:
                self._count(room, -1)
            room.weight = weight
            if is_taken:
                self._count(room, 1)
        self._start_what_fits()

    def _start_what_fits(self) -> None:
        for ticket in self._that_fit():
            threading.Thread(target=ticket.run, name="pool", daemon=True).start()

    def _that_fit(self) -> list[Ticket[Any]]:
        """Takes one of each category in turn."""
        found: list[Ticket[Any]] = []
        with self._lock:
            are_more = True
            while are_more:
                are_more = False
                for category in self._waiting:
                    if ticket := self._next_of(category):
                        self._count(ticket.room, 1)
                        found.append(ticket)
                        are_more = True
        return found

    def _next_of(self, category: str) -> Ticket[Any] | None:
        """The first one of the category that is not of an ad account that has its share, if there is room for
        it.

        Nothing overtakes it, or a heavy task would wait for ever; and nothing of an ad account overtakes another
        task of it, whose answer may have to be emitted first.
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
            self._tasks[of_category] < self._most_tasks
            and self._weights[of_category] + room.weight <= self._most_weight
            and self._weight + room.weight <= self._most_weight_in_all
        )

    def _has_its_share(self, room: Room) -> bool:
        """Whether the ad account has a quarter of the tasks, or half of the weight, of the category."""
        if not room.account or not self.has_several_accounts:
            return False
        own = room.category, room.account
        if not self._tasks[own]:
            return False
        return (
            self._tasks[own] >= max(1, self._most_tasks // 4)
            or self._weights[own] + room.weight > self._most_weight // 2
        )

    def _count(self, room: Room, sign: int) -> None:
        room.is_taken = sign > 0
        self._weight += sign * room.weight
        for key in ((room.category, None), (room.category, room.account)):
            self._tasks[key] += sign
            self._weights[key] += sign * room.weight
