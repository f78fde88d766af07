"""Observations about Pinterest during a sync, shared by its streams and dropped at its end.

No default here loses rows: an array counts as understood only once an answer has shown it, and a refused
column or breakdown is left out only once Pinterest has answered the same request without it.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import TypeVar

from source_pinterest.api import limits
from source_pinterest.api.limits import LIMITS, Limits
from source_pinterest.http.errors import PinterestError, Unavailable
from source_pinterest.sync.slices import ONE_DAY

logger = logging.getLogger("airbyte.source_pinterest")


# --- The first day ---


class Reach(Enum):
    """How far back Pinterest goes, by the kind of report."""

    SYNCHRONOUS = "synchronous reports"
    ASYNCHRONOUS = "asynchronous reports"
    HOURLY = "reports by the hour"
    PRODUCT_ITEM = "reports of product items"

    def lookback(self, analytics_lookback: timedelta = LIMITS.analytics_lookback) -> timedelta:
        return {
            Reach.SYNCHRONOUS: analytics_lookback,
            Reach.ASYNCHRONOUS: limits.REPORT_LOOKBACK,
            Reach.HOURLY: limits.HOURLY_REPORT_LOOKBACK,
            Reach.PRODUCT_ITEM: limits.PRODUCT_ITEM_LOOKBACK,
        }[self]


class FirstDays:
    """The first day that Pinterest still has, by reach. It moves if Pinterest refuses it."""

    def __init__(
        self,
        today: date,
        current_day: Callable[[], date] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        """`current_day`: the present UTC day, which may be later than `today`."""
        self._today = today
        self._lookback = limits.analytics_lookback
        self._current_day = current_day or (lambda: today)
        self._given_up: dict[Reach, int] = {}
        self._accepted: set[tuple[Reach, date]] = set()
        self._lock = threading.Lock()
        self._known = threading.Condition()
        self._doubts = {reach: threading.Lock() for reach in Reach}

    def first(self, reach: Reach) -> date:
        return self._today - reach.lookback(self._lookback) + self._given_up.get(reach, 0) * ONE_DAY

    def refused(self, reach: Reach) -> date | None:
        """The last of the first days that Pinterest has refused in this sync."""
        return self.first(reach) - ONE_DAY if self._given_up.get(reach) else None

    def accept(self, reach: Reach, day: date) -> None:
        """Notes an answer to a request that begins on this day."""
        if day == self.first(reach) and (reach, day) not in self._accepted:
            with self._known:
                self._accepted.add((reach, day))
                self._known.notify_all()

    def is_doubtful(self, reach: Reach, day: date) -> bool:
        """Whether it is the very first day, and no answer has shown yet that Pinterest has it."""
        return day == self.first(reach) and (reach, day) not in self._accepted

    @contextlib.contextmanager
    def one_asks(self, reach: Reach, day: Callable[[], date], seconds: float) -> Iterator[None]:
        """Lets one request find out whether Pinterest has the first day, while the others of the sync wait,
        at most so many seconds. `day`: the first one that the request will ask for, as known by now."""
        doubt = self._doubts[reach]
        is_held = self.is_doubtful(reach, day()) and doubt.acquire(timeout=seconds)
        if is_held and not self.is_doubtful(reach, day()):
            doubt.release()
            is_held = False
        try:
            yield
        finally:
            if is_held:
                doubt.release()

    def wait_for(self, reach: Reach, day: Callable[[], date], seconds: float) -> None:
        """Waits until it is known whether Pinterest has the day, at most so many seconds."""
        with self._known:
            self._known.wait_for(lambda: not self.is_doubtful(reach, day()), seconds)

    def can_give_up(self, reach: Reach, day: date) -> bool:
        return (
            day == self.first(reach) and self._given_up.get(reach, 0) < limits.SKIPPABLE_FIRST_DAYS
        )

    def may_be_to_blame(self, reach: Reach, day: date) -> bool:
        """Whether a refusal that does not mention the window may be about this first day of it."""
        return self.is_doubtful(reach, day) and self.can_give_up(reach, day)

    def give_up_if_to_blame(
        self,
        reach: Reach,
        day: date,
        error: PinterestError,
        is_taken: Callable[[date], bool | None],
    ) -> bool | None:
        """Gives up a first day if a request is answered from the next day on, and still not from this one.

        `is_taken`: whether a request from a day on is answered; None: that is not about days. Returns None if it is
        answered now, and the refusal was of a moment.
        """
        if not is_taken(day + ONE_DAY):
            return False
        if (taken := is_taken(day)) is not False:
            return None if taken else False
        return self.give_up(reach, day, error)

    def give_up(self, reach: Reach, day: date, error: PinterestError) -> bool:
        """Moves the beginning of windows by one day, for the whole sync. False if it is not the first day."""
        with self._lock:
            if day < self.first(reach):
                return True  # another thread was faster
            if not self.can_give_up(reach, day):
                return False
            with self._known:
                self._given_up[reach] = self._given_up.get(reach, 0) + 1
                self._known.notify_all()
        why = (
            "midnight (UTC) has passed since the sync began"
            if self._current_day() > self._today
            else "it does not go back that far"
        )
        logger.warning(
            f"Pinterest refused {day} as the first day of {reach.value} twice: {why}. In this sync, "
            f"all their windows begin with {self.first(reach)} ({error.fact})"
        )
        return True


# --- Arrays ---

Received = TypeVar("Received")


class Form(Enum):
    """The forms in which arrays are sent."""

    COMMAS = "joined by commas"
    REPEATED = "with the key repeated for each"
    ALONE = "one in a request"


FORMS = tuple(Form)


class ArrayForm:
    """The form in which Pinterest understands arrays, once an answer has shown it."""

    def __init__(self, what: str, parameters: Iterable[str], repeated_keys: set[str]) -> None:
        """`repeated_keys`: the set of the client."""
        self.lock = threading.RLock()
        self._is_shown = False
        self._asking = 0
        """Requests in flight with several elements, each of which may show the form."""
        self._changed = threading.Condition()
        self._what = what
        self._parameters = frozenset(parameters)
        self._repeated_keys = repeated_keys
        self._form = Form.COMMAS

    @property
    def form(self) -> Form:
        return self._form

    @property
    def is_shown(self) -> bool:
        return self._is_shown

    @contextlib.contextmanager
    def asking(self) -> Iterator[Callable[[], None]]:
        """Announces a request with several elements, until its end or the call of what this gives."""
        is_over = threading.Event()

        def end() -> None:
            with self._changed:
                if not is_over.is_set():
                    is_over.set()
                    self._asking -= 1
                    self._changed.notify_all()

        with self._changed:
            self._asking += 1
        try:
            yield end
        finally:
            end()

    def ask(
        self,
        sent_as: Form,
        is_many: bool,
        send: Callable[[], Received],
        answered: Callable[[Received], int],
    ) -> Received:
        """Sends a request in this form. With several elements, it shows the form if `answered` finds more than one
        of them in the answer."""
        if not is_many or self._is_shown:
            return send()
        with self.asking():
            answer = send()
            if answered(answer) > 1:
                self.show(sent_as)
        return answer

    def wait_for_others(self, seconds: float) -> None:
        """Waits until the form is shown, or no request in flight may still show it; at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_shown or not self._asking, seconds)

    def is_understood(
        self, sent_as: Form, probe: Callable[[], bool | None], seconds: float
    ) -> bool:
        """Whether Pinterest understands several elements in the form that was sent, as far as is known.

        Lets one request find out, with `probe`, if that is unknown and no request in flight shows it within so
        many seconds. An error of the probe leaves it unknown, and so does None.
        """
        if not self._is_shown:  # what is known need not wait for a probe that hangs
            self.wait_for_others(seconds)
            with self.lock:
                if self._form is sent_as and not self._is_shown:
                    found = probe()
                    if found:
                        self.show(sent_as)
                    elif found is False:
                        self.refute(sent_as)
        return self._form is sent_as and not self.is_alone

    def _now(self, form: Form, is_shown: bool) -> None:
        with self._changed:
            self._form, self._is_shown = form, is_shown
            self._changed.notify_all()

    @property
    def is_alone(self) -> bool:
        return self._form is Form.ALONE

    def show(self, form: Form) -> None:
        """Notes that an answer covered several elements."""
        if form is self._form and not self._is_shown:
            self._now(form, is_shown=True)

    def close(self) -> None:
        """Notes that this app may not send several elements in any form."""
        with self.lock:
            self._now(Form.ALONE, is_shown=True)

    def refute(self, form: Form) -> None:
        """Notes that Pinterest does not understand this form, and moves on to the next one."""
        with self.lock:
            if form is not self._form or form is Form.ALONE:
                return
            following = FORMS[FORMS.index(form) + 1]
            # before the form is said: a request must not go out joined by commas, and count as repeated
            if following is Form.REPEATED:
                self._repeated_keys |= self._parameters
            else:
                self._repeated_keys -= self._parameters
            self._now(following, is_shown=following is Form.ALONE)
        logger.warning(
            f"Pinterest does not understand {self._what} that are {form.value}: from now on they are "
            f"sent {self._form.value}, and what was read the old way is read again."
        )


