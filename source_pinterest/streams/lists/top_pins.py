"""Rankings of the user's best Pins over the whole window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from source_pinterest.api import limits
from source_pinterest.api.endpoints import choices_of
from source_pinterest.http.errors import RequestRefused, WindowRefused
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.ids import normalize_id
from source_pinterest.records.rows import Row
from source_pinterest.streams.lists.base import ListStream
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.observed import Reach
from source_pinterest.sync.slices import Window

if TYPE_CHECKING:
    from source_pinterest.sync.slices import Slice


class Ranking(ListStream):
    """At most 50 Pins in each order that Pinterest offers, over the days of the backfill.

    The metrics are sums over the window, so the window is part of the key.
    """

    primary_key = ["user_id", "sort_by", "pin_id", "start_date", "date"]
    unique_by = ["pin_id"]
    has_many_slices = True

    def slices(self, failures: Failures) -> Iterator[Slice]:  # noqa: ARG002
        """One slice per order."""
        user_id = self.context.user()["id"]
        window = self._window()
        for sort_by in choices_of(self.endpoint, "sort_by"):
            yield {
                "user_id": user_id,
                "sort_by": sort_by,
                "start_date": str(window.start),
                "date": str(window.end),
            }

    def _window(self) -> Window:
        window = Window.before(self.context.today, self.context.config.backfill_days)
        first = self.context.observed.days.first(Reach.SYNCHRONOUS)
        return Window(max(window.start, first), window.end)

    def describe(self, stream_slice: Slice) -> str:
        days = f"{stream_slice['start_date']} to {stream_slice['date']}"
        return f"{self.name} of user {stream_slice['user_id']} by {stream_slice['sort_by']}, {days}"

    def read_list(self, stream_slice: Slice) -> Iterator[list[Row]]:
        """The ranking over the days that Pinterest has. If it refuses the first day, the window begins later."""
        days, reach = self.context.observed.days, Reach.SYNCHRONOUS
        first_day = partial(self._first_day, stream_slice)
        with days.one_request_first(reach, first_day, self.policy.longest_probe_wait):
            within, body = self._answer(stream_slice)
        yield self.rows(body, within)

    def _first_day(self, stream_slice: Slice) -> date:
        first = self.context.observed.days.first(Reach.SYNCHRONOUS)
        return max(date.fromisoformat(stream_slice["start_date"]), first)

    def _answer(self, stream_slice: Slice) -> tuple[Slice, Any]:
        """The slice with the days that Pinterest has, and the body of its answer."""
        days, reach = self.context.observed.days, Reach.SYNCHRONOUS
        tries = 0
        while True:
            start = self._first_day(stream_slice)
            within = {**stream_slice, "start_date": str(start)}
            try:
                body = self._request(within)
            except WindowRefused as error:
                tries += 1
                if not days.drop(reach, start, error) or tries > self.policy.window_tries:
                    raise
            except RequestRefused as error:
                tries += 1
                if tries > self.policy.window_tries or not self._may_retry(within, start, error):
                    raise
            else:
                days.confirm(reach, start)
                return within, body

    def _request(self, stream_slice: Slice) -> Any:
        params = {
            "sort_by": stream_slice["sort_by"],
            "start_date": stream_slice["start_date"],
            "end_date": stream_slice["date"],
            "num_of_pins": limits.PINS_IN_A_RANKING,
            **self.owner_params,
        }
        return self.context.client.get(self.path(), params, self.category, _is_ranking)

    def _may_retry(self, stream_slice: Slice, start: date, error: RequestRefused) -> bool:
        """Whether to request the ranking again: Pinterest now answers it, or answers it from the next day on, so that
        the first day was dropped."""
        days, reach = self.context.observed.days, Reach.SYNCHRONOUS

        def is_accepted(day: date) -> bool:
            try:
                self._request({**stream_slice, "start_date": str(day)})
            except RequestRefused:
                return False
            return True

        if not days.may_cause_refusal(reach, start):
            return False
        return days.drop_if_cause(reach, start, error, is_accepted) is not False

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """One row per Pin, with its first rank."""
        rows: dict[str, Row] = {}
        available = body.get("date_availability") or {}
        for pin in body["pins"]:
            pin_id = normalize_id(pin.get("pin_id"))
            if not isinstance(pin_id, str) or not pin_id:
                raise unusable(
                    UnusableAnswer(f"an item of Pinterest's list has no {self.unique_by[0]}")
                )
            rank = rows[pin_id]["rank"] if pin_id in rows else len(rows) + 1
            own = {"rank": rank, "pin_id": pin_id, "data_status": pin.get("data_status")}
            row = self.column_types.converted(
                available | (pin.get("metrics") or {}) | stream_slice | own
            )
            if rows.setdefault(pin_id, row) != row:
                raise unusable(
                    UnusableAnswer(
                        f"Pinterest's ranking has Pin {pin_id} twice, with different metrics"
                    )
                )
        return list(rows.values())


class TopPins(Ranking):
    """The best Pins."""

    endpoint = "GET /user_account/analytics/top_pins"


class TopVideoPins(Ranking):
    """The best video Pins."""

    endpoint = "GET /user_account/analytics/top_video_pins"


def _is_ranking(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("pins"), list)
        and isinstance(body.get("date_availability"), (dict, type(None)))
        and all(
            isinstance(pin, dict) and isinstance(pin.get("metrics"), (dict, type(None)))
            for pin in body["pins"]
        )
    )
