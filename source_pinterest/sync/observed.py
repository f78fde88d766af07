"""What a sync has found out about Pinterest, shared by its streams and forgotten at its end.

Nothing here loses rows by default: an array counts as understood only after an answer has confirmed it, and a
refused column or breakdown is left out only after Pinterest has answered the same request without it.
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
    """The kinds of reports, each with its own limit on how far back Pinterest goes."""

    SYNCHRONOUS = "synchronous reports"
    ASYNCHRONOUS = "asynchronous reports"
    HOURLY = "reports by the hour"
    PRODUCT_ITEM = "reports of product items"

    def lookback(self, analytics_lookback: timedelta = LIMITS.analytics_lookback) -> timedelta:
        """How far before today the report's first day is. `analytics_lookback`: that of synchronous reports."""
        return {
            Reach.SYNCHRONOUS: analytics_lookback,
            Reach.ASYNCHRONOUS: limits.REPORT_LOOKBACK,
            Reach.HOURLY: limits.HOURLY_REPORT_LOOKBACK,
            Reach.PRODUCT_ITEM: limits.PRODUCT_ITEM_LOOKBACK,
        }[self]


class FirstDays:
    """The first day that Pinterest still has, by kind of report. It moves on if Pinterest refuses it."""

    def __init__(
        self,
        today: date,
        current_day: Callable[[], date] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        """`current_day` returns the present UTC day, which may be later than `today`."""
        self._today = today
        self._lookback = limits.analytics_lookback
        self._current_day = current_day or (lambda: today)
        self._days_dropped: dict[Reach, int] = {}
        self._confirmed: set[tuple[Reach, date]] = set()
        self._lock = threading.Lock()
        self._known = threading.Condition()
        self._first_requests = {reach: threading.Lock() for reach in Reach}

    def first(self, reach: Reach) -> date:
        """The first day that Pinterest has in this kind of report, as far as is known."""
        return (
            self._today
            - reach.lookback(self._lookback)
            + self._days_dropped.get(reach, 0) * ONE_DAY
        )

    def last_refused(self, reach: Reach) -> date | None:
        """The latest first day that Pinterest has refused in this sync. None if it has refused none."""
        return self.first(reach) - ONE_DAY if self._days_dropped.get(reach) else None

    def confirm(self, reach: Reach, day: date) -> None:
        """Notes that Pinterest has answered a request whose window begins on this day."""
        if day == self.first(reach) and (reach, day) not in self._confirmed:
            with self._known:
                self._confirmed.add((reach, day))
                self._known.notify_all()

    def is_unconfirmed(self, reach: Reach, day: date) -> bool:
        """Whether this is the first day, and no answer has confirmed yet that Pinterest has it."""
        return day == self.first(reach) and (reach, day) not in self._confirmed

    @contextlib.contextmanager
    def one_request_first(
        self, reach: Reach, day: Callable[[], date], seconds: float
    ) -> Iterator[None]:
        """While the first day is unconfirmed, lets one request through and holds the others back, each for at
        most `seconds`. `day` returns the first day that the request will ask for."""
        first_request = self._first_requests[reach]
        is_held = self.is_unconfirmed(reach, day()) and first_request.acquire(timeout=seconds)
        if is_held and not self.is_unconfirmed(reach, day()):
            first_request.release()
            is_held = False
        try:
            yield
        finally:
            if is_held:
                first_request.release()

    def wait_until_known(self, reach: Reach, day: Callable[[], date], seconds: float) -> None:
        """Waits until it is known whether Pinterest has the day, for at most `seconds`."""
        with self._known:
            self._known.wait_for(lambda: not self.is_unconfirmed(reach, day()), seconds)

    def can_drop(self, reach: Reach, day: date) -> bool:
        """Whether this is the first day, and fewer days than the limit were dropped before it."""
        return (
            day == self.first(reach)
            and self._days_dropped.get(reach, 0) < limits.SKIPPABLE_FIRST_DAYS
        )

    def may_cause_refusal(self, reach: Reach, day: date) -> bool:
        """Whether this day may be the cause of a refusal that does not mention the window."""
        return self.is_unconfirmed(reach, day) and self.can_drop(reach, day)

    def drop_if_cause(
        self,
        reach: Reach,
        day: date,
        error: PinterestError,
        is_accepted: Callable[[date], bool | None],
    ) -> bool | None:
        """Drops a first day if Pinterest answers from the next day on, and refuses this one a second time.

        `is_accepted` sends a request whose window begins on a day. It returns whether Pinterest answers; None if
        it fails for another reason than its days. Returns True if the day was dropped, False if it is not the
        cause, and None if Pinterest now answers from this day on.
        """
        if not is_accepted(day + ONE_DAY):
            return False
        if (accepted := is_accepted(day)) is not False:
            return None if accepted else False
        return self.drop(reach, day, error)

    def drop(self, reach: Reach, day: date, error: PinterestError) -> bool:
        """Drops a refused first day: in this sync, all windows begin with the next one. Returns False if it is
        not the first day, or too many were dropped before."""
        with self._lock:
            if day < self.first(reach):
                return True  # another thread was faster
            if not self.can_drop(reach, day):
                return False
            with self._known:
                self._days_dropped[reach] = self._days_dropped.get(reach, 0) + 1
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
    SINGLE = "one in a request"


FORMS = tuple(Form)


class ArrayForm:
    """The form in which an array is sent, and whether an answer has confirmed that Pinterest understands it."""

    def __init__(self, what: str, parameters: Iterable[str], repeated_keys: set[str]) -> None:
        """`what`: the elements, as a plural for the log. `repeated_keys`: the client's set, which this changes."""
        self.lock = threading.RLock()
        self._is_confirmed = False
        self._in_flight = 0
        """The number of requests with several elements in flight, each of which may confirm the form."""
        self._changed = threading.Condition()
        self._what = what
        self._parameters = frozenset(parameters)
        self._repeated_keys = repeated_keys
        self._form = Form.COMMAS

    @property
    def form(self) -> Form:
        return self._form

    @property
    def is_confirmed(self) -> bool:
        return self._is_confirmed

    @contextlib.contextmanager
    def in_flight(self) -> Iterator[Callable[[], None]]:
        """Counts a request with several elements as in flight until the block ends, or until the function that
        it yields is called."""
        is_over = threading.Event()

        def end() -> None:
            with self._changed:
                if not is_over.is_set():
                    is_over.set()
                    self._in_flight -= 1
                    self._changed.notify_all()

        with self._changed:
            self._in_flight += 1
        try:
            yield end
        finally:
            end()

    def request(
        self,
        sent_as: Form,
        is_many: bool,
        send: Callable[[], Received],
        answered: Callable[[Received], int],
    ) -> Received:
        """Sends a request in this form, and returns its answer. If it has several elements, and `answered` counts
        more than one of them in the answer, that confirms the form."""
        if not is_many or self._is_confirmed:
            return send()
        with self.in_flight():
            answer = send()
            if answered(answer) > 1:
                self.confirm(sent_as)
        return answer

    def wait_for_others(self, seconds: float) -> None:
        """Waits until the form is confirmed, or no request in flight can confirm it, for at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_confirmed or not self._in_flight, seconds)

    def is_understood(
        self, sent_as: Form, probe: Callable[[], bool | None], seconds: float
    ) -> bool:
        """Whether Pinterest understands several elements in the form that was sent, as far as is known.

        If it is unknown, and no request in flight confirms it within `seconds`, one thread calls `probe`, which
        returns whether it does; None, or an error, leaves it unknown.
        """
        if not self._is_confirmed:  # otherwise, this would wait for a probe that hangs
            self.wait_for_others(seconds)
            with self.lock:
                if self._form is sent_as and not self._is_confirmed:
                    found = probe()
                    if found:
                        self.confirm(sent_as)
                    elif found is False:
                        self.refute(sent_as)
        return self._form is sent_as and not self.is_single

    def _set(self, form: Form, is_confirmed: bool) -> None:
        with self._changed:
            self._form, self._is_confirmed = form, is_confirmed
            self._changed.notify_all()

    @property
    def is_single(self) -> bool:
        return self._form is Form.SINGLE

    def confirm(self, form: Form) -> None:
        """Notes that Pinterest has answered about several elements in this form."""
        if self._is_confirmed:
            return
        with self._changed:
            if form is self._form:  # and no other thread has refuted it meanwhile
                self._set(form, is_confirmed=True)

    def forbid_several(self) -> None:
        """Notes that Pinterest does not let this app send several elements, in whatever form."""
        with self.lock:
            self._set(Form.SINGLE, is_confirmed=True)

    def refute(self, form: Form) -> None:
        """Notes that Pinterest does not understand this form, and moves on to the next one."""
        with self.lock:
            if form is not self._form or form is Form.SINGLE:
                return
            following = FORMS[FORMS.index(form) + 1]
            # before `_set`, or a request could be sent joined by commas, and count as repeated
            if following is Form.REPEATED:
                self._repeated_keys |= self._parameters
            else:
                self._repeated_keys -= self._parameters
            self._set(following, is_confirmed=following is Form.SINGLE)
        logger.warning(
            f"Pinterest does not understand {self._what} that are {form.value}: from now on they are "
            f"sent {self._form.value}, and what was read the old way is read again."
        )


# --- Columns and breakdowns ---


class Selection:
    """The columns, metrics and breakdowns that Pinterest accepts in one kind of report."""

    def __init__(self, what: str, requests: int = LIMITS.column_search_requests) -> None:
        """`requests`: the number of requests that may be sent to find refused names."""
        self.what = what
        """The kind of report in warnings."""
        self.lock = threading.RLock()
        self.left_out: frozenset[str] = frozenset()
        self._answered: set[str] = set()
        """Names in answered requests."""
        self.refused_ids: set[str] = set()
        """Ids that are refused whatever the columns."""
        self.search_was_denied = False
        """Whether a search has ended without a result because Pinterest denied access."""
        self._tries_left = requests

    def kept(self, names: Iterable[str]) -> list[str]:
        """The names that are not left out, in order."""
        return [name for name in names if name not in self.left_out]

    def confirm(self, names: Iterable[str]) -> None:
        """Notes that Pinterest has answered a request with all of these names."""
        if not self._answered.issuperset(names := set(names)):
            self._answered.update(names)  # at once, or threads could lose each other's names

    def is_confirmed(self, names: Iterable[str]) -> bool:
        """Whether Pinterest has answered requests with each of these names."""
        return self._answered.issuperset(names)

    def leave_out(self, names: Iterable[str], error: PinterestError) -> None:
        """Leaves the names out of later requests, and warns of those that are new. `error`: the refusal."""
        new = [name for name in names if name not in self.left_out]
        if not new:
            return
        self.left_out |= set(new)
        logger.warning(
            f"Pinterest refuses {', '.join(new)} in {self.what}: left out in this sync, so the "
            f"columns are null and the breakdowns have no rows ({error.fact})"
        )

    def use_request(self) -> bool:
        """Counts one request of a search. Returns False if none is left."""
        self._tries_left -= 1
        return self._tries_left >= 0


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """The names that a refusal is about, without those that it lists as allowed.

    >>> named_in("'B' is not one of ['A', 'C']", ["A", "B", "C"]), named_in("A and C", ["A", "B", "C"])
    (['B'], ['A', 'C'])
    """
    blamed = BEFORE_ALLOWED_VALUES.split(text, maxsplit=1)[0]
    words = set(re.findall(r"\w+", blamed))
    return [name for name in names if name in words]


BEFORE_ALLOWED_VALUES = re.compile(
    r"is not (one of|in)\b|must be (one of|in)\b|(allowed|valid|supported|possible) \w+ (are|is)\b"
    r"|expected one of|choose from",
    re.IGNORECASE,
)
"""The words before a list of allowed values."""


def find_refused(
    names: Sequence[str],
    is_accepted: Callable[[Sequence[str]], bool | None],
    is_refused: bool = False,
) -> Iterator[str]:
    """The refused names, found by halving. Each is requested once more, alone, before it counts as refused: the
    first refusal may have been temporary, or due to another name.

    `is_accepted` sends a request with some of the names. It returns whether Pinterest answers; None if no request
    is left, and then the rest counts as refused. `is_refused`: the names are known to be refused together.

    >>> list(find_refused("ABCDEFG", lambda some: not {"B", "F"} & set(some)))
    ['B', 'F']
    """
    accepted = False if is_refused else is_accepted(names) if names else True
    if accepted:
        return
    if accepted is None or len(names) == 1:
        yield from () if accepted is False and is_accepted(names) else names
        return
    middle = len(names) // 2
    first = list(find_refused(names[:middle], is_accepted))
    yield from first
    yield from find_refused(names[middle:], is_accepted, is_refused=not first)


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
        self.has_sizes_in_bytes = True
        """Whether the stated size of an asynchronous report's content is its number of bytes, as far as is known."""
        self._selections: dict[str, Selection] = {}
        self._lock = threading.Lock()
        self._outages: dict[str, dict[str, PinterestError]] = defaultdict(dict)

    def selection(self, what: str) -> Selection:
        """The selection of a kind of report, `what`."""
        with self._lock:
            return self._selections.setdefault(
                what, Selection(what, self._limits.column_search_requests)
            )

    def note_outage(self, account: str, endpoint: str, error: PinterestError) -> None:
        """Notes that even the smallest request to an endpoint of an ad account fails after all retries. Ignores
        other errors than Unavailable."""
        if isinstance(error, Unavailable):
            self._outages[account][endpoint] = error

    def raise_if_down(self, account: str, endpoint: str) -> None:
        """Raises Unavailable if this endpoint of the ad account has failed, or two others have: another request
        would take minutes of retries, and most likely fail, too."""
        outages = dict(self._outages.get(account, {}))
        if endpoint in outages or len(outages) > 1:
            error = outages.get(endpoint) or next(iter(outages.values()))
            raise Unavailable(
                f"not requested again in this sync, because it failed before: {error}",
                error.status,
                error.code,
            )
