"""What a sync has found out about Pinterest while it read: shared by its streams, gone with it.

Nothing here has a default that loses rows: an array counts as understood only once an answer has shown
it, and what Pinterest refuses is left out only once the same request without it was answered.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import Enum

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
    """The first day that Pinterest still has, by reach; it moves where Pinterest refuses it."""

    def __init__(
        self,
        today: date,
        current_day: Callable[[], date] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        """`current_day`: the UTC day of now, which may have passed midnight since `today`."""
        self._today = today
        self._lookback = limits.analytics_lookback
        self._current_day = current_day or (lambda: today)
        self._given_up: dict[Reach, int] = {}
        self._accepted: set[tuple[Reach, date]] = set()
        self._lock = threading.Lock()

    def first(self, reach: Reach) -> date:
        return self._today - reach.lookback(self._lookback) + self._given_up.get(reach, 0) * ONE_DAY

    def refused(self, reach: Reach) -> date | None:
        """The last day at the beginning that Pinterest has refused in this sync."""
        return self.first(reach) - ONE_DAY if self._given_up.get(reach) else None

    def accept(self, reach: Reach, day: date) -> None:
        """An answer has come to a request that begins with this day."""
        if day == self.first(reach):
            self._accepted.add((reach, day))

    def is_doubtful(self, reach: Reach, day: date) -> bool:
        """Whether it is the first of all, and nothing has shown yet that Pinterest has it."""
        return day == self.first(reach) and (reach, day) not in self._accepted

    def can_give_up(self, reach: Reach, day: date) -> bool:
        return day == self.first(reach) and self._given_up.get(reach, 0) < limits.DAYS_GIVEN_UP

    def give_up(self, reach: Reach, day: date, error: PinterestError) -> bool:
        """The window begins one day later, for the whole sync. False: it is not the first day."""
        with self._lock:
            if day < self.first(reach):
                return True  # another thread was faster
            if not self.can_give_up(reach, day):
                return False
            self._given_up[reach] = self._given_up.get(reach, 0) + 1
        why = (
            "midnight (UTC) has passed since the sync began"
            if self._current_day() > self._today
            else "it does not go back that far"
        )
        logger.warning(
            f"Pinterest refuses {day} as the first day of {reach.value}, twice: {why}. The window "
            f"begins with {self.first(reach)}, in all of them and in this whole sync ({error})"
        )
        return True


# --- Arrays ---


class Form(Enum):
    """How the elements of an array are sent."""

    COMMAS = "joined by commas"
    REPEATED = "with the key repeated for each"
    ALONE = "one in a request"


FORMS = tuple(Form)


class ArrayForm:
    """Whether Pinterest understands several elements of an array: believed once an answer shows it."""

    def __init__(self, what: str, parameters: Iterable[str], repeated_keys: set[str]) -> None:
        """`repeated_keys` are the client's."""
        self.lock = threading.RLock()
        self.is_shown = False
        self._what = what
        self._parameters = frozenset(parameters)
        self._repeated_keys = repeated_keys
        self._form = Form.COMMAS

    @property
    def form(self) -> Form:
        return self._form

    @property
    def is_alone(self) -> bool:
        return self._form is Form.ALONE

    def show(self, form: Form) -> None:
        """An answer was about several elements."""
        if form is self._form:
            self.is_shown = True

    def close(self) -> None:
        """Several elements are not for this app, however they are sent."""
        with self.lock:
            self._form = Form.ALONE
            self.is_shown = True

    def refute(self, form: Form) -> None:
        """Pinterest does not understand this form: the next one is tried."""
        with self.lock:
            if form is not self._form or form is Form.ALONE:
                return
            self._form = FORMS[FORMS.index(form) + 1]
            self.is_shown = self.is_alone
            if self._form is Form.REPEATED:
                self._repeated_keys |= self._parameters
            else:
                self._repeated_keys -= self._parameters
        logger.warning(
            f"Pinterest does not understand {self._what} that are {form.value}: they are sent "
            f"{self._form.value} from now on, and what was read that way is read again."
        )


# --- Columns and breakdowns ---


class Selection:
    """Which columns, metrics and breakdowns one kind of report may be asked for."""

    def __init__(self, what: str, requests: int = LIMITS.looking_for_columns) -> None:
        """`requests`: how many may look for what is refused."""
        self.what = what
        """As a warning names the kind of report."""
        self.lock = threading.RLock()
        self.left_out: frozenset[str] = frozenset()
        self._answered: frozenset[str] = frozenset()
        """What was in requests that were answered."""
        self.refused_with: set[str] = set()
        """Ids that are refused whatever is asked of them."""
        self._tries_left = requests

    def kept(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self.left_out]

    def show(self, names: Iterable[str]) -> None:
        """A request with all of these was answered."""
        if not self._answered.issuperset(names := set(names)):
            self._answered |= names

    def is_shown(self, names: Iterable[str]) -> bool:
        """Whether each of these was in a request that was answered."""
        return self._answered.issuperset(names)

    def leave_out(self, names: Iterable[str], error: PinterestError) -> None:
        new = [name for name in names if name not in self.left_out]
        if not new:
            return
        self.left_out |= set(new)
        logger.warning(
            f"Pinterest refuses {', '.join(new)} in {self.what}: left out in this sync, so the "
            f"columns are null and the breakdowns have no rows ({error})"
        )

    def may_ask(self) -> bool:
        """Counts a request of a search; False: there were enough."""
        self._tries_left -= 1
        return self._tries_left >= 0


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """The names that a refusal is about: not those that it lists as allowed.

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
"""What stands before a list of what would be right."""


def refused_among(
    names: Sequence[str],
    is_taken: Callable[[Sequence[str]], bool | None],
    is_refused: bool = False,
) -> Iterator[str]:
    """Those of the names without which a request is answered, found by halving.

    `is_taken` asks with some of them; None: it may not ask any more, so what is left counts as refused.
    `is_refused`: all of them together are known to be.

    >>> list(refused_among("ABCDEFG", lambda some: not {"B", "F"} & set(some)))
    ['B', 'F']
    """
    taken = False if is_refused else is_taken(names) if names else True
    if taken:
        return
    if taken is None or len(names) == 1:
        yield from names
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
    """What the streams of one sync have found out."""

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
        self._selections: dict[str, Selection] = {}
        self._lock = threading.Lock()
        self._down: dict[str, dict[str, PinterestError]] = defaultdict(dict)

    def selection(self, what: str) -> Selection:
        with self._lock:
            return self._selections.setdefault(
                what, Selection(what, self._limits.looking_for_columns)
            )

    def note_down(self, account: str, endpoint: str, error: PinterestError) -> None:
        """The smallest request to an endpoint of an ad account has failed for good."""
        if isinstance(error, Unavailable):
            self._down[account][endpoint] = error

    def check_up(self, account: str, endpoint: str) -> None:
        """Raises Unavailable where asking once more costs minutes and gives the same: at the same
        endpoint of this ad account, or at any once two have failed."""
        down = self._down.get(account, {})
        if endpoint in down or len(down) > 1:
            error = down.get(endpoint) or next(iter(down.values()))
            raise Unavailable(
                f"not asked for again in this sync, since it has failed before: {error}",
                error.status,
                error.code,
            )
