"""Metrics of the user's Pins and of the account itself, by day."""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from source_pinterest.api import limits
from source_pinterest.api.endpoints import choices_of, operation_of, path_of
from source_pinterest.http.errors import (
    REFUSALS,
    AccessDenied,
    NotFound,
    PinterestError,
    WindowRefused,
)
from source_pinterest.records.column_types import ColumnTypes
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
from source_pinterest.streams.analytics.account_reader import AccountReader
from source_pinterest.streams.analytics.base import (
    AccountPass,
    AccountPlan,
    AnalyticsStream,
    ReadPlan,
)
from source_pinterest.streams.analytics.sending import Answer
from source_pinterest.streams.lists.user import Pins
from source_pinterest.sync.failures import Failures
from source_pinterest.sync.observed import ArrayForm
from source_pinterest.sync.pace import Checkpoint
from source_pinterest.sync.passes import Pass
from source_pinterest.sync.slices import ONE_DAY, Slice, Window, ascending, behind
from source_pinterest.sync.state import AccountState, fingerprint

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.sync.context import SyncContext

logger = logging.getLogger("airbyte.source_pinterest")

KINDS = {"after": False, "after_video": True}
"""By the key of its progress in the state: whether this kind of Pin is a video."""


class OrganicAnalytics(AnalyticsStream):
    """A report of the user."""

    account_field = "user_id"

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._first_not_final: str | None = None
        self._absent: dict[str, list[str]] = {}
        """By Pin: the days that Pinterest's answer lacks."""

    @cached_property
    def reader(self) -> AccountReader:
        return AccountReader(self)

    def read_plan(self, selected: Mapping[str, Any], is_full_refresh: bool) -> ReadPlan:
        columns = self.selected_columns(selected)
        request = self.read_request(is_full_refresh, has_history=False)
        offered = self.get_json_schema()["properties"]
        return ReadPlan(columns, ColumnTypes.of(offered, columns, self.answer_warnings), request)

    def plan_accounts(self, failures: Failures) -> list[AccountPlan]:
        passes = self.plan_user(failures)
        return [AccountPlan(lambda: passes)]

    def read_accounts(
        self, plans: Sequence[AccountPlan], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | Checkpoint | AirbyteMessage]:
        return self.reader.read(plans, states, failures)

    def records_of(self, stream_slice: Slice, failures: Failures) -> Iterator[Batch]:  # noqa: ARG002
        return self.reader.records_of(stream_slice)

    @abstractmethod
    def send(self, stream_slice: Slice) -> Any:
        """The body of one request. Called by several threads."""

    # --- A report about the user as a whole; one about Pins has other slices ---

    def plan_user(self, failures: Failures) -> list[AccountPass]:  # noqa: ARG002
        return [
            AccountPass({"user_id": user_id, **each.window.fields}, {"after": [user_id]})
            for user_id, each in self.passes_of_the_user()
        ]

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        yield {**account_pass.base, "ids": account_pass.ids["after"], "last": True}

    def cells(self, stream_slice: Slice) -> int:
        """The number of values that the answer is expected to have."""
        return Window.of(stream_slice).days * len(self.plan.columns)

    def report_kind(self, stream_slice: Slice) -> str:  # noqa: ARG002
        return "GET analytics of the user"

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """The bodies that answer a slice, with the slice that each of them answers. Called by several
        threads."""
        return self.reader.sending.answers(stream_slice)

    def answers_and_total(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        return self.answers(stream_slice)

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        """The records of one answer."""
        yield self.batch(body, stream_slice)

    def verify_pass(self, last: Slice) -> Iterator[Batch]:
        if absent := self._absent:
            pins = ", ".join([pin for pin in absent if pin][:3])
            logger.warning(
                f"{self.what(last)}: Pinterest's answers lack {sum(map(len, absent.values()))} days, "
                f"the first is {min(map(min, absent.values()))}{pins and f' (Pins {pins})'}. "
                "The next syncs ask for them again."
            )
        self._absent = {}
        return iter(())

    def first_not_final(self, stream_slice: Slice) -> str | None:  # noqa: ARG002
        return self._first_not_final

    def metrics(self, stream_slice: Slice) -> list[str]:
        """The selected metrics that the endpoint has and does not refuse; a request needs one.

        If the slice names metrics, for a search for refused ones, those.
        """
        if "columns" in stream_slice:
            return list(stream_slice["columns"])
        known = self.known_metrics(stream_slice)
        selected = [name for name in known if name in self.plan.columns] or ["IMPRESSION"]
        return self.selection(stream_slice).kept(selected) or selected[:1]

    def known_metrics(self, stream_slice: Slice) -> list[str]:  # noqa: ARG002
        """The metrics that Pinterest's description lists for the endpoint."""
        return choices_of(self.endpoint, "metric_types")

    def optional_columns(self, stream_slice: Slice) -> list[str]:
        return self.metrics(stream_slice)

    def common(self, stream_slice: Slice) -> Row:
        return {"user_id": stream_slice["user_id"]}

    def rows(self, body: Any, stream_slice: Slice) -> list[Row]:
        """The days of `{"all": …}`. Remembers the first day that is not final or missing."""
        self.asked_columns.update(self.metrics(stream_slice))
        asked = Window.of(stream_slice).dates
        common = self.common(stream_slice)
        rows = daily_metrics(body, self.plan.types, asked, self.row_parser, common)
        there = days(body)
        # days before the first one in the answer did not exist yet; for a user, see `send`
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
        """One parser for all answers of a sync, since it learns the types from them."""
        return row_parser(self.plan.types, self.plan.columns)

    def passes_of_the_user(self) -> Iterator[tuple[str, Pass]]:
        user_id = self.context.user()["id"]
        for each in self.passes_of(user_id):
            yield user_id, each

    def read_body(
        self,
        path: str,
        params: Mapping[str, Any],
        stream_slice: Slice,
        is_expected: Callable[[Any], bool] = is_daily_metrics,
        decode: Callable[[bytes], Any] | None = decode,
    ) -> Any:
        return self.context.client.get(
            path,
            {
                **params,
                **self.operator,
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

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._first_there: str | None = None

    def send(self, stream_slice: Slice) -> Any:
        """Pinterest marks days on which no data can exist. If the answer lacks the first days, it is
        requested once more."""
        params = {"metric_types": self.metrics(stream_slice)}
        start = stream_slice["start_date"]
        for _ in range(2):
            body = self.read_body(self.path(), params, stream_slice)
            there = days(body)
            if not there or min(there) <= start:
                return body
        self._first_there = min(there)
        return body

    def noted_at_end(self, state: AccountState, last: Slice, window: Window) -> AccountState:
        """If the answer lacks its first days, the state says so, and the next sync asks for them again."""
        since, self._first_there = self._first_there, None
        if not since:
            return state
        what = self.what({**last, **window.fields})
        logger.warning(
            f"{what}: Pinterest's answer has nothing before {since}, even the second "
            f"time, and does not say why. The days {window.start} to "
            f"{date.fromisoformat(since) - ONE_DAY} are missing; the next syncs ask for them again."
        )
        return state.with_(since=since) if state["since"] == str(window.start) else state


class ReadOneByOne(Exception):
    """Several Pins at once are refused: because of the endpoint, or of some of them."""

    def __init__(self, refusal: PinterestError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class PinAnalytics(OrganicAnalytics):
    """Metrics of each Pin of the user's own on each UTC day.

    Reads 100 Pins at once, or one at a time if the app may not; the first batch shows which.
    """

    endpoint = "GET /pins/analytics"
    alternative: ClassVar[str] = "GET /pins/{pin_id}/analytics"
    requires = ("GET /user_account",)  # its state is keyed by the user's id
    primary_key = ["pin_id", "date"]
    goes_on_after_failure = True
    id_name = "Pin"

    def __init__(self, context: SyncContext | None = None) -> None:
        super().__init__(context)
        self._pins_per_request: int | None = None
        self._found_out = threading.Event()
        self._is_any_answered = False
        self._refused_pins = 0
        """Refused Pins before the first answer."""
        self._stopped: PinterestError | None = None
        """The reason for reading no further Pin: the first hundred were all refused."""
        self._not_found_in_a_row = 0

    def fingerprint(self) -> str:
        """Depends on the option that leaves Pins out, since those have no days at all."""
        if self.context.config.only_active_pins:
            return fingerprint(only_active_pins=True)
        return super().fingerprint()

    def plan_user(self, failures: Failures) -> list[AccountPass]:
        todo = list(self.passes_of_the_user())
        user_id = self.context.user()["id"]
        if not self.reader.is_to_be_planned(user_id, [each for _, each in todo]):
            return []
        try:
            pins = self._own_pins()
        except PinterestError as error:
            window = todo[-1][1].window if todo else self.plan.request.window
            failures.add(user_id, self.what({"user_id": user_id, **window.fields}), error)
            return []
        if unreadable := self.context.unreadable(("pins",)):
            self.reader.note_unlisted(user_id, self.name, unreadable, failures)
        created = {pin["id"]: pin["created"] for pin in pins if pin["created"]}
        is_video = {pin["id"]: pin["is_video"] for pin in pins}
        ids = ascending(list(is_video))
        active = {pin["id"] for pin in pins if not pin["is_idle"]}
        missing = self.reader.missing(user_id, {"user_id": user_id}, ids, created)
        if missing.is_too_much:
            todo = list(self.passes_of_the_user())

        def by_kind(of: Iterable[str], after: Mapping[str, str]) -> dict[str, list[str]]:
            wanted = [each for each in of if each in active or not self._only_active]
            return {
                kind: behind([each for each in wanted if is_video[each] == video], after.get(kind))
                for kind, video in KINDS.items()
            }

        parts = []
        if missing.account_pass:
            of_missing = by_kind(missing.account_pass.ids["missing"], {})
            parts.append(replace(missing.account_pass, ids=of_missing))
        return parts + [
            AccountPass(
                {"user_id": user_id, **each.window.fields},
                by_kind(missing.other_ids, each.after),
                is_whole=not each.after,
            )
            for user_id, each in todo
        ]

    @property
    def pins_per_request(self) -> int:
        """The number of Pins in a request that Pinterest turned out to allow."""
        if self._pins_per_request is None:
            is_alone = self.array_form().is_alone
            self._pins_per_request = 1 if is_alone else self.limits.pins_per_report
        return self._pins_per_request

    @property
    def _only_active(self) -> bool:
        return self.context.config.only_active_pins

    def requests_of(self, account_pass: AccountPass) -> int:
        return sum(-(-len(ids) // self.pins_per_request) for ids in account_pass.ids.values())

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

    def slices(self, account_pass: AccountPass) -> Iterator[Slice]:
        """Batches of the size that is known at that moment."""
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
                    "is_video": KINDS[kind],
                    "after": {kind: batch[-1]},
                    **({"last": True} if is_last else {}),
                }

    def knows_slice_size(self) -> bool:
        """Whether the first batch has found out if the app may ask for several Pins at once."""
        return self._found_out.is_set()

    def cells(self, stream_slice: Slice) -> int:
        days = Window.of(stream_slice).days
        return len(stream_slice["ids"]) * days * len(self.plan.columns)

    def report_kind(self, stream_slice: Slice) -> str:
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

    def answers(self, stream_slice: Slice) -> Iterator[Answer] | list[Answer]:
        """Notes the error of each refused Pin that was read alone."""
        if self._stopped:
            raise type(self._stopped)(str(self._stopped), self._stopped.status, self._stopped.code)
        try:
            return self._noted(super().answers(stream_slice))
        except ReadOneByOne as refused:
            self._pins_per_request = 1  # until this batch shows more
            return self._one_by_one(stream_slice, refused.refusal)
        except REFUSALS as error:
            self._note_refused(len(stream_slice["ids"]), error)
            raise
        finally:
            self._found_out.set()

    def _noted(self, found: Iterable[Answer]) -> list[Answer]:
        """Answers with several Pins each, as answers about the good Pins and about each refused one."""
        answers: list[Answer] = []
        for part, body in found:
            if isinstance(body, PinterestError):
                answers.append((part, body))
                continue
            by_pin = body["by_pin"]
            bad = {pin: each for pin, each in by_pin.items() if isinstance(each, PinterestError)}
            if bad and len(bad) == len(by_pin) and not self._is_any_answered:
                raise next(iter(bad.values()))
            self._is_any_answered = True
            good = {pin: each for pin, each in by_pin.items() if pin not in bad}
            answers.append(({**part, "ids": list(good)}, {"by_pin": good}))
            answers += [({**part, "ids": [pin]}, error) for pin, error in bad.items()]
        return answers

    def _note_refused(self, pins: int, error: PinterestError) -> None:
        if not self._is_any_answered:
            self._refused_pins += pins
            if self._refused_pins >= limits.REFUSED_IDS:
                self._stopped = error

    def _one_by_one(self, stream_slice: Slice, refusal: PinterestError) -> Iterator[Answer]:
        """Requests each Pin of the first batch alone, when the reader needs it: 100 take longer than a
        minute. At the end it shows whether the endpoint is refused, or some of the Pins."""
        ids, good = stream_slice["ids"], []
        refused: list[Answer] = []
        for pin in ids:
            one = {**stream_slice, "ids": [pin]}
            try:
                found = self._noted(super().answers(one))
            except REFUSALS as error:
                self._note_refused(1, error)
                if self._stopped:
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
        self._note_whether_closed(good, stream_slice, refusal)

    def _note_whether_closed(
        self, good: list[str], stream_slice: Slice, refusal: PinterestError
    ) -> None:
        form, is_closed = self.array_form(), bool(good)
        if 1 < len(good) < len(stream_slice["ids"]):
            within = self.reader.sending.within_reach(stream_slice) or stream_slice
            try:
                self._together(good, within)
                is_closed = False
            except (AccessDenied, NotFound):
                pass
        if is_closed:
            logger.info(f"Pins are read one by one, since several at once are refused: {refusal}")
            form.close()
        else:
            if good:
                form.show(form.form)
            self._pins_per_request = self.limits.pins_per_report

    def send(self, stream_slice: Slice) -> dict[str, Any]:
        """`by_pin`: the body of each Pin. Requests several at once if the app may."""
        ids = stream_slice["ids"]
        if len(ids) == 1:
            return {"by_pin": {ids[0]: self._one(ids[0], stream_slice)}}
        form = self.array_form()
        try:
            body = self._together(ids, stream_slice)
        except (AccessDenied, NotFound) as refusal:
            if form.is_shown:
                raise
            raise ReadOneByOne(refusal) from None
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
        """By Pin: the body, or the refusal."""
        found: dict[str, Any] = {}
        for pin in ids:
            try:
                found[pin] = self._one(pin, stream_slice)
            except WindowRefused:  # noqa: PERF203  says nothing about the Pin
                raise
            except REFUSALS as error:  # each has its own
                found[pin] = error
        return found

    def probe_ids(self, stream_slice: Slice) -> bool:  # noqa: ARG002
        """False: no list accepts Pins as a filter. An answer about fewer than two of several Pins shows by
        itself that Pinterest did not understand them, since each Pin has days of its own."""
        return False

    def is_deleted(self, part: Slice, error: PinterestError) -> bool:
        """Treats a Pin that is not found as deleted after it was listed, while others are found."""
        if not isinstance(error, NotFound):
            return False
        self._not_found_in_a_row += 1
        if self._not_found_in_a_row > limits.NOT_FOUND_IN_A_ROW:
            return False
        for pin in part["ids"]:
            logger.info(f"Pin {pin} was deleted after the list of Pins was read: left out.")
        return True

    def common(self, stream_slice: Slice) -> Row:
        return {"pin_id": stream_slice["pin_id"], **super().common(stream_slice)}

    def batches(self, body: Any, stream_slice: Slice) -> Iterator[Batch]:
        for pin, answer in body["by_pin"].items():
            self._not_found_in_a_row = 0
            batch = self.batch(answer, {**stream_slice, "pin_id": pin})
            yield batch._replace(more_follows=True)


def _is_by_pin(body: Any) -> bool:
    return isinstance(body, dict) and all(map(is_daily_metrics, body.values()))
