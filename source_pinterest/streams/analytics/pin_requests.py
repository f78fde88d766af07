"""Slices, sends and parses reports of Pins: 100 in a request, or one if the app may not request several."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_pinterest.api import limits
from source_pinterest.api.endpoints import operation_of, path_of
from source_pinterest.api.organic import PIN_ANALYTICS, breakdown_values
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    NotFound,
    PinterestError,
    WindowRefused,
)
from source_pinterest.records.errors import UnusableAnswer
from source_pinterest.records.organic_analytics import decode_by_pin, is_daily_metrics
from source_pinterest.records.rows import Batch
from source_pinterest.records.splits import FilterCheck, adds_up, is_split, split_values
from source_pinterest.records.unrequested import UnrequestedRows
from source_pinterest.streams.analytics.base import AccountPass
from source_pinterest.streams.analytics.sending import Answer
from source_pinterest.streams.analytics.user_requests import NOT_DIVIDED, UserRequests
from source_pinterest.streams.lists.user import Pins
from source_pinterest.sync.failures import Failures, unusable
from source_pinterest.sync.observed import ArrayForm
from source_pinterest.sync.slices import Slice, ascending, ids_after
from source_pinterest.sync.state import fingerprint

if TYPE_CHECKING:
    from source_pinterest.streams.analytics.organic import OrganicAnalytics

logger = logging.getLogger("airbyte.source_pinterest")

IS_VIDEO = {"after": False, "after_video": True}
"""By kind of Pin, which is a key of the sweep in the state: whether these are video Pins."""


class ReadOneByOne(Exception):
    """Pinterest refuses a request for several Pins: because of the endpoint, or of some Pins."""

    def __init__(self, refusal: PinterestError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class PinRequests(UserRequests):
    """The requests of one report of Pins in one sync. The first batch shows whether the app may request several."""

    fields: tuple[str, ...] = ("pin_id", "user_id")

    def __init__(self, stream: OrganicAnalytics) -> None:
        super().__init__(stream)
        self._pins_per_request: int | None = None
        self._is_size_known = threading.Event()
        self._is_any_answered = False
        self._refused_pins = 0
        """The number of Pins that were refused before the first answer."""
        self._stop_error: PinterestError | None = None
        """The error after which no further Pin is read: all of the first hundred were refused."""
        self._not_found_in_a_row = 0

    def fingerprint(self) -> str | None:
        """Depends on `only_active_pins`, since Pins that it leaves out were not read for any day."""
        if self.stream.context.config.only_active_pins:
            return fingerprint(only_active_pins=True)
        return None

    def plan(self, failures: Failures) -> list[AccountPass]:
        todo = list(self.stream.passes_of_the_user())
        user_id = self.stream.context.user()["id"]
        if not self.stream.reader.has_work(user_id, [account_pass for _, account_pass in todo]):
            return []
        try:
            pins = self._own_pins()
        except PinterestError as error:
            window = todo[-1][1].window if todo else self.stream.plan.request.window
            failures.add(
                user_id, self.stream.describe({"user_id": user_id, **window.fields}), error
            )
            return []
        if unreadable := self.stream.context.unreadable(("pins",)):
            self.stream.reader.note_unlisted(user_id, self.stream.name, unreadable, failures)
        created = {pin["id"]: pin["created"] for pin in pins if pin["created"]}
        is_video = {pin["id"]: pin["is_video"] for pin in pins}
        ids = ascending(list(is_video))
        active = {pin["id"] for pin in pins if not pin["is_idle"]}
        missing = self.stream.reader.plan_missing(user_id, {"user_id": user_id}, ids, created)
        if missing.are_too_many:
            todo = list(self.stream.passes_of_the_user())

        def by_kind(of: Iterable[str], after: Mapping[str, str]) -> dict[str, list[str]]:
            pins_to_read = [pin for pin in of if pin in active or not self._only_active]
            return {
                kind: ids_after(
                    [pin for pin in pins_to_read if is_video[pin] == video], after.get(kind)
                )
                for kind, video in IS_VIDEO.items()
            }

        parts = []
        if missing.account_pass:
            of_missing = by_kind(missing.account_pass.ids["missing"], {})
            parts.append(replace(missing.account_pass, ids=of_missing))
        return parts + [
            AccountPass(
                {"user_id": user_id, **account_pass.window.fields},
                by_kind(missing.other_ids, account_pass.after),
                is_whole=not account_pass.after,
            )
            for user_id, account_pass in todo
        ]

    @property
    def pins_per_request(self) -> int:
        """The number of Pins in a request, as far as Pinterest turned out to allow."""
        if self._pins_per_request is None:
            is_single = self.array_form().is_single
            self._pins_per_request = 1 if is_single else self.stream.limits.pins_per_report
        return self._pins_per_request

    @property
    def _only_active(self) -> bool:
        return self.stream.context.config.only_active_pins

    def requests_of(self, account_pass: AccountPass) -> int:
        return sum(-(-len(ids) // self.pins_per_request) for ids in account_pass.ids.values())

    def _own_pins(self) -> list[dict[str, Any]]:
        pins: list[dict[str, Any]] = Pins(self.stream.context).index({})
        own = [pin for pin in pins if pin["is_owner"]]
        if len(own) < len(pins):
            logger.info(
                f"{len(pins) - len(own)} of {len(pins)} Pins were saved from others: Pinterest has "
                f"analytics of the user's own Pins only, so they are left out of {self.stream.name}."
            )
        if not self._only_active:
            return own
        idle = sum(pin["is_idle"] for pin in own)
        logger.info(
            f"{idle:,} of {len(own):,} Pins had no activity in the last 90 days, according to "
            f"Pinterest's list of them: they are left out of {self.stream.name} "
            "(`only_active_pins`). Their rows of zeros are missing, and activity that the list "
            "does not show yet comes with a later sync, as far back as `lookback_days` reach."
        )
        return own

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """The slices of a pass, with as many Pins as are known to be allowed when each is made."""
        by_kind = {kind: ids for kind, ids in account_pass.ids.items() if ids}
        if not by_kind:
            if not account_pass.is_missing:
                yield {**account_pass.base, "ids": [], "is_video": False, "last": True}
            return
        for kind, ids in by_kind.items():
            start = 0
            while start < len(ids):
                batch = ids[start : start + self.pins_per_request]
                start += len(batch)
                is_last = (
                    start >= len(ids) and kind == list(by_kind)[-1] and not account_pass.is_missing
                )
                yield {
                    **account_pass.base,
                    "ids": batch,
                    "is_video": IS_VIDEO[kind],
                    "after": {kind: batch[-1]},
                    **({"last": True} if is_last else {}),
                }

    def knows_slice_size(self) -> bool:
        """Whether the first batch has shown if the app may request several Pins."""
        return self._is_size_known.is_set()

    def report_kind(self, stream_slice: Slice) -> str:
        return f"GET analytics of {'video Pins' if stream_slice.get('is_video') else 'Pins'}"

    def known_metrics(self, stream_slice: Slice) -> list[str]:
        items = operation_of(PIN_ANALYTICS)["parameters"]["metric_types"]["items"]
        standard, video = items["one_of"]
        known: list[str] = (video if stream_slice["is_video"] else standard)["enum"]
        return known

    def array_form(self) -> ArrayForm:
        """The form in which several Pins are sent. It needs no probe: each Pin has days, so an answer about fewer than
        two of several Pins shows that Pinterest did not understand them."""
        return self.stream.context.observed.pins

    def answered_ids(self, body: Any, stream_slice: Slice) -> int:
        return sum(1 for pin in stream_slice["ids"] if pin in body["by_pin"])

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The answers about good Pins and about each refused one. If Pinterest refuses several in a request, the Pins
        are requested one by one."""
        if self._stop_error:
            raise type(self._stop_error)(
                str(self._stop_error), self._stop_error.status, self._stop_error.code
            )
        try:
            return self._split_refused(super().answers(stream_slice))
        except ReadOneByOne as refused:
            self._pins_per_request = 1  # until this batch shows more
            return self._one_by_one(stream_slice, refused.refusal)
        except REFUSALS as error:
            self._note_refused(len(stream_slice["ids"]), error)
            raise
        finally:
            self._is_size_known.set()

    def _split_refused(self, found: Iterable[Answer]) -> list[Answer]:
        """Divides answers about several Pins into those about good Pins and those about each refused one."""
        answers: list[Answer] = []
        for part, body in found:
            if isinstance(body, PinterestError):
                answers.append((part, body))
                continue
            by_pin = body["by_pin"]
            bad = {
                pin: answer for pin, answer in by_pin.items() if isinstance(answer, PinterestError)
            }
            if bad and len(bad) == len(by_pin) and not self._is_any_answered:
                raise next(iter(bad.values()))
            self._is_any_answered = True
            good = {pin: answer for pin, answer in by_pin.items() if pin not in bad}
            answers.append(({**part, "ids": list(good)}, {"by_pin": good}))
            answers += [({**part, "ids": [pin]}, error) for pin, error in bad.items()]
        return answers

    def _note_refused(self, pins: int, error: PinterestError) -> None:
        if not self._is_any_answered:
            self._refused_pins += pins
            if self._refused_pins >= limits.REFUSED_IDS_BEFORE_AN_ANSWER:
                self._stop_error = error

    def _one_by_one(self, stream_slice: Slice, refusal: PinterestError) -> Iterator[Answer]:
        """Requests the Pins of a batch one by one, each when the reader needs it, since 100 take longer than a minute.
        At the end, decides whether Pinterest refuses the endpoint or only some of the Pins."""
        ids, good = stream_slice["ids"], []
        refused: list[Answer] = []
        for pin in ids:
            one = {**stream_slice, "ids": [pin]}
            try:
                found = self._split_refused(super().answers(one))
            except REFUSALS as error:
                self._note_refused(1, error)
                if self._stop_error:
                    raise
                refused.append((one, error))
                continue
            yield from refused
            refused.clear()
            good += [pin for _, body in found if not isinstance(body, PinterestError)]
            yield from found
        if refused and not self._is_any_answered:
            raise refused[0][1]
        yield from refused
        self._decide_whether_several(good, stream_slice, refusal)

    def _decide_whether_several(
        self, good: list[str], stream_slice: Slice, refusal: PinterestError
    ) -> None:
        form, is_closed = self.array_form(), bool(good)
        if 1 < len(good) < len(stream_slice["ids"]):
            within = self.stream.reader.sending.available_part(stream_slice) or stream_slice
            try:
                self.request_together(good, within)
                is_closed = False
            except (AccessDenied, NotFound):
                pass
        if is_closed:
            logger.info(
                f"Pins are read one by one, because Pinterest refuses several at once: {refusal}"
            )
            form.forbid_several()
        else:
            if good:
                form.confirm(form.form)
            self._pins_per_request = self.stream.limits.pins_per_report

    def send(self, stream_slice: Slice) -> dict[str, Any]:
        """A dict whose `by_pin` has the body of each Pin by id. Sends one request for several Pins if the app may."""
        ids = stream_slice["ids"]
        if len(ids) == 1:
            return {"by_pin": {ids[0]: self.request_one(ids[0], stream_slice)}}
        form = self.array_form()
        try:
            body = self.request_together(ids, stream_slice)
        except (AccessDenied, NotFound) as refusal:
            if form.is_confirmed:
                raise
            raise ReadOneByOne(refusal) from None
        missing = [pin for pin in ids if pin not in body]
        if form.is_confirmed or len(ids) - len(missing) > 1:
            body = {**body, **self._request_each(missing, stream_slice)}
        return {"by_pin": {pin: body[pin] for pin in ids if pin in body}}

    def request_together(self, ids: list[str], stream_slice: Slice) -> dict[str, Any]:
        """By Pin: its body, from one request. The answer may lack some Pins."""
        return self.read_several(ids, {}, stream_slice)

    def request_one(self, pin: str, stream_slice: Slice) -> Any:
        """The body of one Pin, from one request."""
        return self.read_one(pin, {}, stream_slice)

    def read_several(
        self, ids: list[str], params: Mapping[str, Any], stream_slice: Slice
    ) -> dict[str, Any]:
        """By Pin: its body, from one request with these parameters. Warns of Pins that were not requested."""
        body: dict[str, Any] = self.stream.read_body(
            self.stream.path(), {"pin_ids": ids, **params}, stream_slice, _is_by_pin, decode_by_pin
        )
        unrequested = UnrequestedRows("pin_id")
        for _ in body.keys() - set(ids):
            unrequested.add()
        unrequested.check(is_any_row=True, answer_warnings=self.stream.answer_warnings)
        return body

    def read_one(self, pin: str, params: Mapping[str, Any], stream_slice: Slice) -> Any:
        """The body of one Pin, from one request with these parameters."""
        return self.stream.read_body(path_of(PIN_ANALYTICS, {"pin_id": pin}), params, stream_slice)

    def _request_each(self, ids: Iterable[str], stream_slice: Slice) -> dict[str, Any]:
        """By Pin: its body or the refusal, from a request for each."""
        found: dict[str, Any] = {}
        for pin in ids:
            try:
                found[pin] = self.request_one(pin, stream_slice)
            except WindowRefused:  # noqa: PERF203  says nothing about the Pin
                raise
            except REFUSALS as error:  # each has its own
                found[pin] = error
        return found

    def is_deleted(self, part: Slice, error: PinterestError) -> bool:
        """Treats a Pin that is not found as deleted after it was listed, unless there are several in a row."""
        if not isinstance(error, NotFound):
            return False
        self._not_found_in_a_row += 1
        if self._not_found_in_a_row > limits.NOT_FOUND_IN_A_ROW:
            return False
        for pin in part["ids"]:
            logger.info(f"Pin {pin} was deleted after the list of Pins was read: left out.")
        return True

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        for pin, answer in body["by_pin"].items():
            self._not_found_in_a_row = 0
            for batch in self.batches_of(answer, {**stream_slice, "pin_id": pin}):
                yield batch._replace(more_follows=True)

    def batches_of(self, answer: Any, stream_slice: Slice) -> Iterator[Batch]:
        """The records of one Pin."""
        yield self.stream.batch(answer, stream_slice)


