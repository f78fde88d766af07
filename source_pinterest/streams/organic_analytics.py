"""Metrics of the user's Pins and of the account itself, by day."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from source_pinterest import records
from source_pinterest.config import api_facts
from source_pinterest.cursors import Pass, question
from source_pinterest.http import limits
from source_pinterest.http.errors import AccessDenied, NotFound, PinterestError
from source_pinterest.records import Batch, Row
from source_pinterest.slices import Slice, Window, ascending, behind
from source_pinterest.streams.analytics import AnalyticsStream, Part
from source_pinterest.streams.organic import Pins
from source_pinterest.streams.pinterest_stream import Failures

logger = logging.getLogger("airbyte.source_pinterest")

KINDS = {"after": False, "after_video": True}
"""By the name that its progress has in the state: whether this kind of Pin is a video."""


class OrganicAnalytics(AnalyticsStream):
    """What the reports of the user share."""

    category = "org_analytics"
    account_field = "user_id"

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        self._first_not_final: str | None = None
        self._absent: dict[str, list[str]] = {}
        """By Pin: the days that Pinterest's answer does not have."""

    def checked(self, last: Slice) -> Iterator[Batch]:
        if absent := self._absent:
            pins = ", ".join([pin for pin in absent if pin][:3])
            logger.warning(
                f"{self.what(last)}: Pinterest's answers lack {sum(map(len, absent.values()))} days, "
                f"the first is {min(map(min, absent.values()))}{pins and f' (Pins {pins})'}. "
                "The next syncs ask for them again."
            )
        self._absent = {}
        return super().checked(last)

    def first_not_final(self, stream_slice: Slice) -> str | None:  # noqa: ARG002
        return self._first_not_final

    def metrics(self, known: list[str]) -> list[str]:
        """The selected ones of those that the endpoint knows; a request needs at least one."""
        return [name for name in known if name in self.columns] or ["IMPRESSION"]

    def common(self, stream_slice: Slice) -> Row:
        return {"user_id": stream_slice["user_id"]}

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The days of `{"all": …}`; remembers the first that is not final, or not there."""
        rows = records.daily_metrics(body, self.types, Window.of(stream_slice).dates)
        there = records.days(body)
        # what is not there before the first day that is, did not exist yet
        first = min(there, default="")
        if absent := [day for day in Window.of(stream_slice).dates - there if day > first]:
            self._absent[stream_slice.get("pin_id", "")] = absent
            self._first_not_final = min(*absent, self._first_not_final or absent[0])
        for row in rows:
            if row["data_status"] in records.NOT_FINAL:
                self._first_not_final = min(row["date"], self._first_not_final or row["date"])
        return rows

    def passes_of_the_user(self) -> Iterator[tuple[str, Pass]]:
        user_id = self.reading.user()["id"]
        for each in self.account_passes(user_id):
            yield user_id, each

    def read_body(
        self,
        path: str,
        params: Mapping[str, Any],
        stream_slice: Slice,
        is_expected: Callable[[Any], bool] = records.is_daily_metrics,
    ) -> Any:
        return self.reading.client.get(
            path,
            {
                **params,
                "start_date": stream_slice["start_date"],
                "end_date": stream_slice["end_date"],
            },
            self.category,
            is_expected,
        )


class UserAccountAnalytics(OrganicAnalytics):
    """Metrics of the user's account on each UTC day. GET /user_account/analytics"""

    primary_key = ["user_id", "date"]

    def path(self, **_: Any) -> str:
        return "/user_account/analytics"

    def plan(self, failures: Failures) -> list[Part]:  # noqa: ARG002
        return [
            Part({"user_id": user_id, **self.days(each.window)}, {"after": [user_id]})
            for user_id, each in self.passes_of_the_user()
        ]

    def slices(self, part: Part) -> Iterator[Slice]:
        yield {**part.base, "ids": part.ids["after"], "last": True}

    def cells(self, stream_slice: Slice) -> int:
        return Window.of(stream_slice).days * len(self.columns)

    def send(self, stream_slice: Slice) -> Any:
        operation = api_facts()["operations"]["GET /user_account/analytics"]
        known = operation["parameters"]["metric_types"]["items"]["enum"]
        return self.read_body(self.path(), {"metric_types": self.metrics(known)}, stream_slice)