# --- Columns and breakdowns ---


class Selection:
    """The columns, metrics and breakdowns that Pinterest accepts in one kind of report."""

    def __init__(self, what: str, requests: int = LIMITS.column_search_requests) -> None:
        """`requests`: how many may look for what is refused."""
        self.what = what
        """The kind of report in warnings."""
        self.lock = threading.RLock()
        self.left_out: frozenset[str] = frozenset()
        self._answered: frozenset[str] = frozenset()
        """Names in answered requests."""
        self.refused_with: set[str] = set()
        """Ids that are refused with any columns."""
        self.is_interrupted = False
        """Whether a search has ended without a result, because access was denied meanwhile."""
        self._tries_left = requests

    def kept(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self.left_out]

    def show(self, names: Iterable[str]) -> None:
        """Notes that a request with all of these names was answered."""
        if not self._answered.issuperset(names := set(names)):
            self._answered |= names

    def is_shown(self, names: Iterable[str]) -> bool:
        """Whether each of these names was in an answered request."""
        return self._answered.issuperset(names)

    def leave_out(self, names: Iterable[str], error: PinterestError) -> None:
        new = [name for name in names if name not in self.left_out]
        if not new:
            return
        self.left_out |= set(new)
        logger.warning(
            f"Pinterest refuses {', '.join(new)} in {self.what}: left out in this sync, so the "
            f"columns are null and the breakdowns have no rows ({error.fact})"
        )

    def may_ask(self) -> bool:
        """Counts a request of a search. False if there were enough."""
        self._tries_left -= 1
        return self._tries_left >= 0


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """The names that a refusal is about, without those that it lists as allowed.

    >>> named_in("'B' is not one of ['A', 'C']", ["A", "B", "C"]), named_in("A and C", ["A", "B", "C"])
    (['B'], ['A', 'C'])
    """
    blamed = ALLOWED.split(text, maxsplit=1)[0]
    words = set(re.findall(r"\w+", blamed))
    return [name for name in names if name in words]


