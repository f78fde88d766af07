"""Turns a slice of a synchronous report into the requests that Pinterest answers.

If Pinterest refuses a request, this finds the part that is refused (the first day of the window, a column, a
breakdown, a form of array, a size, an id) and leaves out only that. Except for ids and sizes, the whole sync
remembers it (`observed`).
"""

from __future__ import annotations

import itertools
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from source_pinterest.api import limits
from source_pinterest.api.targeting_types import BETA
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    NotFound,
    PinterestError,
    RequestRefused,
    TooLarge,
    Unavailable,
    WindowRefused,
)
from source_pinterest.sync.observed import (
    ArrayForm,
    Form,
    Observed,
    Reach,
    Selection,
    find_refused,
    named_in,
)
from source_pinterest.sync.slices import Slice, Window, chunks, halves, smallest

if TYPE_CHECKING:
    from source_pinterest.sync.context import SyncContext

logger = logging.getLogger("airbyte.source_pinterest")

Answer = tuple[Slice, Any]
"""A requested slice, and the body of the answer; for a single id that cannot be read, its PinterestError."""

FAILURES_IN_A_ROW = 3
"""Failed ids in a row, after which the failure is not due to the ids. Our choice: each costs half a minute of
retries."""

IDS_TO_SEARCH_WITH = 3
"""Ids that are refused with any columns, after which the search for columns stops. Our choice."""


class SearchableReport(Protocol):
    """The part of a report that the search for refused columns and breakdowns uses."""

    @property
    def needs_a_column(self) -> bool: ...
    @property
    def breakdown_form(self) -> ArrayForm | None: ...
    def send(self, stream_slice: Slice) -> Any: ...
    def optional_columns(self, stream_slice: Slice) -> list[str]: ...


class Report(SearchableReport, Protocol):
    """The part of a report that `Sending` uses."""

    @property
    def is_daily(self) -> bool: ...
    @property
    def account_field(self) -> str: ...
    @property
    def continues_after_failure(self) -> bool: ...
    @property
    def reach(self) -> Reach: ...

    @property
    def context(self) -> SyncContext: ...
    def describe(self, stream_slice: Slice) -> str: ...
    def report_kind(self, stream_slice: Slice) -> str: ...
    def array_form(self) -> ArrayForm: ...
    def selection(self, stream_slice: Slice) -> Selection: ...
    def answered_ids(self, body: Any, stream_slice: Slice) -> int: ...
    def probe_ids(self, stream_slice: Slice) -> bool: ...
    def explain_refusal(self, error: PinterestError, stream_slice: Slice) -> PinterestError: ...