class PinAnalytics(OrganicAnalytics):
    """Metrics of each Pin of the user's own on each UTC day.

    GET /pins/analytics for 100 Pins at once, which Pinterest does not allow to every app; else
    GET /pins/{pin_id}/analytics for one at a time. Which of the two is found out by the first batch.
    """

    primary_key = ["pin_id", "date"]
    goes_on_after_failure = True
    id_name = "Pin"

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        self._pins_per_request = limits.PINS_PER_REPORT
        self._found_out = threading.Event()

    def question(self) -> str:
        """Which Pins there are counts: those that were left out have no day at all."""
        if self.reading.config.only_active_pins:
            return question(only_active_pins=True)
        return super().question()

    def path(self, *, stream_slice: Mapping[str, Any] | None = None, **_: Any) -> str:
        pin = (stream_slice or {}).get("pin_id")
        return f"/pins/{pin}/analytics" if pin else "/pins/analytics"

    def plan(self, failures: Failures) -> list[Part]:
        todo = list(self.passes_of_the_user())
        try:
            pins = self._own_pins() if todo else []
        except PinterestError as error:
            for user_id, each in todo:
                of_all = {"user_id": user_id, **self.days(each.window)}
                failures.add(user_id, self.what(of_all), error)
            return []
        by_kind = {
            kind: ascending([pin["id"] for pin in pins if pin["is_video"] == is_video])
            for kind, is_video in KINDS.items()
        }
        return [
            Part(
                {"user_id": user_id, **self.days(each.window)},
                {kind: behind(ids, each.after.get(kind)) for kind, ids in by_kind.items()},
                is_whole=not each.after,
            )
            for user_id, each in todo
        ]

    def requests_of(self, part: Part) -> int:
        return sum(-(-len(ids) // self._pins_per_request) for ids in part.ids.values())

    def _own_pins(self) -> list[dict[str, Any]]:
        pins: list[dict[str, Any]] = Pins(self.reading).known({})
        own = [pin for pin in pins if pin["is_owner"]]
        if len(own) < len(pins):
            logger.info(
                f"{len(pins) - len(own)} of {len(pins)} Pins were saved from others: Pinterest has "
                "analytics of the user's own Pins only, so they are left out of pin_analytics."
            )
        if not self.reading.config.only_active_pins:
            return own
        active = [pin for pin in own if not pin["is_idle"]]
        logger.info(
            f"{len(own) - len(active):,} of {len(own):,} Pins had no activity in the last 90 days, "
            "as Pinterest's list of them says: they are left out of pin_analytics "
            "(`only_active_pins`). Their rows of zeros are missing, and activity that the list does "
            "not know yet comes with a later sync, as far as `lookback_days` reach."
        )
        return active

    def slices(self, part: Part) -> Iterator[Slice]:
        """Batches of the size that is known when each is made."""
        by_kind = {kind: ids for kind, ids in part.ids.items() if ids}
        if not by_kind:
            yield {**part.base, "ids": [], "is_video": False, "last": True}
            return
        is_first = not self._found_out.is_set()
        for kind, ids in by_kind.items():
            start = 0
            while start < len(ids):
                batch = ids[start : start + self._pins_per_request]
                start += len(batch)
                is_last = start >= len(ids) and kind == list(by_kind)[-1]
                yield {
                    **part.base,
                    "ids": batch,
                    "is_video": KINDS[kind],
                    "after": {kind: batch[-1]},
                    **({"last": True} if is_last else {}),
                }
                if is_first:
                    self._found_out.wait()
                    is_first = False

    def cells(self, stream_slice: Slice) -> int:
        days = Window.of(stream_slice).days
        return len(stream_slice["ids"]) * days * len(self.columns)

    def metric_types(self, is_video: bool) -> list[str]:
        operation = api_facts()["operations"]["GET /pins/{pin_id}/analytics"]
        standard, video = operation["parameters"]["metric_types"]["items"]["one_of"]
        return self.metrics((video if is_video else standard)["enum"])

    def answers(self, stream_slice: Slice) -> list[tuple[Slice, Any]]:
        try:
            return super().answers(stream_slice)
        finally:
            self._found_out.set()

    def send(self, stream_slice: Slice) -> dict[str, Any]:
        """By Pin: the body, or the PinterestError that came instead of it."""
        ids = stream_slice["ids"]
        if len(ids) > 1 and self._pins_per_request > 1:
            return self._fetch_together(ids, stream_slice)
        return {pin: self._fetch_one(pin, stream_slice) for pin in ids}

    def _fetch_together(self, ids: list[str], stream_slice: Slice) -> dict[str, Any]:
        try:
            metric_types = self.metric_types(stream_slice["is_video"])
            params = {"pin_ids": ids, "metric_types": metric_types}
            body = self.read_body(self.path(), params, stream_slice, _is_by_pin)
        except (AccessDenied, NotFound) as refusal:
            one_by_one = {pin: self._fetch_one(pin, stream_slice) for pin in ids}
            if not any(isinstance(each, PinterestError) for each in one_by_one.values()):
                # no single Pin was to blame, so it is the endpoint
                logger.info(
                    f"Pins are read one by one, since several at once are refused: {refusal}"
                )
                self._pins_per_request = 1
            return one_by_one
        missing = [pin for pin in ids if pin not in body]
        return {
            **{pin: body[pin] for pin in ids if pin in body},
            **{pin: self._fetch_one(pin, stream_slice) for pin in missing},
        }

    def _fetch_one(self, pin: str, stream_slice: Slice) -> Any:
        try:
            return self.read_body(
                self.path(stream_slice={"pin_id": pin}),
                {"metric_types": self.metric_types(stream_slice["is_video"])},
                stream_slice,
            )
        except (AccessDenied, NotFound) as error:
            return error

    def common(self, stream_slice: Slice) -> Row:
        return {"pin_id": stream_slice["pin_id"], **super().common(stream_slice)}

    def batches(self, body: Any, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:
        for pin, answer in body.items():
            if isinstance(answer, NotFound):
                logger.info(f"Pin {pin} was deleted after the list of Pins was read: left out.")
            elif isinstance(answer, PinterestError):
                account = stream_slice[self.account_field]
                failures.add(account, f"{self.what(stream_slice)}, Pin {pin}", answer)
            else:
                yield self.batch(answer, {**stream_slice, "pin_id": pin})


def _is_by_pin(body: Any) -> bool:
    return isinstance(body, dict) and all(map(records.is_daily_metrics, body.values()))
