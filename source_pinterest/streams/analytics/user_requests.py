"""Slices, sends and parses reports of the user's account."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from source_pinterest.api.endpoints import choices_of
from source_pinterest.api.organic import FILTERS, breakdown_values, is_split
from source_pinterest.http.errors import REFUSALS, PinterestError, WindowRefused
from source_pinterest.records import splits
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.organic_analytics import days_in, is_daily_metrics
from source_pinterest.records.rows import Batch
from source_pinterest.records.splits import FilterCheck, adds_up, split_values
from source_pinterest.streams.analytics.base import AccountPass
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.observed import ArrayForm
from source_pinterest.sync.slices import ONE_DAY, Slice, Window
from source_pinterest.sync.state import AccountState

if TYPE_CHECKING:
    from source_pinterest.streams.analytics.organic import OrganicAnalytics
    from source_pinterest.streams.analytics.sending import Answer

NOT_DIVIDED = "Pinterest answers with the same numbers for each value, as if it did not divide them"

logger = logging.getLogger("airbyte.source_pinterest")


class UserRequests:
    """The requests of one report in one sync. `PinRequests` does the same for reports of Pins."""

    def __init__(self, stream: OrganicAnalytics) -> None:
        self.stream = stream

    fields: tuple[str, ...] = ("user_id",)
    """The fields of a slice that are part of its records."""

    rows_per_day = 1
    """The most rows that an id is expected to have on a day."""

    may_begin_late = True
    """Whether days before the first one of an answer count as not missing: they had no data, or are noted elsewhere."""

    # --- Requests ---

    def fingerprint(self) -> str | None:
        """A hash of the settings that the rows depend on. None if there are none."""
        return None

    def plan(self, failures: Failures) -> list[AccountPass]:  # noqa: ARG002
        """The passes over the user, or over the user's Pins."""
        return [
            AccountPass({"user_id": user_id, **account_pass.window.fields}, {"after": [user_id]})
            for user_id, account_pass in self.stream.passes_of_the_user()
        ]

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass. The last one has `last`."""
        yield {**account_pass.base, "ids": account_pass.ids["after"], "last": True}

    def requests_of(self, account_pass: AccountPass) -> int:
        """The number of requests of a pass if nothing fails."""
        return sum(1 for _ in self.slices(account_pass))

    def knows_slice_size(self) -> bool:
        return True

    def report_kind(self, stream_slice: Slice) -> str:  # noqa: ARG002  there may be several
        """The endpoint of this kind of report, as warnings name it."""
        return "GET analytics of the user"

    def known_metrics(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002  Pins differ in them
        """The metrics that Pinterest's description lists for the endpoint."""
        return choices_of(self.stream.endpoint, "metric_types")

    # --- Sending ---

    def array_form(self) -> ArrayForm:
        return self.stream.context.observed.ids

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The bodies that answer a slice, each with the part of the slice that it answers. Called by several
        threads."""
        return self.stream.reader.sending.answers(stream_slice)

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:  # noqa: ARG002  there is one user
        return len(stream_slice["ids"])

    def send(self, stream_slice: Slice) -> Any:
        """The body of one request. Called by several threads."""
        return self.stream.read_body(self.stream.path(), {}, stream_slice)

    def is_deleted(self, part: Slice, error: PinterestError) -> bool:  # noqa: ARG002  a user stays
        """Whether a refused id was deleted after it was listed, so that it is not missing."""
        return False

    # --- Answers ---

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        """The records of one answer."""
        yield self.stream.batch(body, stream_slice)

    def verify(self) -> None:
        """Raises PinterestError if the answers of a pass are wrong or incomplete."""

    def annotate_state(self, state: AccountState, last: Slice, window: Window) -> AccountState:  # noqa: ARG002
        """The state after a pass."""
        return state


class UserAccountRequests(UserRequests):
    """The requests of the user's account as a whole."""

    def __init__(self, stream: OrganicAnalytics) -> None:
        super().__init__(stream)
        self._first_answered_day: str | None = None

    def send(self, stream_slice: Slice) -> Any:
        """The body of the answer. If it lacks the first days, it is requested once more: Pinterest marks days without
        data, and does not leave them out."""
        for _ in range(2):
            body = super().send(stream_slice)
            there = days_in(body)
            if not there or min(there) <= stream_slice["start_date"]:
                return body
        self._first_answered_day = min(there)
        return body

    def annotate_state(self, state: AccountState, last: Slice, window: Window) -> AccountState:
        """If the answer lacks its first days, the state excludes them, so that the next sync requests them again."""
        since, self._first_answered_day = self._first_answered_day, None
        if not since:
            return state
        what = self.stream.describe({**last, **window.fields})
        logger.warning(
            f"{what}: Pinterest's answer has nothing before {since}, even the second "
            f"time, and does not say why. The days {window.start} to "
            f"{date.fromisoformat(since) - ONE_DAY} are missing; the next syncs ask for them again."
        )
        return state.with_(since=since) if state["since"] == str(window.start) else state