class Sending:
    """Sends the requests of one stream in one sync. Thread-safe: at worst, two threads find out the same."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.max_ids = 1_000_000
        """The most ids in one request, lowered after failures."""
        self._max_days = 1_000_000
        self._answered: Counter[str] = Counter()
        """By account: the number of answered ids."""
        self._left_out: dict[str, set[str]] = defaultdict(set)
        """By account: the refused ids."""
        self._failed: dict[str, set[str]] = defaultdict(set)
        """By account: the ids that have failed since the last answer."""
        self._given_up: dict[str, PinterestError] = {}
        """By account: the error after which no further request is sent."""

    @property
    def _observed(self) -> Observed:
        return self._report.context.observed

    def answers(self, stream_slice: Slice) -> list[Answer]:
        """The answers to a slice, in the order of its ids.

        Raises a PinterestError if the account, and not just one of its ids, cannot be read.
        """
        if not stream_slice["ids"]:
            return []
        account = stream_slice[self._report.account_field]
        if error := self._given_up.get(account):
            raise type(error)(str(error), error.status, error.code)
        self._observed.raise_if_down(account, self._report.report_kind(stream_slice))
        has_others = len(stream_slice["ids"]) > 1
        try:
            try:
                return self._raise_if_none_answered(
                    list(self._halved_until_answered(stream_slice, has_others))
                )
            except REFUSALS as refusal:
                return self._without_refused_ids(stream_slice, refusal)
        except (*REFUSALS, Unavailable) as error:
            explained = self._report.explain_refusal(error, stream_slice)
            if not self._report.continues_after_failure:
                self._given_up[account] = explained
            raise explained from None

    # --- Ids that are refused ---

    def _without_refused_ids(self, stream_slice: Slice, refusal: PinterestError) -> list[Answer]:
        """The answers of a refused batch. Halves it breadth first, so that readable ids are found soon."""
        account = stream_slice[self._report.account_field]
        ids = stream_slice["ids"]
        if len(ids) == 1:
            if not stream_slice.get("is_missing") and not self._answered[account]:
                raise refusal
            return [self._leave_out(stream_slice, refusal)]
        named = named_in(refusal.text, ids)
        todo = deque(_named_apart(stream_slice, named) if named else halves(stream_slice, False))
        found: list[Answer] = []
        refused = 1
        while todo:
            part = todo.popleft()
            try:
                found += self._halved_until_answered(part, has_others=True)
            except REFUSALS as error:
                refused += 1
                is_any_answered = self._answered[account] or any(
                    _is_body(body) for _, body in found
                )
                if refused >= limits.REFUSALS_IN_A_ROW and not is_any_answered:
                    raise error from None
                if len(part["ids"]) == 1:
                    found.append(self._leave_out(part, error))
                else:
                    todo.extend(halves(part, False))
        if not stream_slice.get("is_missing") and not any(_is_body(body) for _, body in found):
            # all ids are refused, unless others of this account were answered
            reasons = {body.reason for _, body in found}
            if len(reasons) == 1 and not self._answered[account]:
                raise refusal
        found.sort(key=lambda item: int(item[0]["ids"][0]))
        return found

    def _leave_out(self, one: Slice, refusal: PinterestError) -> Answer:
        """Leaves out a refused id. Raises the refusal if so many are refused that the others most likely would
        be, too."""
        account = one[self._report.account_field]
        self._left_out[account].update(one["ids"])
        most = (
            limits.MAX_REFUSED_IDS
            if self._answered[account]
            else limits.REFUSED_IDS_BEFORE_AN_ANSWER
        )
        if len(self._left_out[account]) > most:
            raise type(refusal)(
                f"more than {most:,} ids are refused, so the others were not requested. The last one: "
                f"{refusal}",
                refusal.status,
                refusal.code,
            )
        return one, refusal

    # --- Sizes ---

    def _halved_until_answered(self, stream_slice: Slice, has_others: bool) -> Iterator[Answer]:
        """The answers to a slice, halved where it is too large: its ids first, then the days of a single id (not
        of a total, which is not a sum). If both halves are answered, no later request is as large as the whole;
        otherwise, the failure may be due to one of the ids. `has_others`: whether the slice is part of a batch."""
        parts = halves(stream_slice, self._report.is_daily)
        if parts and self._is_known_to_fail(stream_slice):
            for part in parts:
                yield from self._halved_until_answered(part, has_others)
            return
        try:
            answer = self._first_day_checked(stream_slice)
        except (TooLarge, Unavailable) as error:
            if not parts:
                yield self._leave_out_failed(stream_slice, error, has_others)
                return
            if isinstance(error, Unavailable) and (outage := self._outage(stream_slice)):
                if len(stream_slice["ids"]) == 1:
                    yield self._leave_out_failed(stream_slice, outage, has_others)
                    return
                self._note_outage(stream_slice, outage)
                raise outage from None
            reason = str(error)
        else:
            if answer:
                account = stream_slice[self._report.account_field]
                self._answered[account] += len(stream_slice["ids"])
                self._failed[account].clear()
                yield answer
            return
        are_answered = True
        for part in parts:
            found = list(self._halved_until_answered(part, has_others))
            are_answered = are_answered and len(found) == 1 and _is_body(found[0][1])
            yield from found
        if are_answered:
            self._lower_limits(stream_slice, parts[0])
            logger.info(f"Asking for {_describe_size(parts[0])} at a time from now on: {reason}")

    def _leave_out_failed(
        self, one: Slice, error: TooLarge | Unavailable, has_others: bool
    ) -> Answer:
        """Leaves out a failed id, if others of its account are answered, or may be. Otherwise raises the error."""
        account = one[self._report.account_field]
        named = _with_ids_and_days(one, error)
        self._failed[account].update(one["ids"])
        is_one_of_many = self._answered[account] or has_others
        if len(self._failed[account]) >= FAILURES_IN_A_ROW:
            is_one_of_many = False
        if not is_one_of_many and not one.get("is_missing"):
            self._note_outage(one, named)
            raise named from None
        return self._leave_out(one, named)

    def _raise_if_none_answered(self, found: list[Answer]) -> list[Answer]:
        """Returns the answers. Raises the first one's error if no id of the account was answered, now or before."""
        for one, error in found[:1]:
            if (
                isinstance(error, PinterestError)
                and not one.get("is_missing")
                and not self._answered[one[self._report.account_field]]
            ):
                self._note_outage(one, error)
                raise error
        return found

    def _outage(self, stream_slice: Slice) -> Unavailable | None:
        """The error of the smallest requests, which shows that the size is not the cause. None if one of them
        is answered."""
        ids = stream_slice["ids"]
        outage = None
        for entity_id in dict.fromkeys((ids[0], ids[-1])):
            try:
                self._first_day_checked(
                    smallest({**stream_slice, "ids": [entity_id]}, self._report.is_daily)
                )
            except Unavailable as error:  # noqa: PERF203  the first that is answered ends it
                outage = error
            else:
                return None
        return outage

    def _note_outage(self, stream_slice: Slice, error: PinterestError) -> None:
        account = stream_slice[self._report.account_field]
        self._observed.note_outage(account, self._report.report_kind(stream_slice), error)

    def _is_known_to_fail(self, stream_slice: Slice) -> bool:
        ids = len(stream_slice["ids"])
        if ids > 1 and self._report.array_form().is_single:
            return True
        return ids > self.max_ids or Window.of(stream_slice).days > self._max_days

    def _lower_limits(self, failed: Slice, part: Slice) -> None:
        self.max_ids = min(self.max_ids, len(part["ids"]))
        if len(failed["ids"]) == 1:
            self._max_days = min(self._max_days, Window.of(part).days)

    # --- One request, as Pinterest takes it ---

    def _first_day_checked(self, stream_slice: Slice) -> Answer | None:
        """The answer to a request. As long as it is unknown whether Pinterest has its first day, the other requests
        of the sync wait for it."""
        days, reach = self._observed.days, self._report.reach
        first_day = partial(self._first_day, stream_slice)
        with days.one_request_first(reach, first_day, self._longest_wait):
            return self._answered_request(stream_slice)

    def wait_for_first_day(self, stream_slice: Slice) -> None:
        """Waits a while for other requests to show whether Pinterest has the first day of a slice."""
        first_day = partial(self._first_day, stream_slice)
        self._observed.days.wait_until_known(self._report.reach, first_day, self._longest_wait)

    def _first_day(self, stream_slice: Slice) -> date:
        first = self._observed.days.first(self._report.reach)
        return max(Window.of(stream_slice).start, first)

    @property
    def _longest_wait(self) -> float:
        return self._report.context.client.policy.longest_probe_wait

    def _answered_request(self, stream_slice: Slice) -> Answer | None:
        """The answer to a request that may cover several ids, once an answer has shown that Pinterest
        understands them. None if Pinterest has none of its days."""
        report, days = self._report, self._observed.days
        form = report.array_form()
        is_many = len(stream_slice["ids"]) > 1
        for tries in itertools.count(1):  # each turn changes something
            selection = report.selection(stream_slice)
            asked = KnownRefusals.now(report, selection)  # before the request is built
            within = self.available_part(stream_slice)
            if within is None or within.get("targeting_types") == []:
                return None
            sent_as = form.form
            start = Window.of(within).start
            answered = partial(report.answered_ids, stream_slice=within)
            try:
                body = form.request(sent_as, is_many, partial(report.send, within), answered)
            except WindowRefused as error:
                if days.drop(report.reach, start, error):
                    continue
                if tries >= report.context.client.policy.window_tries:
                    raise
                report.context.client.wait(report.context.client.policy.first_pause * 2**tries)
                continue
            except REFUSALS as error:
                if is_many and not self._are_several_understood(form, sent_as, within):
                    if form.is_single:
                        raise TooLarge(str(error), error.status, error.code) from None
                    continue
                if self._leaves_out_common_parts(selection, asked, within, error):
                    continue
                raise
            if is_many and not self._are_several_understood(form, sent_as, within):
                if form.is_single:
                    raise TooLarge("Pinterest does not understand several ids in one request.")
                continue
            days.confirm(report.reach, start)
            if selection.left_out == asked.left_out:
                selection.confirm(_names(report, selection, within))
            return within, body
        raise AssertionError

    def available_part(self, stream_slice: Slice) -> Slice | None:
        """The slice without days that Pinterest does not have and breakdowns that it refuses. None if no
        day is left."""
        first = str(self._observed.days.first(self._report.reach))
        if first > stream_slice["end_date"]:
            return None
        if first > stream_slice["start_date"]:
            stream_slice = {**stream_slice, "start_date": first}
        if types := stream_slice.get("targeting_types"):
            kept = self._report.selection(stream_slice).kept(types)
            if kept != types:
                stream_slice = {**stream_slice, "targeting_types": kept}
        return stream_slice

    def _are_several_understood(self, form: ArrayForm, sent_as: Form, stream_slice: Slice) -> bool:
        """Whether Pinterest understands several ids in the form that was sent. Sends one probe if that is
        unknown and no request in flight can show it."""
        probe = partial(self._report.probe_ids, stream_slice)
        return form.is_understood(sent_as, probe, self._longest_wait)

    # --- What is refused in a request ---

    def _leaves_out_common_parts(
        self,
        selection: Selection,
        asked: KnownRefusals,
        stream_slice: Slice,
        error: PinterestError,
    ) -> bool:
        """Looks for a refused part that all ids have in common. Returns whether the next request leaves it out."""
        if isinstance(error, NotFound):
            return False
        if leaves_out_refused_parts(self._report, selection, asked, stream_slice, error):
            return True
        return isinstance(error, RequestRefused) and self._drops_first_day(stream_slice, error)

    def _drops_first_day(self, stream_slice: Slice, error: PinterestError) -> bool:
        """Drops the first day if the refusal, which does not mention the window, is due to it. Returns whether it
        did."""
        days, reach = self._observed.days, self._report.reach
        start = Window.of(stream_slice).start
        if not days.may_cause_refusal(reach, start):
            return False
        if stream_slice["start_date"] == stream_slice["end_date"]:
            return False

        def is_accepted(day: date) -> bool | None:
            one = {**stream_slice, "ids": stream_slice["ids"][:1], "start_date": str(day)}
            return _is_accepted(self._report, one)

        if accepted := is_accepted(start):
            days.confirm(reach, start)
        return accepted is False and days.drop_if_cause(reach, start, error, is_accepted) is True


