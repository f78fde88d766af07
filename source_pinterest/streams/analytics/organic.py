"""Metrics of the user's Pins and of the account itself, by day."""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from source_pinterest.api import limits
from source_pinterest.api.endpoints import choices_of, operation_of, path_of
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    NotFound,
    PinterestError,
    WindowRefused,
)
from source_pinterest.records.organic_analytics import (
    NOT_FINAL,
    daily_metrics,
    days,
    decode,
    decode_by_pin,
    is_daily_metrics,
    row_parser,
)
from source_pinterest.records.row_parser import RowParser
from source_pinterest.records.rows import Batch, Row, values
from source_pinterest.streams.analytics.base import AccountPass, AnalyticsStream
from source_pinterest.streams.analytics.sending import Answer
from source_pinterest.streams.lists.user import Pins
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.observed import ArrayForm
from source_pinterest.sync.slices import ONE_DAY, Slice, Window, ascending, behind
from source_pinterest.sync.state import Pass, fingerprint

logger = logging.getLogger("airbyte.source_pinterest")

KINDS = {"after": False, "after_video": True}
"""By the name that its progress has in the state: whether this kind of Pin is a video."""


class OrganicAnalytics(AnalyticsStream):
    """What the reports of the user share."""

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

    def metrics(self, stream_slice: Slice) -> list[str]:
        """The selected ones of those that the endpoint knows and does not refuse; a request needs one.

        Those of a search for what is refused, where the slice names them.
        """
        if "columns" in stream_slice:
            return list(stream_slice["columns"])
        known = self.known_metrics(stream_slice)
        selected = [name for name in known if name in self.columns] or ["IMPRESSION"]
        return self.selection(stream_slice).kept(selected) or selected[:1]

    @abstractmethod
    def known_metrics(self, stream_slice: Slice) -> list[str]:
        """Those that Pinterest's description names for the endpoint."""

    def optional_columns(self, stream_slice: Slice) -> list[str]:
        return self.metrics(stream_slice)

    def common(self, stream_slice: Slice) -> Row:
        return {"user_id": stream_slice["user_id"]}

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The days of `{"all": …}`; remembers the first that is not final, or not there."""
        asked = Window.of(stream_slice).dates
        rows = daily_metrics(body, self.types, asked, self.row_parser, self.common(stream_slice))
        there = days(body)
        # what is not there before the first day that is, did not exist yet; of a user, see `send`
        first = min(there, default="")
        if absent := [day for day in asked - there if day > first]:
            self._absent[stream_slice.get("pin_id", "")] = absent
            self._first_not_final = min(*absent, self._first_not_final or absent[0])
        if not NOT_FINAL.isdisjoint(values(rows, "data_status")):
            for row in rows:
                if row["data_status"] in NOT_FINAL:
                    self._first_not_final = min(row["date"], self._first_not_final or row["date"])
        return rows

    @cached_property
    def row_parser(self) -> RowParser:
        """One for all answers of a sync, which it learns from."""
        return row_parser(self.types, self.columns)

    def passes_of_the_user(self) -> Iterator[tuple[str, Pass]]:
        user_id = self.context.user()["id"]
        for each in self.account_passes(user_id):
            yield user_id, each

    def read_body(
        self,
        path: str,
        params: Mapping[str, Any],
        stream_slice: Slice,
        is_expected: Callable[[Any], bool] = is_daily_metrics,
        decode: Callable[[bytes], Any] = decode,
    ) -> Any:
        return self.context.client.get(
            path,
            {
                **params,
                "start_date": stream_slice["start_date"],
                "end_date": stream_slice["end_date"],
            },
            self.category,
            is_expected,
            decode=decode,
        )


class UserAccountAnalytics(OrganicAnalytics):
    """Metrics of the user's account on each UTC day."""

    endpoint = "GET /user_account/analytics"
    primary_key = ["user_id", "date"]

    def plan(self, failures: Failures) -> list[AccountPass]:  # noqa: ARG002
        return [
            AccountPass({"user_id": user_id, **self.days(each.window)}, {"after": [user_id]})
            for user_id, each in self.passes_of_the_user()
        ]

    def slices(self, part: AccountPass) -> Iterator[Slice]:
        yield {**part.base, "ids": part.ids["after"], "last": True}

    def cells(self, stream_slice: Slice) -> int:
        return Window.of(stream_slice).days * len(self.columns)

    def endpoint_of(self, stream_slice: Slice) -> str:  # noqa: ARG002
        return "GET analytics of the user"

    def known_metrics(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        return choices_of(self.endpoint, "metric_types")

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        self._first_there: str | None = None

    def send(self, stream_slice: Slice) -> Any:
        """Pinterest says of days on which there can be no data that there is none. If it says nothing of
        the first ones, it is asked once more."""
        params = {"metric_types": self.metrics(stream_slice)}
        start = stream_slice["start_date"]
        for _ in range(2):
            body = self.read_body(self.path(), params, stream_slice)
            there = days(body)
            if not there or min(there) <= start:
                return body
        self._first_there = min(there)
        return body

    def read_since(self, stream_slice: Slice) -> str | None:
        """The next sync asks for the days before it again, and the warning says so."""
        since, self._first_there = self._first_there, None
        if since:
            logger.warning(
                f"{self.what(stream_slice)}: Pinterest's answer has nothing before {since}, and does not "
                f"say why, asked twice. The days {stream_slice['start_date']} to "
                f"{date.fromisoformat(since) - ONE_DAY} are missing; the next syncs ask for them again."
            )
        return since


class PinAnalytics(OrganicAnalytics):
    """Metrics of each Pin of the user's own on each UTC day.

    100 Pins at once, which Pinterest does not allow to every app; else one at a time. Which of the two is
    found out by the first batch.
    """

    endpoint = "GET /pins/analytics"
    alternative: ClassVar[str] = "GET /pins/{pin_id}/analytics"
    requires = ("GET /user_account",)  # its state is kept by the user's id
    primary_key = ["pin_id", "date"]
    goes_on_after_failure = True
    id_name = "Pin"

    def prepare(self, selected: Mapping[str, Any], is_full_refresh: bool) -> None:
        super().prepare(selected, is_full_refresh)
        is_alone = self.array_form().is_alone
        self._pins_per_request = 1 if is_alone else self.limits.pins_per_report
        self._found_out = threading.Event()
        self._is_any_answered = False
        self._refused_pins = 0
        """Before any is answered."""
        self._stopped: PinterestError | None = None
        """Why no further Pin is asked for: the first hundred were all refused."""
        self._not_found_in_a_row = 0

    def fingerprint(self) -> str:
        """Which Pins there are counts: those that were left out have no day at all."""
        if self.context.config.only_active_pins:
            return fingerprint(only_active_pins=True)
        return super().fingerprint()

    def plan(self, failures: Failures) -> list[AccountPass]:
        todo = list(self.passes_of_the_user())
        user_id = self.context.user()["id"]
        if not self.is_to_be_planned(user_id, [each for _, each in todo]):
            return []
        try:
            pins = self._own_pins()
        except PinterestError as error:
            window = todo[-1][1].window if todo else self.wanted.window
            failures.add(user_id, self.what({"user_id": user_id, **self.days(window)}), error)
            return []
        if unreadable := self.context.unreadable(("pins",)):
            self.note_unlisted(user_id, self.name, unreadable, failures)
        created = {pin["id"]: pin["created"] for pin in pins if pin["created"]}
        is_video = {pin["id"]: pin["is_video"] for pin in pins}
        ids = ascending(list(is_video))
        active = {pin["id"] for pin in pins if not pin["is_idle"]}
        missing = self.missing_part(user_id, {"user_id": user_id}, ids, created)
        if missing.is_too_much:
            todo = list(self.passes_of_the_user())

        def by_kind(of: Iterable[str], after: Mapping[str, str]) -> dict[str, list[str]]:
            wanted = [each for each in of if each in active or not self._only_active]
            return {
                kind: behind([each for each in wanted if is_video[each] == video], after.get(kind))
                for kind, video in KINDS.items()
            }

        parts = []
        if missing.part:
            of_missing = by_kind(missing.part.ids["missing"], {})
            parts.append(replace(missing.part, ids=of_missing))
        return parts + [
            AccountPass(
                {"user_id": user_id, **self.days(each.window)},
                by_kind(missing.other_ids, each.after),
                is_whole=not each.after,
            )
            for user_id, each in todo
        ]

    @property
    def _only_active(self) -> bool:
        return self.context.config.only_active_pins

    def requests_of(self, part: AccountPass) -> int:
        return sum(-(-len(ids) // self._pins_per_request) for ids in part.ids.values())

    def _own_pins(self) -> list[dict[str, Any]]:
        pins: list[dict[str, Any]] = Pins(self.context).index({})
        own = [pin for pin in pins if pin["is_owner"]]
        if len(own) < len(pins):
            logger.info(
                f"{len(pins) - len(own)} of {len(pins)} Pins were saved from others: Pinterest has "
                "analytics of the user's own Pins only, so they are left out of pin_analytics."
            )
        if not self._only_active:
            return own
        idle = sum(pin["is_idle"] for pin in own)
        logger.info(
            f"{idle:,} of {len(own):,} Pins had no activity in the last 90 days, "
            "as Pinterest's list of them says: they are left out of pin_analytics "
            "(`only_active_pins`). Their rows of zeros are missing, and activity that the list does "
            "not know yet comes with a later sync, as far as `lookback_days` reach."
        )
        return own

    def slices(self, part: AccountPass) -> Iterator[Slice]:
        """Batches of the size that is known when each is made."""
        by_kind = {kind: ids for kind, ids in part.ids.items() if ids}
        if not by_kind:
            if not part.is_missing:
                yield {**part.base, "ids": [], "is_video": False, "last": True}
            return
        is_first = not self._found_out.is_set()
        for kind, ids in by_kind.items():
            start = 0
            while start < len(ids):
                batch = ids[start : start + self._pins_per_request]
                start += len(batch)
                is_last = start >= len(ids) and kind == list(by_kind)[-1] and not part.is_missing
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

    def endpoint_of(self, stream_slice: Slice) -> str:
        return f"GET analytics of {'video Pins' if stream_slice.get('is_video') else 'Pins'}"

    def known_metrics(self, stream_slice: Slice) -> list[str]:
        standard, video = operation_of(self.alternative)["parameters"]["metric_types"]["items"][
            "one_of"
        ]
        known: list[str] = (video if stream_slice["is_video"] else standard)["enum"]
        return known

    def array_form(self) -> ArrayForm:
        return self.context.observed.pins

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:
        return sum(1 for pin in stream_slice["ids"] if pin in body["by_pin"])

    def answers(self, stream_slice: Slice) -> list[Answer]:
        """Of Pins that were read one by one, each that is refused has an error of its own."""
        answers: list[Answer] = []
        if self._stopped:
            raise type(self._stopped)(str(self._stopped), self._stopped.status, self._stopped.code)
        try:
            for part, body in super().answers(stream_slice):
                if isinstance(body, PinterestError):
                    answers.append((part, body))
                    continue
                by_pin = body["by_pin"]
                bad = {
                    pin: each for pin, each in by_pin.items() if isinstance(each, PinterestError)
                }
                if bad and len(bad) == len(by_pin) and not self._is_any_answered:
                    raise next(iter(bad.values()))
                self._is_any_answered = True
                good = {pin: each for pin, each in by_pin.items() if pin not in bad}
                answers.append(({**part, "ids": list(good)}, {"by_pin": good}))
                answers += [({**part, "ids": [pin]}, error) for pin, error in bad.items()]
        except REFUSALS as error:
            if not self._is_any_answered:
                self._refused_pins += len(stream_slice["ids"])
                if self._refused_pins >= limits.REFUSED_IDS:
                    self._stopped = error
            raise
        finally:
            self._found_out.set()
        return answers

    def send(self, stream_slice: Slice) -> dict[str, Any]:
        """`by_pin`: the body of each Pin. Several are asked for at once where the app may do that."""
        ids = stream_slice["ids"]
        if len(ids) == 1:
            return {"by_pin": {ids[0]: self._one(ids[0], stream_slice)}}
        form = self.array_form()
        try:
            body = self._together(ids, stream_slice)
        except (AccessDenied, NotFound) as refusal:
            if form.is_shown:
                raise
            return self._found_out_one_by_one(stream_slice, refusal)
        missing = [pin for pin in ids if pin not in body]
        if form.is_shown or len(ids) - len(missing) > 1:
            body = {**body, **self._each(missing, stream_slice)}
        return {"by_pin": {pin: body[pin] for pin in ids if pin in body}}

    def _together(self, ids: list[str], stream_slice: Slice) -> dict[str, Any]:
        params = {"pin_ids": ids, "metric_types": self.metrics(stream_slice)}
        body: dict[str, Any] = self.read_body(
            self.path(), params, stream_slice, _is_by_pin, decode_by_pin
        )
        return body

    def _one(self, pin: str, stream_slice: Slice) -> Any:
        path = path_of(self.alternative, {"pin_id": pin})
        return self.read_body(path, {"metric_types": self.metrics(stream_slice)}, stream_slice)

    def _each(self, ids: Iterable[str], stream_slice: Slice) -> dict[str, Any]:
        """By Pin: the body, or the refusal that came instead."""
        found: dict[str, Any] = {}
        for pin in ids:
            try:
                found[pin] = self._one(pin, stream_slice)
            except WindowRefused:  # noqa: PERF203  says nothing about the Pin
                raise
            except REFUSALS as error:  # each has its own
                found[pin] = error
        return found

    def _found_out_one_by_one(self, stream_slice: Slice, refusal: PinterestError) -> dict[str, Any]:
        """Whether it is the endpoint, or one of the Pins: each is asked for alone, and if some of them
        are refused, the others together once more."""
        form = self.array_form()
        by_pin = self._each(stream_slice["ids"], stream_slice)
        good = [pin for pin, each in by_pin.items() if not isinstance(each, PinterestError)]
        is_closed = True
        if 1 < len(good) < len(by_pin):
            try:
                self._together(good, stream_slice)
                is_closed = False
            except (AccessDenied, NotFound):
                pass
        if good and is_closed:
            logger.info(f"Pins are read one by one, since several at once are refused: {refusal}")
            self._pins_per_request = 1
            form.close()
        elif good:
            form.show(form.form)
        return {"by_pin": by_pin, "is_one_by_one": True}

    def is_one_by_one(self, body: Any) -> bool:
        return "is_one_by_one" in body

    def probe_ids(self, stream_slice: Slice) -> bool:  # noqa: ARG002
        """There is no list of some Pins to ask for. An answer that is about fewer than two of several
        Pins shows by itself that they are not understood: each one asked for has days of its own."""
        return False

    def _note_missed(
        self, part: Slice, error: PinterestError, missed: dict[str, str], failures: Failures
    ) -> None:
        """A Pin that is not found was deleted after it was listed, while others are found. It stays
        missing in the state until no list has it any more."""
        if not isinstance(error, NotFound):
            super()._note_missed(part, error, missed, failures)
            return
        self._not_found_in_a_row += 1
        if self._not_found_in_a_row > limits.NOT_FOUND_IN_A_ROW:
            super()._note_missed(part, error, missed, failures)
            return
        for pin in part["ids"]:
            missed[pin] = part["start_date"]
            logger.info(f"Pin {pin} was deleted after the list of Pins was read: left out.")

    def common(self, stream_slice: Slice) -> Row:
        return {"pin_id": stream_slice["pin_id"], **super().common(stream_slice)}

    def batches(self, body: Any, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:  # noqa: ARG002
        for pin, answer in body["by_pin"].items():
            self._not_found_in_a_row = 0
            batch = self.batch(answer, {**stream_slice, "pin_id": pin})
            yield batch._replace(more_follows=True)


def _is_by_pin(body: Any) -> bool:
    return isinstance(body, dict) and all(map(is_daily_metrics, body.values()))