class PinAppTypeRequests(PinRequests):
    """The requests of Pins by app type: several Pins take one request per app type, a single Pin takes one for all."""

    app_types = breakdown_values("APP_TYPE", PIN_ANALYTICS)
    fields = ("pin_id", "user_id", "app_type")
    rows_per_day = len(app_types)

    def __init__(self, stream: OrganicAnalytics) -> None:
        super().__init__(stream)
        self._may_split = True
        """Whether Pinterest splits by the app types of the filter, as far as is known."""
        self._divided = FilterCheck()

    def requests_of(self, account_pass: AccountPass) -> int:
        is_one = self.pins_per_request == 1 and self._may_split
        return super().requests_of(account_pass) * (1 if is_one else len(self.app_types))

    def report_kind(self, stream_slice: Slice) -> str:
        return f"{super().report_kind(stream_slice)} by app type"

    def request_together(self, ids: list[str], stream_slice: Slice) -> dict[str, Any]:
        """By Pin: its days by app type. Lacks a Pin that one of the answers lacks."""
        by_type = {
            app_type: self.read_several(ids, {"app_types": app_type}, stream_slice)
            for app_type in self.app_types
        }
        return {
            pin: {app_type: found[pin] for app_type, found in by_type.items()}
            for pin in ids
            if all(pin in found for found in by_type.values())
        }

    def request_one(self, pin: str, stream_slice: Slice) -> dict[str, Any]:
        """The days of one Pin by app type, from one request if Pinterest splits them, otherwise from one per app
        type."""
        if self._may_split and (found := self._split(pin, stream_slice)):
            return found
        return {
            app_type: self.read_one(pin, {"app_types": app_type}, stream_slice)
            for app_type in self.app_types
        }

    def _split(self, pin: str, stream_slice: Slice) -> dict[str, Any]:
        """By app type: its days, from one request. Empty if Pinterest does not split by the values of the filter, or
        if the split lacks app types and does not add up to the whole."""
        try:
            body = self.stream.read_body(
                path_of(PIN_ANALYTICS, {"pin_id": pin}),
                {"split_field": "APP_TYPE"},
                stream_slice,
                is_split,
                decode=None,
            )
            found = split_values(body, self.app_types)
        except UnusableAnswer as error:
            raise unusable(error) from None
        if (body and not found) or not found.keys() <= set(self.app_types):
            self._may_split = False
            logger.info(
                f"{self.stream.name}: Pinterest does not split a Pin's analytics by the app types of its filter, so "
                "each app type is requested by itself."
            )
            return {}
        return found if len(found) == len(self.app_types) or adds_up(body, found) else {}

    def batches_of(self, answer: Any, stream_slice: Slice) -> Iterator[Batch]:
        self._divided.compare(list(answer.values()))
        for app_type, days in answer.items():
            yield self.stream.batch(days, {**stream_slice, "app_type": app_type})

    def verify(self) -> None:
        if self._divided.is_ignored:
            raise PinterestError(f"{NOT_DIVIDED}. Deselect the stream.")


def _is_by_pin(body: Any) -> bool:
    return isinstance(body, dict) and all(map(is_daily_metrics, body.values()))