class KnownRefusals(NamedTuple):
    """What is known to be refused at the time of a request."""

    left_out: frozenset[str]
    """Columns and breakdowns."""
    form: Form | None
    """The form in which several breakdowns are sent."""

    @classmethod
    def now(cls, report: SearchableReport, selection: Selection) -> KnownRefusals:
        form = report.breakdown_form
        return cls(selection.left_out, form.form if form else None)


def leaves_out_refused_parts(
    report: SearchableReport,
    selection: Selection,
    asked: KnownRefusals,
    stream_slice: Slice,
    error: PinterestError,
) -> bool:
    """Searches a refused request for columns and breakdowns that Pinterest refuses. Returns whether the next
    request leaves some out, or sends several breakdowns in another form. `asked`: what was known at the request."""
    with selection.lock:
        if KnownRefusals.now(report, selection) != asked:
            return True  # found by another thread
        search = _RefusalSearch(report, selection, asked, stream_slice, error)
        try:
            has_found = search.succeeds()
        except AccessDenied:
            # to one of the search's requests, which says nothing about the refused one
            selection.search_was_denied = True
            has_found = False
        return has_found or KnownRefusals.now(report, selection) != asked


def _names(report: SearchableReport, selection: Selection, stream_slice: Slice) -> list[str]:
    """The columns and breakdowns of a request, which may be refused."""
    types = stream_slice.get("targeting_types", ())
    return selection.kept([*report.optional_columns(stream_slice), *types])


