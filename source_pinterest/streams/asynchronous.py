"""Asynchronous reports: asked for, waited for, fetched from another host, parsed as they come.

The life of a report: POST gives a token; GET with it says IN_PROGRESS, until it says FINISHED and
gives an address. The address is good for 5 minutes, the report for an hour. Tokens are part of the
state (`reports`), so a sync that was cut off goes on with what it has asked for.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import logging
import re
from abc import abstractmethod
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from source_pinterest.cursors import AccountCursor, Wanted
from source_pinterest.http import limits
from source_pinterest.http.auth import hide
from source_pinterest.http.errors import NotFound, PinterestError, RequestRefused, Unavailable
from source_pinterest.http.transport import NotFetched
from source_pinterest.records import Batch, BrokenAnswer, UnusableAnswer, plain_id
from source_pinterest.report_content import Delivered, lists
from source_pinterest.slices import Window, halves
from source_pinterest.streams.pinterest_stream import Failures, PinterestStream, unusable

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteMessage  # type: ignore[attr-defined]
    from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

    from source_pinterest.slices import Slice

logger = logging.getLogger("airbyte.source_pinterest")

NOT_MADE = frozenset({"FAILED", "CANCELLED", "EXPIRED", "DOES_NOT_EXIST"})
"""What a report ends as that has no content. Any other status, known or not, is waited for."""

ADDRESS = re.compile(r"https://[^\s/]+/\S*")
ADDRESS_HERE = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/\S*")
"""Taken if the API itself is on this machine."""


TOKEN = re.compile(r"[!-~]{1,2000}")
"""What can be the token of a report: it has to fit into an address."""


OF_ACCOUNT = ("AD_ACCOUNT_ID", "ADVERTISER_ID")


class NotMade(Exception):
    """The report has ended without content; `str()` is its status."""


class AsynchronousStream(AccountCursor, PinterestStream):
    """Reads slices as asynchronous reports: a few in the making at once, emitted in order."""

    category = "ads_analytics"
    is_resumable = True

    wanted: Wanted

    @abstractmethod
    def report_body(self, stream_slice: Slice) -> dict[str, Any]:
        """What is asked for with POST /ad_accounts/{ad_account_id}/reports."""

    @abstractmethod
    def report_batch(self, key: str, rows: list[Any], stream_slice: Slice) -> Batch:
        """The records in one list of a report, and the key that it stands under."""

    @abstractmethod
    def report_read(self, stream_slice: Slice) -> None:
        """Moves the state behind a slice, or behind one of the parts that it was split into."""

    def what(self, stream_slice: Slice) -> str:
        """The slice, as an error names it."""
        days = f"{stream_slice['start_date']} to {stream_slice['end_date']}"
        return f"{self.name} of ad account {stream_slice['ad_account_id']}, {days}"

    def halves(self, stream_slice: Slice) -> list[Slice]:
        """Two slices that cover the same together, for a report that cannot be fetched."""
        return halves({**stream_slice, "ids": []}, may_split_days=True)

    def days_of(self, stream_slice: Slice) -> Window:
        """The days that the rows of a slice may be of."""
        return Window.of(stream_slice)

    youngest_first = False
    """Whether the slices, and the parts of one that was split, go back in time."""

    def reports(
        self, slices: Iterable[Slice], states: ConnectorStateManager, failures: Failures
    ) -> Iterator[Batch | AirbyteMessage]:
        """The records of the slices, and each STATE behind them. An ad account that fails is left."""
        todo = deque(slices)
        in_trouble: set[str] = set()
        while todo:
            for ahead in itertools.islice(todo, limits.REPORTS_AT_ONCE):
                try:
                    if ahead["ad_account_id"] not in in_trouble and self._begun(ahead):
                        yield self.state_message(states, self.state)
                except PinterestError:  # noqa: PERF203  asked for again when it is this one's turn
                    in_trouble.add(ahead["ad_account_id"])
            stream_slice = todo.popleft()
            account = stream_slice["ad_account_id"]
            try:
                yield from self._report(
                    stream_slice, states, Delivered(cast("list[str]", self.primary_key))
                )
            except PinterestError as error:
                failures.add(account, self.what(stream_slice), error)
                todo = deque(each for each in todo if each["ad_account_id"] != account)

    def _report(
        self, stream_slice: Slice, states: ConnectorStateManager, delivered: Delivered
    ) -> Iterator[Batch | AirbyteMessage]:
        """`delivered`: what of the slice, or of one that it is a part of, was given out before."""
        client = self.reading.client
        for number in itertools.count():
            is_fetched, most = True, limits.REPORT_TRIES
            try:
                address = yield from self._finished(stream_slice, states)
                is_fetched = False
                for key, rows in delivered.new(lists(client.download(address))):
                    is_fetched = True
                    if rows:
                        yield self._batch(key, rows, stream_slice, delivered)
            except NotMade as status:
                self._forget(stream_slice)
                problem = f"Pinterest has ended it as {status}"
            except BrokenAnswer as error:
                problem = str(error) or "its content is not whole"
            except UnusableAnswer as error:
                raise unusable(error) from None
            except NotFetched as error:
                most = limits.TRIES  # the report is there, and need not be made anew
                problem = f"its content could not be fetched ({error})"
            else:
                self._forget(stream_slice)
                self.report_read(stream_slice)
                yield self.state_message(states, self.state)
                return
            if number + 1 >= most:
                break
            logger.info(f"{self.what(stream_slice)}: the report is asked for again: {problem}.")
            client.wait(limits.FIRST_PAUSE * 2**number)
        parts = self.halves(stream_slice) if is_fetched else []
        if not parts:
            raise Unavailable(
                f"an asynchronous report was not to be had in {number + 1} tries: {problem}. "
                f"{limits.SYNC.again}"
            )
        self._forget(stream_slice)
        for part in reversed(parts) if self.youngest_first else parts:
            yield from self._report(part, states, copy.deepcopy(delivered))

    def _batch(self, key: str, rows: list[Any], stream_slice: Slice, delivered: Delivered) -> Batch:
        """The records in a list; nothing of what Pinterest was not asked for, and nothing twice."""
        account, days = stream_slice["ad_account_id"], self.days_of(stream_slice).dates
        for row in rows:
            _is_of_account(row, account)
        batch = self.report_batch(key, rows, stream_slice)
        if not all(row.get("date", stream_slice["start_date"]) in days for row in batch.rows):
            raise UnusableAnswer("a row of Pinterest's report is of a day that was not asked for")
        delivered.add(key, batch)
        return batch

    def _finished(
        self, stream_slice: Slice, states: ConnectorStateManager
    ) -> Generator[AirbyteMessage, None, str]:
        """Waits for the report; returns the address of its content."""
        client = self.reading.client
        is_new = self._begun(stream_slice)
        pause = limits.FIRST_POLL
        began = said = client.now()
        hide(self._tokens(stream_slice["ad_account_id"])[self._name(stream_slice)])
        if is_new:
            yield self.state_message(states, self.state)
            client.wait(pause)
        while True:
            status, address = self._status(stream_slice)
            if status in NOT_MADE:
                raise NotMade(status)
            if status == "FINISHED" and address:
                return address
            now = client.now()
            if now - began > limits.LONGEST_REPORT:
                minutes = limits.LONGEST_REPORT / 60
                raise Unavailable(
                    f"Pinterest has not finished an asynchronous report in {minutes:.0f} minutes. "
                    "Run the sync again: it goes on with the same report."
                )
            if now - said > limits.SECONDS_BETWEEN_STATES:
                said = now
                yield self.state_message(states, self.state)
            client.wait(pause)
            pause = min(limits.LONGEST_POLL, 1.5 * pause)

    # --- What is asked of Pinterest ---

    def _begun(self, stream_slice: Slice) -> bool:
        """Asks for the report, unless it is in the making. Whether it was not."""
        account, name = stream_slice["ad_account_id"], self._name(stream_slice)
        if name in self._tokens(account):
            return False
        body = self.report_body(stream_slice)
        begun = self.reading.client.post(
            f"/ad_accounts/{account}/reports", body, self.category, _is_begun
        )
        self._keep(account, {**self._tokens(account), name: begun["token"]})
        return True

    def _status(self, stream_slice: Slice) -> tuple[str, str | None]:
        """The status of the report that is in the making, and the address of its content."""
        account = stream_slice["ad_account_id"]
        token = self._tokens(account)[self._name(stream_slice)]
        path = f"/ad_accounts/{account}/reports"
        try:
            found = self.reading.client.get(path, {"token": token}, self.category, _is_status)
        except (NotFound, RequestRefused):  # of a token that has ended
            return "DOES_NOT_EXIST", None
        address = found.get("url")
        if address and not self._may_be_asked(address):
            raise Unavailable(
                "the content of a report is at an address that is not https. "
                f"{limits.SYNC.again} If it stays, report it."
            )
        if address:  # a secret, with which libraries warn of headers that are none
            hide(address.partition("?")[2] or address)
        return found["report_status"].upper(), address

    def _may_be_asked(self, address: str) -> bool:
        is_here = ADDRESS_HERE.fullmatch(f"{self.reading.client.base_url}/")
        return bool(ADDRESS.fullmatch(address) or (is_here and ADDRESS_HERE.fullmatch(address)))

    # --- The state ---

    def _name(self, stream_slice: Slice) -> str:
        """What tells a report from the others of its ad account: a hash of what is asked for."""
        text = json.dumps(self.report_body(stream_slice), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _tokens(self, account: str) -> Mapping[str, str]:
        tokens: Mapping[str, str] = (self.entry(account) or {}).get("reports", {})
        return tokens

    def _forget(self, stream_slice: Slice) -> None:
        account, name = stream_slice["ad_account_id"], self._name(stream_slice)
        self._keep(account, {k: v for k, v in self._tokens(account).items() if k != name})

    def _keep(self, account: str, tokens: Mapping[str, str]) -> None:
        entry = dict(self.entry(account) or {})
        if entry.get("question") != self.wanted.question:
            entry = {"question": self.wanted.question}
        entry.pop("reports", None)
        self.replace(account, {**entry, "reports": dict(tokens)} if tokens else entry)


def _is_of_account(row: Any, account: str) -> None:
    for column in OF_ACCOUNT:
        if (
            isinstance(row, dict)
            and row.get(column) is not None
            and plain_id(row[column]) != account
        ):
            raise UnusableAnswer("a row of Pinterest's report is of another ad account")


def _is_begun(body: Any) -> bool:
    token = body.get("token") if isinstance(body, dict) else None
    return isinstance(token, str) and bool(TOKEN.fullmatch(token))


def _is_status(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("report_status"), str)
        and isinstance(body.get("url"), (str, type(None)))
    )