ALLOWED = re.compile(
    r"is not (one of|in)\b|must be (one of|in)\b|(allowed|valid|supported|possible) \w+ (are|is)\b"
    r"|expected one of|choose from",
    re.IGNORECASE,
)
"""The words before a list of allowed values."""


def refused_among(
    names: Sequence[str],
    is_taken: Callable[[Sequence[str]], bool | None],
    is_refused: bool = False,
) -> Iterator[str]:
    """The refused names, found by halving, and asked for once more alone: one refusal may have been of a moment, or
    stand for several.

    `is_taken` sends a request with some of the names; it returns None if no more requests are allowed, and
    the rest counts as refused. `is_refused`: all of them together are known to be refused.

    >>> list(refused_among("ABCDEFG", lambda some: not {"B", "F"} & set(some)))
    ['B', 'F']
    """
    taken = False if is_refused else is_taken(names) if names else True
    if taken:
        return
    if taken is None or len(names) == 1:
        yield from () if taken is False and is_taken(names) else names
        return
    middle = len(names) // 2
    first = list(refused_among(names[:middle], is_taken))
    yield from first
    yield from refused_among(names[middle:], is_taken, is_refused=not first)


# --- All of it ---

ID_ARRAYS = (
    *("campaign_ids", "ad_group_ids", "ad_ids"),
    *("product_group_ids", "product_group_promotion_ids"),
)


class Observed:
    """The observations of one sync's streams."""

    def __init__(
        self,
        today: date,
        repeated_keys: set[str],
        current_day: Callable[[], date] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._limits = limits
        self.days = FirstDays(today, current_day, limits)
        self.ids = ArrayForm("ids", ID_ARRAYS, repeated_keys)
        self.pins = ArrayForm("Pin ids", ["pin_ids"], repeated_keys)
        self.statuses = ArrayForm("statuses", ["entity_statuses"], repeated_keys)
        self.breakdowns = ArrayForm("breakdowns", ["targeting_types"], repeated_keys)
        self._selections: dict[str, Selection] = {}
        self._lock = threading.Lock()
        self._down: dict[str, dict[str, PinterestError]] = defaultdict(dict)

    def selection(self, what: str) -> Selection:
        with self._lock:
            return self._selections.setdefault(
                what, Selection(what, self._limits.column_search_requests)
            )

    def note_down(self, account: str, endpoint: str, error: PinterestError) -> None:
        """Notes that the smallest request to an endpoint of an ad account has failed for good."""
        if isinstance(error, Unavailable):
            self._down[account][endpoint] = error

    def check_up(self, account: str, endpoint: str) -> None:
        """Raises Unavailable if another request would cost minutes and fail again: at the same endpoint of
        this ad account, or at any endpoint once two have failed."""
        down = dict(self._down.get(account, {}))
        if endpoint in down or len(down) > 1:
            error = down.get(endpoint) or next(iter(down.values()))
            raise Unavailable(
                f"not requested again in this sync, because it failed before: {error}",
                error.status,
                error.code,
            )