class BreakdownRequests(UserRequests):
    """The requests of the user's account by breakdown. Each breakdown has a slice of its own, so that Pinterest may
    refuse it, or some of its columns, without the others."""

    fields = ("user_id", "breakdown", "breakdown_value")
    rows_per_day = sum(len(breakdown_values(breakdown)) for breakdown in FILTERS)
    may_begin_late = False

    def __init__(self, stream: OrganicAnalytics) -> None:
        super().__init__(stream)
        self._refused: dict[str, PinterestError] = {}

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        *most, last = FILTERS
        base = {**account_pass.base, "ids": account_pass.ids["after"]}
        for breakdown in most:
            yield {**base, "breakdown": breakdown}
        yield {**base, "breakdown": last, "last": True}

    def requests_of(self, account_pass: AccountPass) -> int:  # noqa: ARG002
        return sum(
            1 if is_split(breakdown) else len(breakdown_values(breakdown)) for breakdown in FILTERS
        )

    def report_kind(self, stream_slice: Slice) -> str:
        return f"GET analytics of the user by {stream_slice['breakdown']}"

    def answers(self, stream_slice: Slice) -> list[Answer]:
        """The answers for a breakdown. Empty if Pinterest refuses it twice, or does not divide by it: then it has no
        rows in this sync."""
        breakdown = stream_slice["breakdown"]
        found = self._answers_or_refusals(stream_slice)
        if any(isinstance(body, REFUSALS) for _, body in found):
            found = self._answers_or_refusals(stream_slice)
        divided = FilterCheck()
        for _, body in found:
            if isinstance(body, REFUSALS):
                self._refused[breakdown] = body
            elif isinstance(body, PinterestError):
                raise body
            else:
                divided.compare(list(body.values()))
        if divided.is_ignored:
            self._refused[breakdown] = PinterestError(NOT_DIVIDED)
        return [] if breakdown in self._refused else found

    def _answers_or_refusals(self, stream_slice: Slice) -> list[Answer]:
        """The answers for a breakdown; if it is refused, the refusal in place of a body."""
        try:
            return list(super().answers(stream_slice))
        except WindowRefused:  # says nothing about the breakdown
            raise
        except REFUSALS as error:
            return [(stream_slice, error)]

    def send(self, stream_slice: Slice) -> dict[str, Any]:
        """The days of each value of the breakdown, by value. If Pinterest ignores the split, requests the values one by
        one."""
        breakdown = stream_slice["breakdown"]
        values = breakdown_values(breakdown)
        if is_split(breakdown):
            body = self._read({"split_field": breakdown}, stream_slice, splits.is_split)
            try:
                if found := split_values(body, values):
                    missing = [value for value in values if value not in found]
                    if missing and not adds_up(body, found):
                        found |= self._filtered(breakdown, missing, stream_slice)
                    return found
            except UnusableAnswer as error:
                raise unusable(error) from None
        return self._filtered(breakdown, values, stream_slice)

    def _filtered(
        self, breakdown: str, values: Iterable[str], stream_slice: Slice
    ) -> dict[str, Any]:
        by_filter = FILTERS[breakdown]
        return {value: self._read({by_filter: value}, stream_slice) for value in values}

    def _read(
        self,
        params: Mapping[str, Any],
        stream_slice: Slice,
        is_expected: Callable[[Any], bool] = is_daily_metrics,
    ) -> Any:
        return self.stream.read_body(
            self.stream.path(), params, stream_slice, is_expected, decode=None
        )

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        for value, days_of_it in body.items():
            yield self.stream.batch(days_of_it, {**stream_slice, "breakdown_value": value})

    def verify(self) -> None:
        refused, self._refused = self._refused, {}
        if len(refused) == len(FILTERS):
            raise next(iter(refused.values()))
        for breakdown, refusal in refused.items():
            self.stream.answer_warnings.warn_once(
                f"the breakdown {breakdown}",
                f"Pinterest does not give the breakdown {breakdown} of the user's analytics: it has no rows in this "
                f"sync ({refusal.fact})",
            )