class _RefusalSearch:
    """A search for refused columns and breakdowns, with requests for one id and one day."""

    def __init__(
        self,
        report: SearchableReport,
        selection: Selection,
        asked: KnownRefusals,
        stream_slice: Slice,
        error: PinterestError,
    ) -> None:
        self._report = report
        self._selection = selection
        self._asked = asked
        self._error = error
        ids = stream_slice.get("ids", [])  # an asynchronous report covers a whole ad account
        usable = [entity_id for entity_id in ids if entity_id not in selection.refused_ids]
        self._probe_slice = {
            **stream_slice,
            "ids": usable[:1] or ids[:1],
            "start_date": stream_slice["end_date"],
        }
        self._may_search = (
            bool(usable or not ids) and len(selection.refused_ids) < IDS_TO_SEARCH_WITH
        )
        self._columns = selection.kept(report.optional_columns(stream_slice))
        self.types = selection.kept(stream_slice.get("targeting_types", ()))

    def succeeds(self) -> bool:
        """Runs the search. Returns whether it has left something out."""
        if self._leaves_out_named_parts():
            return True
        if isinstance(self._error, AccessDenied) and not set(self.types) & set(BETA):
            return False
        is_shown = self._selection.is_confirmed([*self._columns, *self.types])
        return not is_shown and self._leaves_out_found_parts()

    def _leaves_out_named_parts(self) -> bool:
        """Leaves out the names in the refusal, and in the refusals of the requests without them: Pinterest may
        name one at a time.

        A refusal that names all columns or all breakdowns may only repeat the request. Its names count if no
        request shows otherwise.
        """
        columns, types, error = self._columns, self.types, self._error
        if self._repeats_the_request():
            if self._leaves_out_found_parts():
                return True
            if self._selection.is_confirmed([*columns, *types]):
                return False
        named: list[str] = []
        while found := named_in(error.text, [*columns, *types]):
            if not self._selection.use_request():
                return False
            named += found
            columns = [column for column in columns if column not in found]
            types = [kind for kind in types if kind not in found]
            try:
                if columns or not self._report.needs_a_column:
                    self._send(columns, types or self._probe_type(named))
            except (RequestRefused, AccessDenied) as next_error:
                error = next_error
                continue
            self._leave_out(named)
            return True
        return False

    def _repeats_the_request(self) -> bool:
        return any(
            len(names) > 1 and named_in(self._error.text, names) == list(names)
            for names in (self._columns, self.types)
        )

    def _leaves_out_found_parts(self) -> bool:
        """Searches for refused columns and breakdowns that the refusal does not name, and leaves them out."""
        columns, types = self._columns, self.types
        if not self._may_search:
            return False
        if self._is_permitted(columns, types):
            self._selection.confirm([*columns, *types])
            return False
        base_type = self._probe_type([])
        base = columns[:1] if self._report.needs_a_column else columns[:0]
        if not self._is_permitted(base, base_type):
            self._selection.refused_ids.update(self._probe_slice["ids"])
            return False
        if self._refutes_breakdown_form(base):
            return True
        # a denied access is not about columns, nor about breakdowns that every app may read
        is_access = isinstance(self._error, AccessDenied)
        suspects = [kind for kind in types if not is_access or kind in BETA]
        refused = [
            *find_refused(suspects, lambda some: self._is_accepted(base, some)),
            *find_refused(
                [] if is_access else columns, lambda some: self._is_accepted(some, base_type)
            ),
        ]
        if not refused:
            return False  # each is accepted alone, but not all together
        left = [column for column in columns if column not in refused]
        kept = [kind for kind in types if kind not in refused]
        if self._report.needs_a_column and not left:
            return False
        if self._is_accepted(left, kept or self._probe_type(refused)) is False:
            return False
        self._leave_out(refused)
        return True

    def _leave_out(self, names: Iterable[str]) -> None:
        """Leaves out refused names, unless another search has meanwhile found that several breakdowns have to be
        sent in another form: then the refusals prove nothing."""
        if KnownRefusals.now(self._report, self._selection) == self._asked:
            self._selection.leave_out(names, self._error)

    def _refutes_breakdown_form(self, base: Sequence[str]) -> bool:
        """Refutes the form in which several breakdowns are sent, if two are refused together and accepted alone.
        Returns whether it did."""
        form = self._report.breakdown_form
        usual = [kind for kind in self.types if kind not in BETA]
        if not form or form.is_confirmed or len(usual) < 2:
            return False
        sent_as = form.form
        if self._is_accepted(base, usual[:2]) is not False:
            return False
        two = list(itertools.islice((kind for kind in usual if self._is_accepted(base, [kind])), 2))
        if len(two) < 2 or self._is_accepted(base, two) is not False:
            return False
        form.refute(sent_as)
        return True

    def _probe_type(self, without: Sequence[str]) -> list[str]:
        """A breakdown for the requests of a search for columns; none if the report has none."""
        if not self.types:
            return []
        usual = [kind for kind in self.types if kind not in BETA and kind not in without]
        return usual[:1] or ["GENDER"]

    def _is_accepted(self, columns: Sequence[str], types: Sequence[str]) -> bool | None:
        """Whether Pinterest answers a request with these names. None if no request is left.

        Raises AccessDenied unless it may be about a breakdown: it says nothing about the names.
        """
        if not self._selection.use_request():
            if self._selection.search_was_denied:
                raise self._error  # the requests were used up without a result
            return None
        try:
            self._send(columns, types)
        except RequestRefused:
            return False
        except AccessDenied:
            if set(types) & set(BETA):
                return False
            raise
        return True

    def _is_permitted(self, columns: Sequence[str], types: Sequence[str]) -> bool | None:
        try:
            return self._is_accepted(columns, types)
        except AccessDenied:
            return False

    def _send(self, columns: Sequence[str], types: Sequence[str]) -> None:
        probe: Slice = {**self._probe_slice, "columns": list(columns)}
        if self.types:
            probe["targeting_types"] = list(types)
        self._report.send(probe)


def _is_accepted(report: Report, stream_slice: Slice) -> bool | None:
    """Whether Pinterest answers a request. None if it denies access, which says nothing about the days."""
    try:
        report.send(stream_slice)
    except RequestRefused:
        return False
    except AccessDenied:
        return None
    return True


def _is_body(body: Any) -> bool:
    return not isinstance(body, PinterestError)


def _named_apart(stream_slice: Slice, named: Sequence[str]) -> list[Slice]:
    """The ids that a refusal names, each in a slice of its own, and all others together."""
    others = [other for other in stream_slice["ids"] if other not in set(named)]
    return [{**stream_slice, "ids": ids} for ids in (others, *chunks(named, 1)) if ids]


def _with_ids_and_days(one: Slice, error: TooLarge | Unavailable) -> TooLarge | Unavailable:
    """The same error with the ids and days of the request, which cannot be smaller."""
    what = f"{', '.join(one['ids'])}, {one['start_date']} to {one['end_date']}"
    return type(error)(f"{what}: {error}", error.status, error.code)


def _describe_size(part: Slice) -> str:
    return f"{len(part['ids'])} ids and {Window.of(part).days} days"
